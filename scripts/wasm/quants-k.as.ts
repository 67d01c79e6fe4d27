/**
 * The K-quantisers of ggml (quantize_row_q4_K_ref, quantize_row_q5_K_ref, quantize_row_q6_K_ref) in AssemblyScript: four sub-blocks at a
 * time, one a lane, so that every sum runs in C's order and every bit is the same. Compiled by scripts/wasm/make.mjs to
 * src/formats/quants-k.wasm.ts; the layouts of the blocks stand in src/formats/quants-k.ts.
 *
 * Memory: the first 16 KiB are work space; the caller puts values and blocks above.
 */
import { toHalf } from "./half.as";

// Work space, in bytes. A column is four lanes of f32: value i of four sub-blocks.
const X: usize = 0x400; //        the values by column, 32 × 16
const WEIGHTS: usize = 0x600; //  their weights
const TRIAL: usize = 0x800; //    quants of the scale that is tried
const BEST: usize = 0xa00; //     quants of the best scale so far, for each group of four sub-blocks: 512 bytes each
const SCALES: usize = 0x1200; //  16 × f32
const MINIMA: usize = 0x1240; //  16 × f32
const QUANTS: usize = 0x1280; //  256 × u8

const SMALLEST: f32 = 1e-15; // GROUP_MAX_EPS

export function quantizeQ4K(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    fitSubBlocks(values, 15, -1, 20);
    writeScales(blocks);
    requantize(values, blocks, 15);
    writeNibbles(blocks + 16);
    values += 1024;
    blocks += 144;
  }
}

export function quantizeQ5K(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    fitSubBlocks(values, 31, -0.5, 15);
    writeScales(blocks);
    requantize(values, blocks, 31);
    memory.fill(blocks + 16, 0, 32);
    for (let j: usize = 0; j < 256; j++) {
      const at = blocks + 16 + (j & 31);
      store<u8>(at, load<u8>(at) | ((load<u8>(QUANTS + j) >> 4) << (<u8>(j >> 5))));
    }
    writeNibbles(blocks + 48);
    values += 1024;
    blocks += 176;
  }
}

export function quantizeQ6K(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    memory.fill(blocks, 0, 210);
    for (let group: usize = 0; group < 4; group++) {
      loadColumns(values + 256 * group, 16);
      fitScales(BEST + 512 * group, SCALES + 16 * group);
    }
    let largest: f32 = 0; // with its sign: it becomes exactly -128
    for (let j: usize = 0; j < 16; j++) {
      const scale = load<f32>(SCALES + 4 * j);
      if (abs(scale) > abs(largest)) largest = scale;
    }
    if (abs(largest) >= SMALLEST) writeSixBits(values, blocks, largest);
    values += 1024;
    blocks += 210;
  }
}

/** nearest_int of ggml, its answer to values beyond 2^22 included: i32 lanes. */
// @ts-expect-error: decorator
@inline
function nearest(v: v128): v128 {
  const bits = f32x4.add(v, f32x4.splat(12582912));
  return i32x4.sub(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x400000));
}

/** The same, within least and most, as f32 lanes. */
// @ts-expect-error: decorator
@inline
function nearestWithin(v: v128, least: v128, most: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.max_s(least, i32x4.min_s(most, nearest(v))));
}

function nearestOne(v: f32): i32 {
  return (reinterpret<i32>(v + <f32>12582912) & 0x7fffff) - 0x400000;
}

/** Four sub-blocks of `size` values, one after the other at `from`, as columns at X. */
function loadColumns(from: usize, size: usize): void {
  for (let i: usize = 0; i < size; i++) {
    const at = from + 4 * i;
    let column = v128.load32_zero(at);
    column = f32x4.replace_lane(column, 1, load<f32>(at + 4 * size));
    column = f32x4.replace_lane(column, 2, load<f32>(at + 8 * size));
    column = f32x4.replace_lane(column, 3, load<f32>(at + 12 * size));
    v128.store(X + 16 * i, column);
  }
}

function fitSubBlocks(values: usize, most: i32, firstStep: f32, steps: i32): void {
  for (let group: usize = 0; group < 2; group++) {
    loadColumns(values + 512 * group, 32);
    fitScalesAndMinima(BEST + 512 * group, group, most, firstStep, steps);
  }
}

