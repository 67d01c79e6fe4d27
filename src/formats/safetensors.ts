/**
 * Safetensors (huggingface/safetensors, format 0.x), little-endian:
 *
 *   u64          length of the header in bytes
 *   header       JSON: { "<tensor>": { "dtype": "BF16", "shape": [rows, columns], "data_offsets": [begin, end] }, …,
 *                "__metadata__": { "<key>": "<string>" } }; may be padded with spaces
 *   data         the tensors, row-major; offsets count from here; no gaps, no overlaps, nothing after the last
 *
 * Tensors are read by ranges, so a file of any size costs the memory of one tensor.
 */
import type { FileHandle } from "node:fs/promises";
import { FormatError, invariant } from "../errors.ts";
import { bytesOf } from "./bytes.ts";
import { type ByteWriter, openForReading, readInto, writeFileBeside } from "./files.ts";
import { decodeBf16, decodeF16, encodeBf16, encodeF16 } from "./half.ts";
import {
  DTYPE_BYTES,
  encodeSafetensorsHeader,
  type FloatDtype,
  findEntry,
  HEADER_LENGTH_BYTES,
  type PlacedEntry,
  parseHeaderLength,
  parseSafetensorsHeader,
  refuseDtype,
  type SafetensorsHeader,
  shapeSize,
  showShape,
  type TensorEntry,
} from "./safetensors-header.ts";

/** An open file or sharded model. Whoever opens it closes it. */
export interface TensorReader {
  readonly path: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The values of one tensor, row-major. Throws FormatError when it is missing, not of `shape` (when given), or not of a float type. */
  readFloat32(name: string, shape?: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A tensor to write; a function is called when its turn comes, so that a big model never lies in memory whole. */
export interface TensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: FloatDtype;
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
}

const CHUNK_VALUES = 1 << 20;

/** Opens one file and checks its whole header: sizes, shapes, offsets. Throws FormatError naming tensor, offset, expected, got. */
export async function openSafetensors(path: string): Promise<TensorReader> {
  const handle = await openForReading(path);
  try {
    const header = await readHeader(path, handle);
    return {
      path,
      entries: header.entries,
      metadata: header.metadata,
      async readFloat32(name, shape) {
        const entry = findEntry(path, header.entries, name, shape);
        return readValues(path, handle, entry, header.dataStart);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Writes one file, streaming. The order of equal types is kept; F32 stands before the 16-bit types so that all data is
 * aligned. `check` (optional) reads the finished file before it gets its name. Values are rounded once, to nearest even.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorSource>,
  metadata: Readonly<Record<string, string>> = {},
  check?: (partialPath: string) => Promise<void>,
): Promise<void> {
  const sources = [...tensors].sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const header = encodeSafetensorsHeader(sources, metadata);
  await writeFileBeside(
    path,
    async (writer) => {
      await writer.write(header);
      for (const source of sources) await writeValues(writer, source);
    },
    check,
  );
}

async function readHeader(path: string, handle: FileHandle): Promise<SafetensorsHeader> {
  const { size } = await handle.stat();
  const start = new Uint8Array(HEADER_LENGTH_BYTES);
  const length = await readInto(handle, start, 0);
  const text = new Uint8Array(parseHeaderLength(path, start.subarray(0, length), size));
  await readInto(handle, text, HEADER_LENGTH_BYTES);
  return parseSafetensorsHeader(path, text, size);
}

async function readValues(
  path: string,
  handle: FileHandle,
  entry: PlacedEntry,
  dataStart: number,
): Promise<Float32Array> {
  const values = new Float32Array(shapeSize(entry.shape));
  const offset = dataStart + entry.begin;
  switch (entry.dtype) {
    case "F32":
      await readExactly(path, handle, entry, new Uint8Array(values.buffer), offset);
      return values;
    case "F16":
    case "BF16": {
      const decode = entry.dtype === "F16" ? decodeF16 : decodeBf16;
      const chunk = new Uint16Array(Math.min(CHUNK_VALUES, values.length));
      for (let from = 0; from < values.length; from += CHUNK_VALUES) {
        const part = chunk.subarray(0, Math.min(CHUNK_VALUES, values.length - from));
        const bytes = new Uint8Array(part.buffer, 0, part.byteLength);
        await readExactly(path, handle, entry, bytes, offset + 2 * from);
        decode(part, values.subarray(from, from + part.length));
      }
      return values;
    }
    default:
      return refuseDtype(path, entry);
  }
}

async function readExactly(
  path: string,
  handle: FileHandle,
  entry: TensorEntry,
  target: Uint8Array,
  offset: number,
): Promise<void> {
  const length = await readInto(handle, target, offset);
  if (length === target.length) return;
  const where = `tensor ${entry.name}, offset ${offset}`;
  throw new FormatError({
    path,
    where,
    expected: `${target.length} bytes`,
    got: `the end of the file after ${length}`,
  });
}

async function writeValues(writer: ByteWriter, { name, shape, dtype, data }: TensorSource): Promise<void> {
  const values = typeof data === "function" ? await data() : data;
  invariant(values.length === shapeSize(shape), `tensor ${name} ${showShape(shape)} was given ${values.length} values`);
  for (let from = 0; from < values.length; from += CHUNK_VALUES) {
    const part = values.subarray(from, from + CHUNK_VALUES);
    await writer.write(bytesOf(encodeAs(dtype, part)));
  }
}

function encodeAs(dtype: FloatDtype, values: Float32Array): Float32Array | Uint16Array {
  switch (dtype) {
    case "F32":
      return values;
    case "F16":
      return encodeF16(values);
    case "BF16":
      return encodeBf16(values);
    default:
      return dtype satisfies never;
  }
}
