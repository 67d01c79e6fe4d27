/**
 * ggml's K-quants: super-blocks of 256 values, their sub-blocks scaled by 6- or 8-bit factors (ggml-common.h). Bit for bit the reference
 * quantisers of ggml (quantize_row_q4_K_ref, q5_K, q6_K), which llama.cpp uses where it has no importance matrix:
 *
 *   Q4_K   144 bytes: f16 d, f16 dmin, 12 bytes of eight 6-bit scales and eight 6-bit minima, 128 bytes of 4-bit q;
 *          eight sub-blocks of 32; value = d·scale·q − dmin·minimum; two sub-blocks share 32 bytes, the first in the low 4 bits
 *   Q5_K   176 bytes: as Q4_K, and before the 4-bit parts 32 bytes of fifth bits: bit s of byte i belongs to value i of sub-block s
 *   Q6_K   210 bytes: 128 bytes of low 4 bits, 64 bytes of high 2 bits, 16 × i8 scale, f16 d; sixteen sub-blocks of 16;
 *          value = d·scale·(q − 32)
 *
 * Of the 12 bytes, 0–3 hold the scales 0–3 and 4–7 the minima 0–3 in their low 6 bits; 8–11 hold the low 4 bits of scale and minimum
 * 4–7, whose high 2 bits are the high bits of bytes 0–3 and 4–7. Quantising is a search over some twenty scales a sub-block: it runs in
 * WebAssembly, four sub-blocks at a time. Values must be finite.
 */
import { QUANTS_K_WASM } from "./quants-k.wasm.ts";
import { mapTypes } from "./quants-kernel.ts";
import { countBlocks, readF16 } from "./quants-scale.ts";
import { QUANTS_WEIGHTED_WASM } from "./quants-weighted.wasm.ts";

/** Values in a super-block. */
export const SUPER_BLOCK_VALUES = 256;
/** Bytes of a super-block of each type. */
export const K_BLOCK_BYTES = { Q4_K: 144, Q5_K: 176, Q6_K: 210 } as const;

/** The quantiser of each type; the first 16 KiB of its memory are work space. */
export const K_KERNELS = mapTypes(K_BLOCK_BYTES, (type, blockBytes) => ({
  ...{ wasm: QUANTS_K_WASM, name: `quantize${type.replace("_", "")}`, blockBytes },
  ...{ blockValues: SUPER_BLOCK_VALUES, workBytes: 0x4000 },
}));

/** The same, weighing values by the importance of their columns (quantize_row_q4_K_impl, q5_K, q6_K). */
export const WEIGHTED_K_KERNELS = mapTypes(K_BLOCK_BYTES, (type, blockBytes) => ({
  ...{ wasm: QUANTS_WEIGHTED_WASM, name: `quantize${type.replace("_", "")}`, blockBytes, isWeighted: true },
  ...{ blockValues: SUPER_BLOCK_VALUES, workBytes: 0x4000 },
}));

const fround = Math.fround;

/** The values of Q4_K super-blocks, into `target` when given. */
export function dequantizeQ4_K(bytes: Uint8Array, target?: Float32Array): Float32Array {
  const blocks = countBlocks(bytes.length, K_BLOCK_BYTES.Q4_K);
  const values = target ?? new Float32Array(blocks * SUPER_BLOCK_VALUES);
  for (let block = 0; block < blocks; block++) {
    const at = block * K_BLOCK_BYTES.Q4_K;
    for (let sub = 0; sub < 8; sub++) {
      const scale = fround(readF16(bytes, at) * readScale(bytes, at, sub));
      const minimum = fround(readF16(bytes, at + 2) * readMinimum(bytes, at, sub));
      const from = at + 16 + 32 * (sub >> 1);
      const to = block * SUPER_BLOCK_VALUES + 32 * sub;
      const shift = 4 * (sub & 1);
      for (let i = 0; i < 32; i++) values[to + i] = fround(scale * ((bytes[from + i] >> shift) & 15)) - minimum;
    }
  }
  return values;
}

/** The values of Q5_K super-blocks, into `target` when given. */
export function dequantizeQ5_K(bytes: Uint8Array, target?: Float32Array): Float32Array {
  const blocks = countBlocks(bytes.length, K_BLOCK_BYTES.Q5_K);
  const values = target ?? new Float32Array(blocks * SUPER_BLOCK_VALUES);
  for (let block = 0; block < blocks; block++) {
    const at = block * K_BLOCK_BYTES.Q5_K;
    for (let sub = 0; sub < 8; sub++) {
      const scale = fround(readF16(bytes, at) * readScale(bytes, at, sub));
      const minimum = fround(readF16(bytes, at + 2) * readMinimum(bytes, at, sub));
      const from = at + 48 + 32 * (sub >> 1);
      const to = block * SUPER_BLOCK_VALUES + 32 * sub;
      const shift = 4 * (sub & 1);
      for (let i = 0; i < 32; i++) {
        const q = ((bytes[from + i] >> shift) & 15) | (((bytes[at + 16 + i] >> sub) & 1) << 4);
        values[to + i] = fround(scale * q) - minimum;
      }
    }
  }
  return values;
}

/** The values of Q6_K super-blocks, into `target` when given. */
export function dequantizeQ6_K(bytes: Uint8Array, target?: Float32Array): Float32Array {
  const blocks = countBlocks(bytes.length, K_BLOCK_BYTES.Q6_K);
  const values = target ?? new Float32Array(blocks * SUPER_BLOCK_VALUES);
  for (let block = 0; block < blocks; block++) {
    const at = block * K_BLOCK_BYTES.Q6_K;
    const d = readF16(bytes, at + 208);
    for (let i = 0; i < SUPER_BLOCK_VALUES; i++) {
      const half = i >> 7; //          128 values share 64 bytes of low bits and 32 of high bits, 32 values of one shift each
      const quarter = (i >> 5) & 3;
      const column = i & 31;
      const low = (bytes[at + 64 * half + 32 * (quarter & 1) + column] >> (4 * (quarter >> 1))) & 15;
      const high = (bytes[at + 128 + 32 * half + column] >> (2 * quarter)) & 3;
      const scale = (bytes[at + 192 + (i >> 4)] << 24) >> 24;
      values[block * SUPER_BLOCK_VALUES + i] = fround(d * scale) * ((low | (high << 4)) - 32);
    }
  }
  return values;
}

function readScale(bytes: Uint8Array, block: number, sub: number): number {
  const at = block + 4 + sub;
  return sub < 4 ? bytes[at] & 63 : (bytes[at + 4] & 15) | ((bytes[at - 4] >> 6) << 4);
}

function readMinimum(bytes: Uint8Array, block: number, sub: number): number {
  const at = block + 4 + sub;
  return sub < 4 ? bytes[at + 4] & 63 : (bytes[at + 4] >> 4) | ((bytes[at] >> 6) << 4);
}
