/** Safetensors (layout in safetensors.ts) that lie in memory whole: what a browser has of a file. */
import { decodeBf16, decodeF16 } from "./half.ts";
import {
  findEntry,
  HEADER_LENGTH_BYTES,
  parseHeaderLength,
  parseSafetensorsHeader,
  refuseDtype,
  shapeSize,
} from "./safetensors-header.ts";

/** The float tensors of a file as float32, by name; `path` names the file in errors. Throws FormatError as openSafetensors does. */
export function decodeSafetensors(path: string, file: Uint8Array): Map<string, Float32Array> {
  const length = parseHeaderLength(path, file.subarray(0, HEADER_LENGTH_BYTES), file.length);
  const text = file.subarray(HEADER_LENGTH_BYTES, HEADER_LENGTH_BYTES + length);
  const { entries, dataStart } = parseSafetensorsHeader(path, text, file.length);
  const decode = (name: string): Float32Array => {
    const { begin, sizeBytes, dtype, shape } = findEntry(path, entries, name);
    const bytes = new Uint8Array(file.subarray(dataStart + begin, dataStart + begin + sizeBytes)); // a copy is aligned
    if (dtype === "F32") return new Float32Array(bytes.buffer);
    if (dtype !== "F16" && dtype !== "BF16") return refuseDtype(path, { name, dtype });
    const values = new Float32Array(shapeSize(shape));
    return (dtype === "F16" ? decodeF16 : decodeBf16)(new Uint16Array(bytes.buffer), values);
  };
  return new Map([...entries.keys()].map((name) => [name, decode(name)]));
}
