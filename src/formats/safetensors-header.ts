/** The header of a safetensors file (layout in safetensors.ts): parsed, checked whole, and made. */
import { FormatError, invariant } from "../errors.ts";

/** The types that can be read as float32 and written. */
export type FloatDtype = "F32" | "F16" | "BF16";

/** One tensor of a file, as its header describes it. `dtype` may be one that cannot be read as float32 (I64, U8, …). */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

/** Bytes of one value of each known type. */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};
const MAX_HEADER_BYTES = 100_000_000; // the reference implementation's limit

/** The number of values of a shape; a scalar has one. */
export function shapeSize(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A shape as people write it: [2048, 512]. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** An entry with the offset of its data, counted from the start of the data. */
export interface PlacedEntry extends TensorEntry {
  readonly begin: number;
}

/** A whole header; `dataStart` is the offset of the data in the file. */
export interface SafetensorsHeader {
  readonly entries: Map<string, PlacedEntry>;
  readonly metadata: Record<string, string>;
  readonly dataStart: number;
}

/** Bytes before the header's text: its length. */
export const HEADER_LENGTH_BYTES = 8;

/** The length of the header's text, from the first bytes of a file of `fileBytes` bytes. Throws FormatError where it cannot be one. */
export function parseHeaderLength(path: string, start: Uint8Array, fileBytes: number): number {
  if (start.length < HEADER_LENGTH_BYTES) {
    throw new FormatError({
      path,
      where: "offset 0",
      expected: "the 8-byte length of the header",
      got: `${fileBytes} bytes`,
    });
  }
  const headerBytes = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  const most = Math.min(fileBytes - HEADER_LENGTH_BYTES, MAX_HEADER_BYTES);
  if (headerBytes > most) {
    throw new FormatError({
      path,
      where: "offset 0",
      expected: `a header length of at most ${most} bytes`,
      got: `${headerBytes}`,
      fix: "The file is cut off, or it is not a safetensors file (a Git LFS pointer?).",
    });
  }
  return headerBytes;
}

/** Parses and checks the text of a header: sizes against shapes, offsets without gap or overlap, the end of the file. */
export function parseSafetensorsHeader(path: string, text: Uint8Array, fileBytes: number): SafetensorsHeader {
  const { entries, metadata } = parseHeader(path, new TextDecoder().decode(text));
  const dataStart = HEADER_LENGTH_BYTES + text.length;
  checkOffsets(path, [...entries.values()], dataStart, fileBytes);
  return { entries, metadata, dataStart };
}

function parseHeader(
  path: string,
  text: string,
): { entries: Map<string, PlacedEntry>; metadata: Record<string, string> } {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (error) {
    throw new FormatError({ path, where: "the header at offset 8", expected: "JSON", got: (error as Error).message });
  }
  if (!isObject(tree)) {
    throw new FormatError({
      path,
      where: "the header at offset 8",
      expected: "a JSON object",
      got: JSON.stringify(tree),
    });
  }
  const { __metadata__: metadata = {}, ...tensors } = tree;
  const entries = new Map<string, PlacedEntry>();
  for (const [name, value] of Object.entries(tensors)) entries.set(name, parseEntry(path, name, value));
  return { entries, metadata: isObject(metadata) ? (metadata as Record<string, string>) : {} };
}

function parseEntry(path: string, name: string, value: unknown): PlacedEntry {
  const fail = (expected: string, got: string): never => {
    throw new FormatError({ path, where: `tensor ${name}`, expected, got });
  };
  if (!isObject(value)) return fail("{ dtype, shape, data_offsets }", JSON.stringify(value));
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !(dtype in DTYPE_BYTES)) return fail("a known dtype", JSON.stringify(dtype));
  if (!isSizes(shape)) return fail("a shape of whole numbers", JSON.stringify(shape));
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    return fail("data_offsets [begin, end] with begin ≤ end", JSON.stringify(offsets));
  }
  const [begin, end] = offsets;
  const sizeBytes = shapeSize(shape) * DTYPE_BYTES[dtype];
  if (end - begin !== sizeBytes) {
    fail(`${sizeBytes} bytes for ${dtype} ${showShape(shape)}`, `${end - begin} (data_offsets [${begin}, ${end}])`);
  }
  return { name, dtype, shape, sizeBytes, begin };
}

