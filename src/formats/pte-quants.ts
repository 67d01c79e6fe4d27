/**
 * The quantiser of ExecuTorch's weights, bit for bit torchao 0.18's scale-only half-quadratic search
 * (quant_primitives.py, _choose_qparams_and_quantize_scale_only_hqq) on a matrix [rows, columns] in groups along the rows:
 *
 *   scale = max|w| / 2^(bits−1), then at most 20 times:  q = clamp(round(w / scale));  scale = Σ w·q / Σ q·q
 *
 * until no scale of the matrix moves by 1e-5 of itself. Rounding is half to even, arithmetic float32. Sums run in the order of
 * PyTorch's kernel (ATen/native/cpu/SumKernel.cpp) with vectors of 8 floats (AVX2): other orders differ in the last bit. It runs in WebAssembly
 * (scripts/wasm/pte-quants.as.ts).
 */
import { invariant } from "../errors.ts";
import { float32ToBf16 } from "./half.ts";
import { PTE_QUANTS_WASM } from "./pte-quants.wasm.ts";
import { openWasm } from "./wasm.ts";

/** A quantised matrix: integers row by row, and one scale for each group of a row. */
export interface HqqMatrix {
  readonly values: Int8Array; //     [rows, columns]
  readonly scales: Float32Array; //  [rows, columns / group]
}

const STEPS = 20;
const TOLERANCE = 1e-5;

/**
 * Quantises `weights` to `bits` (4 or 8) in groups of `group` values. The search ends for all groups at the same step, as in
 * torchao: the step is found first, with most groups at their fixed point long before, and the rest is taken up to it again.
 */
export function quantizeHqq(weights: Float32Array, { group, bits }: { group: number; bits: 4 | 8 }): HqqMatrix {
  const groups = weights.length / group;
  invariant(Number.isInteger(groups), `${weights.length} weights are not whole groups of ${group}`);
  const kernel = createKernel(group, 2 ** (bits - 1));
  const scales = new Float32Array(groups);
  const stillAt = new Uint8Array(groups); // the step from which a group's scale stays, if it does
  const largestMove = new Float32Array(STEPS); // over all groups, of each step
  for (let first = 0; first < groups; first += kernel.groups) {
    const { moves, ...found } = kernel.search(weights, first, STEPS);
    scales.set(found.scales, first);
    stillAt.set(found.still, first);
    for (let step = 0; step < STEPS; step++) largestMove[step] = Math.max(largestMove[step], moves[step]);
  }
  const last = largestMove.findIndex((move) => move < TOLERANCE);
  const steps = last < 0 ? STEPS : last + 1;
  const values = new Int8Array(weights.length);
  for (let first = 0; first < groups; first += kernel.groups) {
    if (stillAt.subarray(first, first + kernel.groups).some((step) => step > steps))
      scales.set(kernel.search(weights, first, steps).scales, first);
    values.set(kernel.quantize(weights, first, scales), first * group);
  }
  return { values, scales };
}

/** Two 4-bit values a byte, the even one in the low half, each stored as value + 8. */
export function packInt4(values: Int8Array): Uint8Array {
  const bytes = new Uint8Array(values.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (values[2 * i] + 8) | ((values[2 * i + 1] + 8) << 4);
  return bytes;
}

/** The way back. */
export function unpackInt4(bytes: Uint8Array): Int8Array {
  const values = new Int8Array(2 * bytes.length);
  for (let i = 0; i < values.length; i++) values[i] = ((bytes[i >> 1] >> (4 * (i & 1))) & 15) - 8;
  return values;
}

/** Scales as the 4-bit groups hold them: BF16, rounded half to even. */
export function encodeScalesBf16(scales: Float32Array): Uint16Array {
  return Uint16Array.from(scales, float32ToBf16);
}

/** WebAssembly's memory: work space, moves, then values, integers, scales and steps of the groups of one call. */
const MOVES_AT = 1024;
const VALUES_AT = 2048;
const VALUES_A_CALL = 1 << 16;

interface Exports {
  search(...places: readonly number[]): void;
  quantize(...places: readonly number[]): void;
}

/** The code over groups of `size` values with integers from −most to most − 1, `groups` of them a call. What it returns is valid until the next. */
function createKernel(size: number, most: number) {
  const groups = Math.max(1, Math.floor(VALUES_A_CALL / size));
  const integersAt = VALUES_AT + 4 * groups * size;
  const scalesAt = integersAt + 4 * Math.ceil((groups * size) / 4);
  const stillAt = scalesAt + 4 * groups;
  const { memory, exports } = openWasm<Exports>(PTE_QUANTS_WASM, stillAt + groups);
  const floats = (at: number, count: number) => new Float32Array(memory.buffer, at, count);
  const load = (weights: Float32Array, first: number): number => {
    const values = weights.subarray(first * size, (first + groups) * size);
    floats(VALUES_AT, values.length).set(values);
    return values.length / size;
  };
  return {
    groups,
    /** At most `steps` steps for the groups from `first` on: each one's scale and the step from which it stays, and each step's largest change. */
    search(weights: Float32Array, first: number, steps: number) {
      const count = load(weights, first);
      const moves = floats(MOVES_AT, steps).fill(0);
      exports.search(VALUES_AT, scalesAt, stillAt, MOVES_AT, count, size, most, steps);
      return { scales: floats(scalesAt, count), still: new Uint8Array(memory.buffer, stillAt, count), moves };
    },
    /** The integers of the groups from `first` on. */
    quantize(weights: Float32Array, first: number, scales: Float32Array): Int8Array {
      const count = load(weights, first);
      floats(scalesAt, count).set(scales.subarray(first, first + count));
      exports.quantize(VALUES_AT, scalesAt, integersAt, count, size, most);
      return new Int8Array(memory.buffer, integersAt, count * size);
    },
  };
}
