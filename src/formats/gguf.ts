/**
 * GGUF version 3 (ggml docs/gguf.md), little-endian:
 *
 *   "GGUF"   u32 version = 3   u64 number of tensors   u64 number of metadata pairs
 *   pairs    string key, u32 value type, value;  string = u64 byte length + UTF-8;
 *            array = u32 element type, u64 length, elements
 *   infos    string name, u32 number of dimensions, u64 each dimension (fastest first), u32 tensor type, u64 offset
 *   padding  to `general.alignment` (32 unless that key says otherwise); offsets count from here
 *   data     each tensor at a multiple of the alignment, row-major
 *
 * Shapes here are in the order of PyTorch (slowest first); the file holds them reversed.
 */
import { BLOCK_BYTES, BLOCK_VALUES } from "./quants.ts";
import { K_BLOCK_BYTES, SUPER_BLOCK_VALUES } from "./quants-k.ts";
import { shapeSize } from "./safetensors-header.ts";

/** The numbers that stand for value types in a file. */
export const GGUF_VALUE_TYPES = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
} as const;

type NumberType = "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "f32" | "f64";

/** A metadata value that is not an array. 64-bit integers must be safe integers. */
export type GgufScalar =
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string };

/** A metadata value. */
export type GgufValue =
  | GgufScalar
  | { readonly type: "array"; readonly of: NumberType; readonly value: readonly number[] }
  | { readonly type: "array"; readonly of: "bool"; readonly value: readonly boolean[] }
  | { readonly type: "array"; readonly of: "string"; readonly value: readonly string[] };

/** Metadata by key, in the order of the file. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** The tensor types that can be read as float32 and written: number in the file, values and bytes of one block. */
export const GGUF_TENSOR_TYPES = {
  F32: { id: 0, blockValues: 1, blockBytes: 4 },
  F16: { id: 1, blockValues: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockValues: BLOCK_VALUES, blockBytes: BLOCK_BYTES.Q4_0 },
  Q4_1: { id: 3, blockValues: BLOCK_VALUES, blockBytes: BLOCK_BYTES.Q4_1 },
  Q5_0: { id: 6, blockValues: BLOCK_VALUES, blockBytes: BLOCK_BYTES.Q5_0 },
  Q5_1: { id: 7, blockValues: BLOCK_VALUES, blockBytes: BLOCK_BYTES.Q5_1 },
  Q8_0: { id: 8, blockValues: BLOCK_VALUES, blockBytes: BLOCK_BYTES.Q8_0 },
  Q4_K: { id: 12, blockValues: SUPER_BLOCK_VALUES, blockBytes: K_BLOCK_BYTES.Q4_K },
  Q5_K: { id: 13, blockValues: SUPER_BLOCK_VALUES, blockBytes: K_BLOCK_BYTES.Q5_K },
  Q6_K: { id: 14, blockValues: SUPER_BLOCK_VALUES, blockBytes: K_BLOCK_BYTES.Q6_K },
  BF16: { id: 30, blockValues: 1, blockBytes: 2 },
} as const;

/** A tensor type that can be read and written. */
export type GgufTensorType = keyof typeof GGUF_TENSOR_TYPES;

/** One tensor as its info describes it. `type` is null, and `sizeBytes` 0, for a ggml type that is not read here. */
export interface GgufTensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: GgufTensorType | null;
  readonly typeId: number;
  readonly offset: number; // from the start of the file
  readonly sizeBytes: number;
}

/** An open GGUF file. Whoever opens it closes it. */
export interface GgufReader {
  readonly path: string;
  readonly metadata: GgufMetadata;
  readonly entries: ReadonlyMap<string, GgufTensorEntry>;
  /** The values of one tensor, row-major, dequantised. Throws FormatError when it is missing, cut off or of a type not read here. */
  readFloat32(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The alignment of tensor data where `general.alignment` is absent. */
export const GGUF_ALIGNMENT = 32;
/** The version written, and the only one read. */
export const GGUF_VERSION = 3;

/** The bytes that `shape` takes in `type`; rows must be whole blocks. */
export function ggufSizeBytes(type: GgufTensorType, shape: readonly number[]): number {
  const { blockValues, blockBytes } = GGUF_TENSOR_TYPES[type];
  return (shapeSize(shape) / blockValues) * blockBytes;
}

/** `position` moved up to the next multiple of `alignment`. */
export function alignUp(position: number, alignment: number): number {
  return Math.ceil(position / alignment) * alignment;
}
