/**
 * ggml's block quantisation, bit for bit the reference quantisers of ggml (quantize_row_q8_0_ref, quantize_row_q4_0_ref):
 *
 *   Q8_0   34 bytes for 32 values: f16 d, then 32 × i8 q;                 value = d·q
 *   Q4_0   18 bytes for 32 values: f16 d, then 16 bytes, byte j holding
 *          value j in its low and value j + 16 in its high 4 bits;        value = d·(q − 8)
 *
 * Arithmetic is float32 as in C: every product and quotient is rounded by Math.fround. Values must be finite.
 */
import { invariant } from "../errors.ts";
import { f16ToFloat32, float32ToF16 } from "./half.ts";

/** Values in one block of any quantised type here. */
export const BLOCK_VALUES = 32;
/** Bytes of one Q8_0 block. */
export const Q8_0_BLOCK_BYTES = 34;
/** Bytes of one Q4_0 block. */
export const Q4_0_BLOCK_BYTES = 18;

const fround = Math.fround;

/** Quantises `values` (a multiple of 32) to Q8_0 blocks. */
export function quantizeQ8_0(values: Float32Array): Uint8Array {
  const blocks = countBlocks(values.length, BLOCK_VALUES);
  const bytes = new Uint8Array(blocks * Q8_0_BLOCK_BYTES);
  const quants = new Int8Array(bytes.buffer);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_VALUES;
    let largest = 0;
    for (let i = from; i < from + BLOCK_VALUES; i++) {
      const magnitude = Math.abs(values[i]);
      if (magnitude > largest) largest = magnitude;
    }
    const scale = fround(largest / 127);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    let at = block * Q8_0_BLOCK_BYTES;
    writeScale(bytes, at, scale);
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
  const bytes = new Uint8Array(blocks * Q4_0_BLOCK_BYTES);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_VALUES;
    let largest = 0;
    let signed = 0; // the value of largest magnitude, with its sign: it becomes exactly −8
    for (let i = from; i < from + BLOCK_VALUES; i++) {
      const magnitude = Math.abs(values[i]);
      if (magnitude > largest) {
        largest = magnitude;
        signed = values[i];
      }
    }
    const scale = fround(signed / -8);
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    let at = block * Q4_0_BLOCK_BYTES;
    writeScale(bytes, at, scale);
    at += 2;
    for (let i = from; i < from + 16; i++) {
      bytes[at++] = quantize4(values[i], inverse) | (quantize4(values[i + 16], inverse) << 4);
    }
  }
  return bytes;
}

/** The values of Q8_0 blocks, into `target` when given. */
export function dequantizeQ8_0(bytes: Uint8Array, target?: Float32Array): Float32Array {
  const blocks = countBlocks(bytes.length, Q8_0_BLOCK_BYTES);
  const values = target ?? new Float32Array(blocks * BLOCK_VALUES);
  const quants = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let block = 0; block < blocks; block++) {
    const at = block * Q8_0_BLOCK_BYTES;
    const scale = readScale(bytes, at);
    for (let i = 0; i < BLOCK_VALUES; i++) values[block * BLOCK_VALUES + i] = scale * quants[at + 2 + i];
  }
  return values;
}

/** The values of Q4_0 blocks, into `target` when given. */
export function dequantizeQ4_0(bytes: Uint8Array, target?: Float32Array): Float32Array {
  const blocks = countBlocks(bytes.length, Q4_0_BLOCK_BYTES);
  const values = target ?? new Float32Array(blocks * BLOCK_VALUES);
  for (let block = 0; block < blocks; block++) {
    const at = block * Q4_0_BLOCK_BYTES;
    const scale = readScale(bytes, at);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 2 + i];
      values[block * BLOCK_VALUES + i] = scale * ((pair & 15) - 8);
      values[block * BLOCK_VALUES + i + 16] = scale * ((pair >> 4) - 8);
    }
  }
  return values;
}

function quantize4(value: number, inverse: number): number {
  const shifted = fround(fround(value * inverse) + 8.5);
  return shifted >= 15 ? 15 : shifted | 0;
}

function countBlocks(length: number, size: number): number {
  invariant(length % size === 0, `${length} is not a whole number of blocks of ${size}`);
  return length / size;
}

function writeScale(bytes: Uint8Array, at: number, scale: number): void {
  const bits = float32ToF16(scale);
  bytes[at] = bits & 255;
  bytes[at + 1] = bits >>> 8;
}

function readScale(bytes: Uint8Array, at: number): number {
  return f16ToFloat32(bytes[at] | (bytes[at + 1] << 8));
}