/** The data must be covered exactly: no overlap, no gap, nothing beyond the last tensor, nothing cut off. */
function checkOffsets(path: string, entries: PlacedEntry[], dataStart: number, fileBytes: number): void {
  const inOrder = entries.sort((a, b) => a.begin - b.begin || a.sizeBytes - b.sizeBytes);
  let end = 0;
  let before = "the header";
  for (const entry of inOrder) {
    if (entry.begin !== end) {
      const kind = entry.begin < end ? "an overlap" : "a gap";
      throw new FormatError({
        path,
        where: `tensor ${entry.name}`,
        expected: `data at offset ${end}, right after ${before}`,
        got: `offset ${entry.begin} (${kind})`,
      });
    }
    end += entry.sizeBytes;
    before = entry.name;
    if (dataStart + end > fileBytes) {
      throw new FormatError({
        path,
        where: `tensor ${entry.name}, offset ${dataStart + entry.begin}`,
        expected: `${entry.sizeBytes} bytes`,
        got: `the end of the file after ${Math.max(0, fileBytes - dataStart - entry.begin)}`,
        fix: "The file is cut off; download or copy it again.",
      });
    }
  }
  if (dataStart + end !== fileBytes) {
    const got = `${fileBytes - dataStart - end} bytes more`;
    throw new FormatError({ path, where: `offset ${dataStart + end}`, expected: "the end of the file", got });
  }
}

/** The header of a file that holds `sources` in this order, padded so that the data is aligned to 8 bytes. */
export function encodeSafetensorsHeader(
  sources: readonly { name: string; shape: readonly number[]; dtype: FloatDtype }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const tree: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) tree.__metadata__ = metadata;
  let end = 0;
  for (const { name, shape, dtype } of sources) {
    invariant(!(name in tree), `tensor ${name} is written twice`);
    const begin = end;
    end += shapeSize(shape) * DTYPE_BYTES[dtype];
    tree[name] = { dtype, shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(tree));
  const header = new Uint8Array(HEADER_LENGTH_BYTES + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - HEADER_LENGTH_BYTES), true);
  header.set(text, HEADER_LENGTH_BYTES);
  return header;
}

/** The entry of one tensor. Throws FormatError when it is missing or not of `shape`. */
export function findEntry<T extends TensorEntry>(
  path: string,
  entries: ReadonlyMap<string, T>,
  name: string,
  shape?: readonly number[],
): T {
  const entry = entries.get(name);
  if (!entry) {
    const got = `${entries.size} others: ${[...entries.keys()].slice(0, 5).join(", ")}${entries.size > 5 ? ", …" : ""}`;
    throw new FormatError({ path, where: "its tensors", expected: `a tensor ${name}`, got });
  }
  if (shape && !sameShape(entry.shape, shape)) {
    throw new FormatError({
      path,
      where: `tensor ${name}`,
      expected: `shape ${showShape(shape)}`,
      got: showShape(entry.shape),
    });
  }
  return entry;
}

/** Throws FormatError for a tensor of numbers that are no plain floats of 16 or 32 bits, with the way to such. */
export function refuseDtype(path: string, { name, dtype }: Pick<TensorEntry, "name" | "dtype">): never {
  const fix =
    dtype === "F64"
      ? "Save the model in 32 or 16 bits: AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.bfloat16).save_pretrained(NEW) in Python, or take its file in bfloat16."
      : "These are quantised weights: take the model in bfloat16, as its makers publish it, or a GGUF of it.";
  throw new FormatError({ path, where: `tensor ${name}`, expected: "F32, F16 or BF16", got: dtype, fix });
}

/** Whether a parsed JSON value is an object (not null, not a list). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
