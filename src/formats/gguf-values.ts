/** The values of a GGUF tensor as bytes, and back, for every type that is read and written. */
import { bytesOf } from "./bytes.ts";
import { GGUF_TENSOR_TYPES, type GgufTensorType } from "./gguf.ts";
import { decodeBf16, decodeF16, encodeBf16, encodeF16 } from "./half.ts";
import {
  dequantizeQ4_0,
  dequantizeQ4_1,
  dequantizeQ5_0,
  dequantizeQ5_1,
  dequantizeQ8_0,
  KERNELS,
  WEIGHTED_KERNELS,
} from "./quants.ts";
import { dequantizeQ4_K, dequantizeQ5_K, dequantizeQ6_K, K_KERNELS, WEIGHTED_K_KERNELS } from "./quants-k.ts";
import { type BlockKernel, quantizeBlocks } from "./quants-kernel.ts";

/** How one type is written and read; `decode` fills `target` and returns it. */
interface ValueCodec {
  encode(values: Float32Array): Uint8Array;
  decode(bytes: Uint8Array, target: Float32Array): Float32Array;
  /** Of a type of blocks. */
  readonly kernel?: BlockKernel;
  /** Of a type of blocks whose values can be weighed. */
  readonly weighted?: BlockKernel;
}

const CODECS: Readonly<Record<GgufTensorType, ValueCodec>> = {
  F32: {
    encode: bytesOf,
    decode(bytes, target) {
      bytesOf(target).set(bytes);
      return target;
    },
  },
  F16: {
    encode: (values) => bytesOf(encodeF16(values)),
    decode: (bytes, target) => decodeF16(halvesOf(bytes), target),
  },
  BF16: {
    encode: (values) => bytesOf(encodeBf16(values)),
    decode: (bytes, target) => decodeBf16(halvesOf(bytes), target),
  },
  Q8_0: blocksOf(KERNELS.Q8_0, dequantizeQ8_0),
  Q4_0: blocksOf(KERNELS.Q4_0, dequantizeQ4_0, WEIGHTED_KERNELS.Q4_0),
  Q4_1: blocksOf(KERNELS.Q4_1, dequantizeQ4_1, WEIGHTED_KERNELS.Q4_1),
  Q5_0: blocksOf(KERNELS.Q5_0, dequantizeQ5_0, WEIGHTED_KERNELS.Q5_0),
  Q5_1: blocksOf(KERNELS.Q5_1, dequantizeQ5_1, WEIGHTED_KERNELS.Q5_1),
  Q4_K: blocksOf(K_KERNELS.Q4_K, dequantizeQ4_K, WEIGHTED_K_KERNELS.Q4_K),
  Q5_K: blocksOf(K_KERNELS.Q5_K, dequantizeQ5_K, WEIGHTED_K_KERNELS.Q5_K),
  Q6_K: blocksOf(K_KERNELS.Q6_K, dequantizeQ6_K, WEIGHTED_K_KERNELS.Q6_K),
};

function blocksOf(kernel: BlockKernel, decode: ValueCodec["decode"], weighted?: BlockKernel): ValueCodec {
  return { kernel, weighted, encode: (values) => quantizeBlocks(kernel, values), decode };
}

/** What quantises a type of blocks; undefined for plain floats. */
export function kernelOf(type: GgufTensorType): BlockKernel | undefined {
  return CODECS[type].kernel;
}

/** What quantises a type by the importance of each column; undefined where it weighs nothing. */
export function weightedKernelOf(type: GgufTensorType): BlockKernel | undefined {
  return CODECS[type].weighted;
}

/**
 * The bytes of `values` in `type`; quantised types need whole blocks. With the importance of each column, which no type but those of weightedKernelOf
 * heeds, they are whole rows.
 */
export function encodeGgufValues(type: GgufTensorType, values: Float32Array, importance?: Float32Array): Uint8Array {
  const { encode, weighted } = CODECS[type];
  return importance && weighted ? quantizeBlocks(weighted, values, importance) : encode(values);
}

/** The values of whole blocks of `type`, into `target` when given; `bytes` must begin at a multiple of the size of one value. */
export function decodeGgufValues(
  type: GgufTensorType,
  bytes: Uint8Array,
  target: Float32Array = new Float32Array(ggufValueCount(type, bytes.length)),
): Float32Array {
  return CODECS[type].decode(bytes, target);
}

function ggufValueCount(type: GgufTensorType, byteCount: number): number {
  const { blockValues, blockBytes } = GGUF_TENSOR_TYPES[type];
  return (byteCount / blockBytes) * blockValues;
}

function halvesOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}