/** make_qkx2_quants(32, most, …, firstStep, 0.1, steps, false) on four sub-blocks. Scales, minima and quants stand in the work space. */
function fitScalesAndMinima(best: usize, group: usize, most: i32, firstStep: f32, steps: i32): void {
  const zero = i32x4.splat(0);
  const mostQuant = i32x4.splat(most);
  let squares = zero;
  for (let at = X; at < X + 512; at += 16) {
    const x = v128.load(at);
    squares = f32x4.add(squares, f32x4.mul(x, x));
  }
  const root = f32x4.sqrt(f32x4.div(squares, f32x4.splat(32)));
  let min = v128.load(X);
  let max = min;
  let sumW = zero;
  let sumX = zero;
  for (let i: usize = 0; i < 512; i += 16) {
    const x = v128.load(X + i);
    const w = f32x4.add(root, f32x4.abs(x));
    v128.store(WEIGHTS + i, w);
    min = f32x4.pmin(min, x);
    max = f32x4.pmax(max, x);
    sumW = i == 0 ? w : f32x4.add(sumW, w);
    sumX = i == 0 ? f32x4.mul(w, x) : f32x4.add(sumX, f32x4.mul(w, x));
  }
  min = v128.andnot(min, f32x4.gt(min, zero));
  const flat = f32x4.eq(max, min); // nothing to fit: scale 0
  const flatMin = min;

  let inverse = f32x4.div(f32x4.splat(<f32>most), f32x4.sub(max, min));
  let scale = f32x4.div(f32x4.splat(1), inverse);
  let bestError = zero;
  for (let i: usize = 0; i < 512; i += 16) {
    const x = v128.load(X + i);
    const q = nearestWithin(f32x4.mul(inverse, f32x4.sub(x, min)), zero, mostQuant);
    v128.store(best + i, v128.andnot(q, flat));
    const difference = f32x4.sub(f32x4.add(f32x4.mul(scale, q), min), x);
    bestError = f32x4.add(bestError, f32x4.mul(v128.load(WEIGHTS + i), f32x4.mul(difference, difference)));
  }
  for (let step = 0; step <= steps; step++) {
    const wanted: f32 = firstStep + <f32>0.1 * <f32>step + <f32>most;
    inverse = f32x4.div(f32x4.splat(wanted), f32x4.sub(max, min));
    let sumL = zero;
    let sumL2 = zero;
    let sumXL = zero;
    for (let i: usize = 0; i < 512; i += 16) {
      const x = v128.load(X + i);
      const q = nearestWithin(f32x4.mul(inverse, f32x4.sub(x, min)), zero, mostQuant);
      v128.store(TRIAL + i, q);
      const wq = f32x4.mul(v128.load(WEIGHTS + i), q);
      sumL = f32x4.add(sumL, wq);
      sumL2 = f32x4.add(sumL2, f32x4.mul(wq, q));
      sumXL = f32x4.add(sumXL, f32x4.mul(wq, x));
    }
    const determinant = f32x4.sub(f32x4.mul(sumW, sumL2), f32x4.mul(sumL, sumL));
    let thisScale = f32x4.div(f32x4.sub(f32x4.mul(sumW, sumXL), f32x4.mul(sumX, sumL)), determinant);
    let thisMin = f32x4.div(f32x4.sub(f32x4.mul(sumL2, sumX), f32x4.mul(sumL, sumXL)), determinant);
    const positive = f32x4.gt(thisMin, zero);
    thisScale = v128.bitselect(f32x4.div(sumXL, sumL2), thisScale, positive);
    thisMin = v128.andnot(thisMin, positive);
    let error = zero;
    for (let i: usize = 0; i < 512; i += 16) {
      const difference = f32x4.sub(f32x4.add(f32x4.mul(thisScale, v128.load(TRIAL + i)), thisMin), v128.load(X + i));
      error = f32x4.add(error, f32x4.mul(v128.load(WEIGHTS + i), f32x4.mul(difference, difference)));
    }
    const better = v128.andnot(v128.and(f32x4.gt(determinant, zero), f32x4.lt(error, bestError)), flat);
    if (!v128.any_true(better)) continue;
    for (let i: usize = 0; i < 512; i += 16) {
      v128.store(best + i, v128.bitselect(v128.load(TRIAL + i), v128.load(best + i), better));
    }
    bestError = v128.bitselect(error, bestError, better);
    scale = v128.bitselect(thisScale, scale, better);
    min = v128.bitselect(thisMin, min, better);
  }
  v128.store(SCALES + 16 * group, v128.andnot(scale, flat));
  v128.store(MINIMA + 16 * group, f32x4.neg(v128.bitselect(flatMin, min, flat)));
}

