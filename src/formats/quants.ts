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
 * Arithmetic is float32 as in C: every product and quotient is rounded by Math.fround. Values must be finite.
 */
import { countBlocks, readF16, writeF16 } from "./quants-scale.ts";

/** Values in one block. */
export const BLOCK_VALUES = 32;
/** Bytes of a block of each type. */
export const BLOCK_BYTES = { Q8_0: 34, Q4_0: 18, Q4_1: 20, Q5_0: 22, Q5_1: 24 } as const;

const fround = Math.fround;

/** Quantises `values` (a multiple of 32) to Q8_0 blocks. */
export function quantizeQ8_0(values: Float32Array): Uint8Array {
  const blocks = countBlocks(values.length, BLOCK_VALUES);
  const bytes = new Uint8Array(blocks * BLOCK_BYTES.Q8_0);
  const quants = new Int8Array(bytes.buffer);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_VALUES;
    const scale = fround(Math.abs(largestOf(values, from)) / 127);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    let at = block * BLOCK_BYTES.Q8_0;
    writeF16(bytes, at, scale);
    at += 2;
    for (let i = from; i < from + BLOCK_VALUES; i++) {
      const q = fround(values[i] * inverse);
      quants[at++] = (q + (q < 0 ? -0.5 : 0.5)) | 0; // halves away from zero, as roundf
    }
  }
  return bytes;
}

/** Quantises `values` (a multiple of 32) to Q4_0 blocks. */
export function quantizeQ4_0(values: Float32Array): Uint8Array {
  const blocks = countBlocks(values.length, BLOCK_VALUES);
  const bytes = new Uint8Array(blocks * BLOCK_BYTES.Q4_0);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_VALUES;
    const scale = fround(largestOf(values, from) / -8);
    const at = block * BLOCK_BYTES.Q4_0;
    writeF16(bytes, at, scale);
    writeQuants({ values, from, offset: 0, inverse: inverseOf(scale), shift: 8.5, most: 15 }, bytes, at + 2, -1);
  }
  return bytes;
}

/** Quantises `values` (a multiple of 32) to Q5_0 blocks. */
export function quantizeQ5_0(values: Float32Array): Uint8Array {
  const blocks = countBlocks(values.length, BLOCK_VALUES);
  const bytes = new Uint8Array(blocks * BLOCK_BYTES.Q5_0);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_VALUES;
    const scale = fround(largestOf(values, from) / -16);
    const at = block * BLOCK_BYTES.Q5_0;
    writeF16(bytes, at, scale);
    writeQuants({ values, from, offset: 0, inverse: inverseOf(scale), shift: 16.5, most: 31 }, bytes, at + 6, at + 2);
  }
  return bytes;
}

/** Quantises `values` (a multiple of 32) to Q4_1 blocks. */
export function quantizeQ4_1(values: Float32Array): Uint8Array {
  const blocks = countBlocks(values.length, BLOCK_VALUES);
  const bytes = new Uint8Array(blocks * BLOCK_BYTES.Q4_1);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_VALUES;
    const { least, scale } = spanOf(values, from, 15);
    const at = block * BLOCK_BYTES.Q4_1;
    writeF16(bytes, at, scale);
    writeF16(bytes, at + 2, least);
    writeQuants({ values, from, offset: least, inverse: inverseOf(scale), shift: 0.5, most: 15 }, bytes, at + 4, -1);
  }
  return bytes;
}

/** Quantises `values` (a multiple of 32) to Q5_1 blocks. */
export function quantizeQ5_1(values: Float32Array): Uint8Array {
  const blocks = countBlocks(values.length, BLOCK_VALUES);
  const bytes = new Uint8Array(blocks * BLOCK_BYTES.Q5_1);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_VALUES;
    const { least, scale } = spanOf(values, from, 31);
    const at = block * BLOCK_BYTES.Q5_1;
    writeF16(bytes, at, scale);
    writeF16(bytes, at + 2, least);
    writeQuants(
      { values, from, offset: least, inverse: inverseOf(scale), shift: 0.5, most: 31 },
      bytes,
      at + 8,
      at + 4,
    );
  }
  return bytes;
}

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

/** The value of largest magnitude in a block, with its sign; the first of equals. */
function largestOf(values: Float32Array, from: number): number {
  let magnitude = 0;
  let largest = 0;
  for (let i = from; i < from + BLOCK_VALUES; i++) {
    const next = Math.abs(values[i]);
    if (next > magnitude) {
      magnitude = next;
      largest = values[i];
    }
  }
  return largest;
}

/** The least value of a block and the size of each of `steps` steps from it to the largest. */
function spanOf(values: Float32Array, from: number, steps: number): { least: number; scale: number } {
  let least = values[from];
  let most = least;
  for (let i = from + 1; i < from + BLOCK_VALUES; i++) {
    if (values[i] < least) least = values[i];
    if (values[i] > most) most = values[i];
  }
  return { least, scale: fround(fround(most - least) / steps) };
}

const inverseOf = (scale: number) => (scale === 0 ? 0 : fround(1 / scale));

/** Writes the 16 bytes of pairs, and the fifth bits where `fifthAt` is not -1. */
function writeQuants(
  block: { values: Float32Array; from: number; offset: number; inverse: number; shift: number; most: number },
  bytes: Uint8Array,
  at: number,
  fifthAt: number,
): void {
  const { values, from, offset, inverse, shift, most } = block;
  let fifth = 0;
  for (let i = 0; i < 16; i++) {
    const low = quantize(values[from + i], offset, inverse, shift, most);
    const high = quantize(values[from + i + 16], offset, inverse, shift, most);
    bytes[at + i] = (low & 15) | ((high & 15) << 4);
    fifth |= (low >> 4) << i;
    fifth |= (high >> 4) << (i + 16);
  }
  if (fifthAt < 0) return;
  for (let i = 0; i < 4; i++) bytes[fifthAt + i] = fifth >>> (8 * i);
}

function quantize(value: number, offset: number, inverse: number, shift: number, most: number): number {
  const q = fround(fround(fround(value - offset) * inverse) + shift);
  return q >= most ? most : q | 0;
}

function readU32(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
