/**
 * The search of src/formats/onnx-blocks.ts for 4 bits in AssemblyScript: two blocks at a time, one a lane of float64, so that every sum runs in
 * the order of the values. Compiled by scripts/wasm/make.mjs to src/formats/onnx-blocks.wasm.ts.
 *
 * Memory: the first KiB is work space; the caller puts values, scales, zeros and integers above.
 */

const X: usize = 0; // value i of both blocks, 32 × 16 bytes
const SPANS: i32 = 5;

/** For each of `count` blocks of 32 values (f32): its scale (f32), its zero (u8) and its integers, two a byte, the even one in the low half. */
export function quantize4(values: usize, scales: usize, zeros: usize, data: usize, count: i32): void {
  for (let block = 0; block < count; block += 2) {
    const apart: usize = block + 1 < count ? 1 : 0; // the last may be alone: then it is both
    loadColumns(values, values + 128 * apart);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let at = X; at < X + 512; at += 16) {
      low = f64x2.min(low, v128.load(at));
      high = f64x2.max(high, v128.load(at));
    }
    const isFlat = f64x2.eq(low, high);
    let bestScale = f64x2.splat(0);
    let bestZero = f64x2.splat(0);
    let bestError = f64x2.splat(Infinity);
    for (let i = 0; i < SPANS; i++) {
      const span = f64x2.splat(spanOf(i));
      const step = f64x2.div(f64x2.mul(span, f64x2.sub(high, low)), f64x2.splat(15));
      const place = f64x2.div(f64x2.mul(f64x2.neg(span), low), step);
      const zero = within(f64x2.floor(f64x2.add(place, f64x2.splat(0.5))));
      const scale = fitScale(f64x2.div(f64x2.splat(1), step), zero, step);
      const error = squaredError(scale, zero);
      const isBetter = f64x2.lt(error, bestError);
      bestScale = v128.bitselect(scale, bestScale, isBetter);
      bestZero = v128.bitselect(zero, bestZero, isBetter);
      bestError = v128.bitselect(error, bestError, isBetter);
    }
    const rounded = f32x4.demote_f64x2_zero(v128.bitselect(f64x2.splat(1), bestScale, isFlat));
    bestZero = v128.bitselect(f64x2.splat(8), bestZero, isFlat);
    store<f32>(scales + 4 * apart, f32x4.extract_lane(rounded, 1));
    store<f32>(scales, f32x4.extract_lane(rounded, 0));
    store<u8>(zeros + apart, <u8>f64x2.extract_lane(bestZero, 1));
    store<u8>(zeros, <u8>f64x2.extract_lane(bestZero, 0));
    writeIntegers(data, data + 16 * apart, f64x2.div(f64x2.splat(1), f64x2.promote_low_f32x4(rounded)), bestZero);
    values += 256;
    scales += 8;
    zeros += 2;
    data += 32;
  }
}

/** Shares of the span of a block that are tried as its 16 steps. */
function spanOf(i: i32): f64 {
  if (i == 0) return 1;
  if (i == 1) return 0.94;
  if (i == 2) return 0.88;
  return i == 3 ? 0.82 : 0.76;
}

function loadColumns(first: usize, second: usize): void {
  for (let i: usize = 0; i < 32; i++) {
    const both = f32x4.replace_lane(v128.load32_zero(first + 4 * i), 1, load<f32>(second + 4 * i));
    v128.store(X + 16 * i, f64x2.promote_low_f32x4(both));
  }
}

// @ts-expect-error: decorator
@inline
function within(q: v128): v128 {
  return f64x2.min(f64x2.max(q, f64x2.splat(0)), f64x2.splat(15));
}

// @ts-expect-error: decorator
@inline
function quantize(value: v128, inverse: v128, zero: v128): v128 {
  return within(f64x2.floor(f64x2.add(f64x2.add(f64x2.mul(value, inverse), zero), f64x2.splat(0.5))));
}

/** The scale with the least squared error for the integers that `inverse` gives: Σ w·q / Σ q·q; `step` where all are 0. */
function fitScale(inverse: v128, zero: v128, step: v128): v128 {
  let products = f64x2.splat(0);
  let squares = f64x2.splat(0);
  for (let at = X; at < X + 512; at += 16) {
    const value = v128.load(at);
    const q = f64x2.sub(quantize(value, inverse, zero), zero);
    products = f64x2.add(products, f64x2.mul(value, q));
    squares = f64x2.add(squares, f64x2.mul(q, q));
  }
  return v128.bitselect(f64x2.div(products, squares), step, f64x2.gt(products, f64x2.splat(0)));
}

function squaredError(scale: v128, zero: v128): v128 {
  const inverse = f64x2.div(f64x2.splat(1), scale);
  let sum = f64x2.splat(0);
  for (let at = X; at < X + 512; at += 16) {
    const value = v128.load(at);
    const difference = f64x2.sub(value, f64x2.mul(scale, f64x2.sub(quantize(value, inverse, zero), zero)));
    sum = f64x2.add(sum, f64x2.mul(difference, difference));
  }
  return sum;
}

function writeIntegers(first: usize, second: usize, inverse: v128, zero: v128): void {
  for (let i: usize = 0; i < 16; i++) {
    const even = quantize(v128.load(X + 32 * i), inverse, zero);
    const odd = quantize(v128.load(X + 32 * i + 16), inverse, zero);
    const both = i32x4.trunc_sat_f64x2_u_zero(f64x2.add(even, f64x2.mul(odd, f64x2.splat(16))));
    store<u8>(second + i, <u8>i32x4.extract_lane(both, 1));
    store<u8>(first + i, <u8>i32x4.extract_lane(both, 0));
  }
}
