/** Writes GGUF files (layout in gguf.ts), streaming: the header first, then one tensor after the other. */
import { invariant } from "../errors.ts";
import { type ByteWriter, writeFileBeside } from "./files.ts";
import {
  alignUp,
  GGUF_ALIGNMENT,
  GGUF_TENSOR_TYPES,
  GGUF_VALUE_TYPES,
  GGUF_VERSION,
  type GgufMetadata,
  type GgufScalar,
  type GgufTensorType,
  type GgufValue,
  ggufSizeBytes,
} from "./gguf.ts";
import { encodeGgufValues, kernelOf, weightedKernelOf } from "./gguf-values.ts";
import { createQuantizerThreads, type QuantizerThreads } from "./quants-threads.ts";
import { shapeSize, showShape } from "./safetensors-header.ts";

/** A tensor to write, shape in the order of PyTorch; a function is called when its turn comes. */
export interface GgufTensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: GgufTensorType;
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
  /** How much each column of a matrix matters, above 0: types that can weigh their values by it do. */
  readonly importance?: Float32Array;
}

/** What to write; `check` (optional) reads the finished file before it gets its name. */
export interface GgufContent {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensorSource[];
  readonly check?: (partialPath: string) => Promise<void>;
}

const CHUNK_VALUES = 1 << 20; // a multiple of every block

/** Writes a GGUF file (version 3, alignment 32); it appears under `path` when it is complete. Values must be finite. */
export async function writeGguf(path: string, { metadata, tensors, check }: GgufContent): Promise<void> {
  invariant(!metadata.has("general.alignment"), `${path}: the alignment is always ${GGUF_ALIGNMENT}`);
  const header = encodeHeader(metadata, tensors);
  await writeFileBeside(
    path,
    async (writer) => {
      await writer.write(header);
      await pad(writer);
      const threads = createQuantizerThreads();
      try {
        for (const tensor of tensors) await writeTensor(writer, tensor, threads);
      } finally {
        await threads.close();
      }
    },
    check,
  );
}

async function writeTensor(
  writer: ByteWriter,
  { name, shape, type, data, importance }: GgufTensorSource,
  threads: QuantizerThreads,
): Promise<void> {
  const values = typeof data === "function" ? await data() : data;
  invariant(values.length === shapeSize(shape), `tensor ${name} ${showShape(shape)} was given ${values.length} values`);
  const weighted = importance && weightedKernelOf(type);
  const kernel = weighted ?? kernelOf(type);
  if (kernel)
    for await (const bytes of threads.quantize(kernel, values, weighted && importance)) await writer.write(bytes);
  else
    for (let from = 0; from < values.length; from += CHUNK_VALUES)
      await writer.write(encodeGgufValues(type, values.subarray(from, from + CHUNK_VALUES)));
  await pad(writer);
}

async function pad(writer: ByteWriter): Promise<void> {
  await writer.write(new Uint8Array(alignUp(writer.position, GGUF_ALIGNMENT) - writer.position));
}

function encodeHeader(metadata: GgufMetadata, tensors: readonly GgufTensorSource[]): Buffer {
  const parts: Buffer[] = [Buffer.from("GGUF", "latin1"), number("u32", GGUF_VERSION)];
  parts.push(number("u64", tensors.length), number("u64", metadata.size));
  for (const [key, value] of metadata) {
    parts.push(string(key));
    encodeValue(value, parts);
  }
  const names = new Set<string>();
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    invariant(!names.has(name), `tensor ${name} is written twice`);
    names.add(name);
    const { blockValues, id } = GGUF_TENSOR_TYPES[type];
    invariant((shape.at(-1) ?? 1) % blockValues === 0, `tensor ${name} ${showShape(shape)} has no whole ${type} rows`);
    parts.push(string(name), number("u32", shape.length));
    for (const size of [...shape].reverse()) parts.push(number("u64", size));
    parts.push(number("u32", id), number("u64", offset));
    offset = alignUp(offset + ggufSizeBytes(type, shape), GGUF_ALIGNMENT);
  }
  return Buffer.concat(parts);
}

function encodeValue(value: GgufValue, parts: Buffer[]): void {
  parts.push(number("u32", GGUF_VALUE_TYPES[value.type]));
  if (value.type !== "array") {
    parts.push(encodeScalar(value));
    return;
  }
  parts.push(number("u32", GGUF_VALUE_TYPES[value.of]), number("u64", value.value.length));
  for (const item of value.value) parts.push(encodeScalar({ type: value.of, value: item } as GgufScalar));
}

function encodeScalar(scalar: GgufScalar): Buffer {
  switch (scalar.type) {
    case "string":
      return string(scalar.value);
    case "bool":
      return Buffer.of(scalar.value ? 1 : 0);
    default:
      return number(scalar.type, scalar.value);
  }
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([number("u64", bytes.length), bytes]);
}

function number(type: Exclude<GgufScalar["type"], "bool" | "string">, value: number): Buffer {
  const bytes = Buffer.alloc(NUMBER_BYTES[type]);
  switch (type) {
    case "f32":
      bytes.writeFloatLE(value);
      return bytes;
    case "f64":
      bytes.writeDoubleLE(value);
      return bytes;
    case "u64":
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes;
    case "i64":
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    case "u8":
    case "u16":
    case "u32":
      bytes.writeUIntLE(value, 0, bytes.length);
      return bytes;
    case "i8":
    case "i16":
    case "i32":
      bytes.writeIntLE(value, 0, bytes.length);
      return bytes;
    default:
      return type satisfies never;
  }
}

const NUMBER_BYTES = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, u64: 8, i64: 8, f64: 8 } as const;
