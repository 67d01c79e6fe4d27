/**
 * ggml's block quantisation, bit for bit the reference quantisers of ggml (quantize_row_q8_0_ref and its kin). A block holds 32 values:
 *
 *   Q8_0   34 bytes: f16 d, 32 × i8 q;                        value = d·q
 *   Q4_0   18 bytes: f16 d, 16 bytes of 4-bit q;              value = d·(q − 8)
 *   Q4_1   20 bytes: f16 d, f16 m, 16 bytes of 4-bit q;       value = d·q + m
 *   Q5_0   22 bytes: f16 d, u32 fifth bits, 16 bytes;         value = d·(q − 16)
 *   Q5_1   24 bytes: f16 d, f16 m, u32 fifth bits, 16 bytes;  value = d·q + m
 *
 * Byte j of the 16 holds value j in its low and value j + 16 in its high 4 bits; bit i of the u32 is the fifth bit of value i.
 * Arithmetic is float32 as in C; quantising runs in WebAssembly. Values must be finite.
 */
import { QUANTS_WASM } from "./quants.wasm.ts";
import { mapTypes } from "./quants-kernel.ts";
import { countBlocks, readF16 } from "./quants-scale.ts";
import { QUANTS_WEIGHTED_WASM } from "./quants-weighted.wasm.ts";

/** Values in one block. */
export const BLOCK_VALUES = 32;
/** Bytes of a block of each type. */
export const BLOCK_BYTES = { Q8_0: 34, Q4_0: 18, Q4_1: 20, Q5_0: 22, Q5_1: 24 } as const;

/** The quantiser of each type. */
export const KERNELS = mapTypes(BLOCK_BYTES, (type, blockBytes) => ({
  ...{ wasm: QUANTS_WASM, name: `quantize${type}`, blockBytes },
  ...{ blockValues: BLOCK_VALUES, workBytes: 0 },
}));

const { Q8_0: _, ...WEIGHED_BYTES } = BLOCK_BYTES;

/** The quantiser of each type that weighs values by the importance of their columns (quantize_row_q4_0_impl and its kin); Q8_0 has none. */
export const WEIGHTED_KERNELS = mapTypes(WEIGHED_BYTES, (type, blockBytes) => ({
  ...{ wasm: QUANTS_WEIGHTED_WASM, name: `quantize${type}`, blockBytes, isWeighted: true },
  ...{ blockValues: BLOCK_VALUES, workBytes: 0x4000 },
}));

const fround = Math.fround;

/** The values of Q8_0 blocks, into `target` when given. */
export function dequantizeQ8_0(bytes: Uint8Array, target?: Float32Array): Float32Array {
  const blocks = countBlocks(bytes.length, BLOCK_BYTES.Q8_0);
  const values = target ?? new Float32Array(blocks * BLOCK_VALUES);
  const quants = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK_BYTES.Q8_0;
    const scale = readF16(bytes, at);
    for (let i = 0; i < BLOCK_VALUES; i++) values[block * BLOCK_VALUES + i] = scale * quants[at + 2 + i];
  }
  return values;
}

/** The values of Q4_0 blocks, into `target` when given. */
export function dequantizeQ4_0(bytes: Uint8Array, target?: Float32Array): Float32Array {
  return dequantize(bytes, target, { blockBytes: BLOCK_BYTES.Q4_0, hasMinimum: false, hasFifthBits: false });
}

/** The values of Q4_1 blocks, into `target` when given. */
export function dequantizeQ4_1(bytes: Uint8Array, target?: Float32Array): Float32Array {
  return dequantize(bytes, target, { blockBytes: BLOCK_BYTES.Q4_1, hasMinimum: true, hasFifthBits: false });
}

/** The values of Q5_0 blocks, into `target` when given. */
export function dequantizeQ5_0(bytes: Uint8Array, target?: Float32Array): Float32Array {
  return dequantize(bytes, target, { blockBytes: BLOCK_BYTES.Q5_0, hasMinimum: false, hasFifthBits: true });
}

/** The values of Q5_1 blocks, into `target` when given. */
export function dequantizeQ5_1(bytes: Uint8Array, target?: Float32Array): Float32Array {
  return dequantize(bytes, target, { blockBytes: BLOCK_BYTES.Q5_1, hasMinimum: true, hasFifthBits: true });
}

function dequantize(
  bytes: Uint8Array,
  target: Float32Array | undefined,
  layout: { blockBytes: number; hasMinimum: boolean; hasFifthBits: boolean },
): Float32Array {
  const { blockBytes, hasMinimum, hasFifthBits } = layout;
  const blocks = countBlocks(bytes.length, blockBytes);
  const values = target ?? new Float32Array(blocks * BLOCK_VALUES);
  const zero = hasMinimum ? 0 : hasFifthBits ? 16 : 8;
  for (let block = 0; block < blocks; block++) {
    const at = block * blockBytes;
    const scale = readF16(bytes, at);
    const minimum = hasMinimum ? readF16(bytes, at + 2) : -0; // -0 leaves every value as it is, -0 included
    const fifthAt = at + (hasMinimum ? 4 : 2);
    const fifth = hasFifthBits ? readU32(bytes, fifthAt) : 0;
    const quantsAt = fifthAt + (hasFifthBits ? 4 : 0);
    const to = block * BLOCK_VALUES;
    for (let i = 0; i < 16; i++) {
      const pair = bytes[quantsAt + i];
      const low = (pair & 15) | (((fifth >>> i) & 1) << 4);
      const high = (pair >> 4) | (((fifth >>> (i + 16)) & 1) << 4);
      values[to + i] = fround(scale * (low - zero)) + minimum;
      values[to + i + 16] = fround(scale * (high - zero)) + minimum;
    }
  }
  return values;
}

function readU32(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