/** make_qx_quants(16, 32, …, 1, NULL) on four sub-blocks: scales to `scales`, quants to `best`. */
function fitScales(best: usize, scales: usize): void {
  const zero = i32x4.splat(0);
  const least = i32x4.splat(-32);
  const most = i32x4.splat(31);
  let largest = zero;
  let largestMagnitude = zero;
  for (let at = X; at < X + 256; at += 16) {
    const x = v128.load(at);
    const larger = f32x4.gt(f32x4.abs(x), largestMagnitude);
    largestMagnitude = v128.bitselect(f32x4.abs(x), largestMagnitude, larger);
    largest = v128.bitselect(x, largest, larger);
  }
  const empty = f32x4.lt(largestMagnitude, f32x4.splat(SMALLEST));
  let scale = zero;
  let bestFit = zero;
  for (let step = -10; step <= 9; step++) {
    if (step == 0) continue;
    const first = step == -10; // the plain scale comes first, then the steps around it
    const wanted: f32 = first ? <f32>32 : <f32>32 + <f32>0.1 * <f32>step;
    const inverse = f32x4.div(f32x4.splat(-wanted), largest);
    let sumXL = zero;
    let sumL2 = zero;
    for (let i: usize = 0; i < 256; i += 16) {
      const x = v128.load(X + i);
      const q = nearestWithin(f32x4.mul(inverse, x), least, most);
      v128.store(TRIAL + i, q);
      const w = f32x4.mul(x, x);
      sumXL = f32x4.add(sumXL, f32x4.mul(f32x4.mul(w, x), q));
      sumL2 = f32x4.add(sumL2, f32x4.mul(f32x4.mul(w, q), q));
    }
    const fitted = f32x4.div(sumXL, sumL2);
    const better = first
      ? i32x4.splat(-1)
      : v128.and(f32x4.gt(sumL2, zero), f32x4.gt(f32x4.mul(sumXL, sumXL), f32x4.mul(bestFit, sumL2)));
    if (!v128.any_true(better)) continue;
    const kept = first ? v128.andnot(fitted, f32x4.eq(sumL2, zero)) : fitted;
    scale = v128.bitselect(kept, scale, better);
    bestFit = v128.bitselect(f32x4.mul(kept, sumXL), bestFit, better);
    for (let i: usize = 0; i < 256; i += 16) {
      const shifted = v128.andnot(f32x4.add(v128.load(TRIAL + i), f32x4.splat(32)), empty);
      v128.store(best + i, v128.bitselect(shifted, v128.load(best + i), better));
    }
  }
  v128.store(scales, v128.andnot(scale, empty));
}

/** d, dmin and the eight 6-bit scales and minima of a Q4_K or Q5_K block. */
function writeScales(block: usize): void {
  let maxScale: f32 = 0;
  let maxMin: f32 = 0;
  for (let j: usize = 0; j < 8; j++) {
    const scale = load<f32>(SCALES + 4 * j);
    const min = load<f32>(MINIMA + 4 * j);
    if (scale > maxScale) maxScale = scale;
    if (min > maxMin) maxMin = min;
  }
  const inverseScale: f32 = maxScale > 0 ? <f32>63 / maxScale : <f32>0;
  const inverseMin: f32 = maxMin > 0 ? <f32>63 / maxMin : <f32>0;
  for (let j: usize = 0; j < 8; j++) {
    const ls = min<i32>(63, nearestOne(inverseScale * load<f32>(SCALES + 4 * j)) & 255);
    const lm = min<i32>(63, nearestOne(inverseMin * load<f32>(MINIMA + 4 * j)) & 255);
    const at = block + 4 + j;
    if (j < 4) {
      store<u8>(at, <u8>ls);
      store<u8>(at + 4, <u8>lm);
    } else {
      store<u8>(at + 4, <u8>((ls & 15) | ((lm & 15) << 4)));
      store<u8>(at - 4, load<u8>(at - 4) | <u8>((ls >> 4) << 6));
      store<u8>(at, load<u8>(at) | <u8>((lm >> 4) << 6));
    }
  }
  store<u16>(block, toHalf(maxScale / <f32>63));
  store<u16>(block + 2, toHalf(maxMin / <f32>63));
}

