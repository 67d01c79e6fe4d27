/**
 * How ggml finds the scales of a block, in AssemblyScript: four sub-blocks at a time, one a lane, so that every sum runs in C's order and every bit
 * is the same. Used by quants-k.as.ts and quants-weighted.as.ts.
 */

// Work space, in bytes. A column is four lanes of f32: value i of four sub-blocks.
export const X: usize = 0x400; //        the values by column, 32 × 16
export const WEIGHTS: usize = 0x600; //  their weights
export const TRIAL: usize = 0x800; //    quants of the scale that is tried
export const BEST: usize = 0xa00; //     quants of the best scale so far, for each group of four sub-blocks: 512 bytes each
export const SCALES: usize = 0x1200; //  16 × f32
export const MINIMA: usize = 0x1240; //  16 × f32
export const QUANTS: usize = 0x1280; //  256 × u8

export const SMALLEST: f32 = 1e-15; // GROUP_MAX_EPS

/** nearest_int of ggml, its answer to values beyond 2^22 included: i32 lanes. */
// @ts-expect-error: decorator
@inline
export function nearest(v: v128): v128 {
  const bits = f32x4.add(v, f32x4.splat(12582912));
  return i32x4.sub(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x400000));
}

/** The same, within least and most, as f32 lanes. */
// @ts-expect-error: decorator
@inline
export function nearestWithin(v: v128, least: v128, most: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.max_s(least, i32x4.min_s(most, nearest(v))));
}

export function nearestOne(v: f32): i32 {
  return (reinterpret<i32>(v + <f32>12582912) & 0x7fffff) - 0x400000;
}

/** Four sub-blocks of `size` values, one after the other at `from`, as columns at `to`. */
export function loadColumns(from: usize, size: usize, to: usize): void {
  for (let i: usize = 0; i < size; i++) {
    const at = from + 4 * i;
    let column = v128.load32_zero(at);
    column = f32x4.replace_lane(column, 1, load<f32>(at + 4 * size));
    column = f32x4.replace_lane(column, 2, load<f32>(at + 8 * size));
    column = f32x4.replace_lane(column, 3, load<f32>(at + 12 * size));
    v128.store(to + 16 * i, column);
  }
}

/**
 * make_qkx2_quants and make_qkx3_quants (32, most, …, firstStep, stepWidth, steps, false) on four sub-blocks: values at X, weights at WEIGHTS. Scales,
 * minima and quants stand in the work space.
 */
export function fitScalesAndMinima(
  best: usize,
  group: usize,
  most: i32,
  firstStep: f32,
  stepWidth: f32,
  steps: i32,
): void {
  const zero = i32x4.splat(0);
  const mostQuant = i32x4.splat(most);
  let min = v128.load(X);
  let max = min;
  let sumW = v128.load(WEIGHTS);
  let sumX = f32x4.mul(sumW, min);
  for (let i: usize = 16; i < 512; i += 16) {
    const x = v128.load(X + i);
    const w = v128.load(WEIGHTS + i);
    min = f32x4.pmin(min, x);
    max = f32x4.pmax(max, x);
    sumW = f32x4.add(sumW, w);
    sumX = f32x4.add(sumX, f32x4.mul(w, x));
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
    const wanted: f32 = firstStep + stepWidth * <f32>step + <f32>most;
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

/** make_qx_quants(size, half, …, 1, WEIGHTS) on four sub-blocks: scales to `scales`, quants to `best`. */
export function fitScales(best: usize, scales: usize, size: usize, half: i32): void {
  const zero = i32x4.splat(0);
  const least = i32x4.splat(-half);
  const most = i32x4.splat(half - 1);
  let largest = zero;
  let largestMagnitude = zero;
  for (let at = X; at < X + 16 * size; at += 16) {
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
    const wanted: f32 = first ? <f32>half : <f32>half + <f32>0.1 * <f32>step;
    const inverse = f32x4.div(f32x4.splat(-wanted), largest);
    let sumXL = zero;
    let sumL2 = zero;
    for (let i: usize = 0; i < 16 * size; i += 16) {
      const x = v128.load(X + i);
      const q = nearestWithin(f32x4.mul(inverse, x), least, most);
      v128.store(TRIAL + i, q);
      const w = v128.load(WEIGHTS + i);
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
    for (let i: usize = 0; i < 16 * size; i += 16) {
      const shifted = v128.andnot(f32x4.add(v128.load(TRIAL + i), f32x4.splat(<f32>half)), empty);
      v128.store(best + i, v128.bitselect(shifted, v128.load(best + i), better));
    }
  }
  v128.store(scales, v128.andnot(scale, empty));
}
