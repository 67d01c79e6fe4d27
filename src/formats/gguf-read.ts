/** Reads GGUF files (layout in gguf.ts): the header at once, tensors by ranges when they are asked for. */

import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { FormatError } from "../errors.ts";
import { openForReading, readInto } from "./files.ts";
import { GGUF_TENSOR_TYPES, type GgufReader, type GgufTensorEntry } from "./gguf.ts";
import { readGgufHeader } from "./gguf-header.ts";
import { decodeGgufValues } from "./gguf-values.ts";
import { shapeSize } from "./safetensors-header.ts";

const CHUNK_VALUES = 1 << 20; // a multiple of every block

/** Opens a GGUF file and reads its header: metadata and tensor infos, checked against the size of the file. */
export async function openGguf(path: string): Promise<GgufReader> {
  const handle = await openForReading(path);
  try {
    const { size } = await handle.stat();
    const read = (target: Uint8Array, position: number) => readSync(handle.fd, target, 0, target.length, position);
    const { metadata, entries } = readGgufHeader(path, { sizeBytes: size, read });
    return {
      path,
      metadata,
      entries,
      async readFloat32(name) {
        const entry = entries.get(name);
        if (!entry) {
          throw new FormatError({
            path,
            where: "its tensors",
            expected: `a tensor ${name}`,
            got: `${entries.size} others`,
          });
        }
        return readValues(path, handle, entry);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readValues(path: string, handle: FileHandle, entry: GgufTensorEntry): Promise<Float32Array> {
  const { name, shape, type, typeId, offset } = entry;
  if (type === null) {
    const expected = Object.keys(GGUF_TENSOR_TYPES).join(", ");
    throw new FormatError({ path, where: `tensor ${name}`, expected, got: `ggml type ${typeId}` });
  }
  const values = new Float32Array(shapeSize(shape));
  const { blockValues, blockBytes } = GGUF_TENSOR_TYPES[type];
  const chunk = new Uint8Array((Math.min(CHUNK_VALUES, values.length) / blockValues) * blockBytes);
  for (let from = 0; from < values.length; from += CHUNK_VALUES) {
    const part = values.subarray(from, from + CHUNK_VALUES);
    const bytes = chunk.subarray(0, (part.length / blockValues) * blockBytes);
    const at = offset + (from / blockValues) * blockBytes;
    const length = await readInto(handle, bytes, at);
    if (length < bytes.length) {
      const got = `the end of the file after ${length}`;
      throw new FormatError({ path, where: `tensor ${name}, offset ${at}`, expected: `${bytes.length} bytes`, got });
    }
    decodeGgufValues(type, bytes, part);
  }
  return values;
}