/** The quants of all eight sub-blocks under the scales as they were rounded, as bytes at QUANTS. */
function requantize(values: usize, block: usize, most: i32): void {
  const zero = i32x4.splat(0);
  const d = fromHalf(load<u16>(block));
  const dMin = fromHalf(load<u16>(block + 2));
  for (let j: usize = 0; j < 8; j++) {
    const at = block + 4 + j;
    const scale = d * <f32>(j < 4 ? load<u8>(at) & 63 : (load<u8>(at + 4) & 15) | ((load<u8>(at - 4) >> 6) << 4));
    const min = dMin * <f32>(j < 4 ? load<u8>(at + 4) & 63 : (load<u8>(at + 4) >> 4) | ((load<u8>(at) >> 6) << 4));
    const divisor = f32x4.splat(scale);
    for (let i: usize = 0; i < 32; i += 4) {
      if (scale == 0) {
        copyFitted(32 * j + i, BEST + 512 * (j >> 2) + 16 * i + 4 * (j & 3));
        continue;
      }
      const x = f32x4.add(v128.load(values + 128 * j + 4 * i), f32x4.splat(min));
      storeQuants(32 * j + i, i32x4.max_s(zero, i32x4.min_s(i32x4.splat(most), nearest(f32x4.div(x, divisor)))));
    }
  }
}

function writeSixBits(values: usize, block: usize, largest: f32): void {
  const inverse: f32 = <f32>-128 / largest;
  store<u16>(block + 208, toHalf(<f32>1 / inverse));
  const d = fromHalf(load<u16>(block + 208));
  for (let j: usize = 0; j < 16; j++) {
    const factor = min<i32>(127, nearestOne(inverse * load<f32>(SCALES + 4 * j)));
    store<i8>(block + 192 + j, <i8>factor);
    const scale = d * <f32>load<i8>(block + 192 + j);
    const divisor = f32x4.splat(scale);
    for (let i: usize = 0; i < 16; i += 4) {
      if (scale == 0) {
        copyFitted(16 * j + i, BEST + 512 * (j >> 2) + 16 * i + 4 * (j & 3));
        continue;
      }
      const q = nearest(f32x4.div(v128.load(values + 64 * j + 4 * i), divisor));
      const clamped = i32x4.max_s(i32x4.splat(-32), i32x4.min_s(i32x4.splat(31), q));
      storeQuants(16 * j + i, i32x4.add(clamped, i32x4.splat(32)));
    }
  }
  for (let half: usize = 0; half < 2; half++) {
    for (let i: usize = 0; i < 32; i++) {
      const from = QUANTS + 128 * half + i;
      const q1 = load<u8>(from);
      const q2 = load<u8>(from + 32);
      const q3 = load<u8>(from + 64);
      const q4 = load<u8>(from + 96);
      store<u8>(block + 64 * half + i, (q1 & 15) | (q3 << 4));
      store<u8>(block + 64 * half + 32 + i, (q2 & 15) | (q4 << 4));
      store<u8>(block + 128 + 32 * half + i, (q1 >> 4) | ((q2 >> 4) << 2) | ((q3 >> 4) << 4) | ((q4 >> 4) << 6));
    }
  }
}

/** Two groups of 32 quants share 32 bytes: the first in the low four bits. */
function writeNibbles(to: usize): void {
  for (let j: usize = 0; j < 256; j += 64) {
    for (let i: usize = 0; i < 32; i++) {
      store<u8>(to + (j >> 1) + i, (load<u8>(QUANTS + j + i) & 15) | (load<u8>(QUANTS + j + 32 + i) << 4));
    }
  }
}

function storeQuants(index: usize, quants: v128): void {
  store<u8>(QUANTS + index, <u8>i32x4.extract_lane(quants, 0));
  store<u8>(QUANTS + index + 1, <u8>i32x4.extract_lane(quants, 1));
  store<u8>(QUANTS + index + 2, <u8>i32x4.extract_lane(quants, 2));
  store<u8>(QUANTS + index + 3, <u8>i32x4.extract_lane(quants, 3));
}

/** Four quants as they were fitted: ggml keeps them where the rounded scale is 0. */
function copyFitted(index: usize, from: usize): void {
  for (let i: usize = 0; i < 4; i++) store<u8>(QUANTS + index + i, <u8>load<f32>(from + 16 * i));
}

function fromHalf(half: u16): f32 {
  const sign = (<u32>half & 0x8000) << 16;
  const exponent = (<u32>half >> 10) & 31;
  const mantissa = <u32>half & 1023;
  if (exponent == 0) {
    const magnitude = <f32>mantissa * <f32>5.9604644775390625e-8; // 2^-24
    return sign != 0 ? -magnitude : magnitude;
  }
  if (exponent == 31) return reinterpret<f32>(sign | 0x7f800000 | (mantissa << 13));
  return reinterpret<f32>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}
