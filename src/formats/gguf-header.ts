/** The header of a GGUF (layout in gguf.ts): metadata and tensor infos, checked against the size of the file. Runs in a browser too. */
import { FormatError } from "../errors.ts";
import {
  alignUp,
  GGUF_ALIGNMENT,
  GGUF_TENSOR_TYPES,
  GGUF_VERSION,
  type GgufMetadata,
  type GgufScalar,
  type GgufTensorEntry,
  type GgufTensorType,
  type GgufValue,
  ggufSizeBytes,
} from "./gguf.ts";
import { type GgufCursor, type GgufSource, ggufCursor } from "./gguf-cursor.ts";
import { showShape } from "./safetensors-header.ts";

const MAX_DIMENSIONS = 4; // ggml's

/** Reads a header. Throws FormatError naming `path` for bytes that are none, or a file that is cut off. */
export function readGgufHeader(
  path: string,
  source: GgufSource,
): { metadata: Map<string, GgufValue>; entries: Map<string, GgufTensorEntry> } {
  const size = source.sizeBytes;
  const cursor = ggufCursor(path, source);
  const magic = String.fromCharCode(...cursor.bytes(4, "the magic"));
  if (magic !== "GGUF")
    throw new FormatError({ path, where: "offset 0", expected: '"GGUF"', got: JSON.stringify(magic) });
  const version = cursor.number("u32", "the version");
  if (version !== GGUF_VERSION) {
    throw new FormatError({ path, where: "offset 4", expected: `version ${GGUF_VERSION}`, got: `${version}` });
  }
  const tensorCount = cursor.count("the number of tensors", 24);
  const pairCount = cursor.count("the number of metadata pairs", 13);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < pairCount; i++) {
    const key = cursor.string(`metadata key ${i}`);
    if (metadata.has(key))
      throw new FormatError({ path, where: `metadata key ${key}`, expected: "one value", got: "a second one" });
    metadata.set(key, readValue(cursor, key));
  }
  const infos = Array.from({ length: tensorCount }, (_, i) => readInfo(cursor, path, i));
  const alignment = readAlignment(metadata, path);
  const dataStart = alignUp(cursor.position, alignment);
  const entries = new Map<string, GgufTensorEntry>();
  for (const info of infos) {
    if (entries.has(info.name))
      throw new FormatError({ path, where: `tensor ${info.name}`, expected: "one info", got: "a second one" });
    entries.set(info.name, placeTensor(info, path, { dataStart, alignment, fileBytes: size }));
  }
  checkOverlaps(entries, path);
  return { metadata, entries };
}

function readValue(cursor: GgufCursor, key: string): GgufValue {
  const type = cursor.valueType(`the type of ${key}`);
  if (type !== "array") return readScalar(cursor, type, key);
  const of = cursor.valueType(`the element type of ${key}`);
  if (of === "array") return cursor.fail(`metadata key ${key}`, "an array of plain values", "an array of arrays");
  const value: (number | boolean | string)[] = new Array(cursor.count(`the length of ${key}`, 1));
  for (let i = 0; i < value.length; i++) value[i] = readScalar(cursor, of, key).value;
  return { type, of, value } as GgufValue;
}

function readScalar(cursor: GgufCursor, type: GgufScalar["type"], what: string): GgufScalar {
  if (type === "string") return { type, value: cursor.string(what) };
  if (type === "bool") return { type, value: cursor.number("u8", what) !== 0 };
  return { type, value: cursor.number(type, what) };
}

interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly typeId: number;
  readonly relativeOffset: number;
}

function readInfo(cursor: GgufCursor, path: string, index: number): TensorInfo {
  const name = cursor.string(`the name of tensor ${index}`);
  const dimensions = cursor.number("u32", `the dimensions of ${name}`);
  if (dimensions > MAX_DIMENSIONS) {
    throw new FormatError({
      path,
      where: `tensor ${name}`,
      expected: `at most ${MAX_DIMENSIONS} dimensions`,
      got: `${dimensions}`,
    });
  }
  const shape = Array.from({ length: dimensions }, () => cursor.number("u64", `the shape of ${name}`)).reverse();
  const typeId = cursor.number("u32", `the type of ${name}`);
  return { name, shape, typeId, relativeOffset: cursor.number("u64", `the offset of ${name}`) };
}

function readAlignment(metadata: GgufMetadata, path: string): number {
  const value = metadata.get("general.alignment");
  if (value === undefined) return GGUF_ALIGNMENT;
  if (value.type === "u32" && value.value > 0 && value.value % 8 === 0) return value.value;
  throw new FormatError({
    path,
    where: "general.alignment",
    expected: "a u32 multiple of 8",
    got: JSON.stringify(value.value),
  });
}

function placeTensor(
  { name, shape, typeId, relativeOffset }: TensorInfo,
  path: string,
  file: { dataStart: number; alignment: number; fileBytes: number },
): GgufTensorEntry {
  const type = tensorTypeOf(typeId);
  const offset = file.dataStart + relativeOffset;
  const where = `tensor ${name}, offset ${offset}`;
  if (relativeOffset % file.alignment !== 0) {
    throw new FormatError({
      path,
      where,
      expected: `data at a multiple of ${file.alignment}`,
      got: `${relativeOffset}`,
    });
  }
  if (type === null) return { name, shape, type, typeId, offset, sizeBytes: 0 };
  const row = shape.at(-1) ?? 1;
  if (row % GGUF_TENSOR_TYPES[type].blockValues !== 0) {
    throw new FormatError({ path, where, expected: `rows of whole ${type} blocks`, got: showShape(shape) });
  }
  const sizeBytes = ggufSizeBytes(type, shape);
  if (offset + sizeBytes > file.fileBytes) {
    const got = `the end of the file at ${file.fileBytes}`;
    throw new FormatError({
      path,
      where,
      expected: `${sizeBytes} bytes`,
      got,
      fix: "The file is cut off; make or copy it again.",
    });
  }
  return { name, shape, type, typeId, offset, sizeBytes };
}

function checkOverlaps(entries: ReadonlyMap<string, GgufTensorEntry>, path: string): void {
  const inOrder = [...entries.values()].sort((a, b) => a.offset - b.offset);
  for (let i = 1; i < inOrder.length; i++) {
    const before = inOrder[i - 1];
    const entry = inOrder[i];
    if (entry.offset >= before.offset + before.sizeBytes) continue;
    const expected = `data after the end of ${before.name} at ${before.offset + before.sizeBytes}`;
    throw new FormatError({
      path,
      where: `tensor ${entry.name}`,
      expected,
      got: `offset ${entry.offset} (an overlap)`,
    });
  }
}

function tensorTypeOf(typeId: number): GgufTensorType | null {
  const names = Object.keys(GGUF_TENSOR_TYPES) as GgufTensorType[];
  return names.find((name) => GGUF_TENSOR_TYPES[name].id === typeId) ?? null;
}
