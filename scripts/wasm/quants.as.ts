/**
 * The quantisers of ggml for blocks of 32 values (quantize_row_q8_0_ref, q4_0, q4_1, q5_0, q5_1) in AssemblyScript: four values at a time, every
 * product and sum rounded as C rounds it. Compiled by scripts/wasm/make.mjs to src/formats/quants.wasm.ts; the layouts of the blocks stand in
 * src/formats/quants.ts. It has no work space: the caller puts values and blocks where it likes.
 */
import { toHalf } from "./half.as";

export function quantizeQ8_0(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const scale = magnitudeOf(values) / <f32>127;
    const inverse = f32x4.splat(inverseOf(scale));
    store<u16>(blocks, toHalf(scale));
    v128.store(blocks + 2, roundedAway(values, inverse));
    v128.store(blocks + 18, roundedAway(values + 64, inverse));
    values += 128;
    blocks += 34;
  }
}

export function quantizeQ4_0(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const scale = largestOf(values) / <f32>-8;
    store<u16>(blocks, toHalf(scale));
    const inverse = inverseOf(scale);
    writeNibbles(blocks + 2, quantsOf(values, 0, inverse, 8.5, 15), quantsOf(values + 64, 0, inverse, 8.5, 15));
    values += 128;
    blocks += 18;
  }
}

export function quantizeQ5_0(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const scale = largestOf(values) / <f32>-16;
    store<u16>(blocks, toHalf(scale));
    const inverse = inverseOf(scale);
    writeFiveBits(blocks + 2, quantsOf(values, 0, inverse, 16.5, 31), quantsOf(values + 64, 0, inverse, 16.5, 31));
    values += 128;
    blocks += 22;
  }
}

export function quantizeQ4_1(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const least = leastOf(values);
    const scale = (mostOf(values) - least) / <f32>15;
    store<u16>(blocks, toHalf(scale));
    store<u16>(blocks + 2, toHalf(least));
    const inverse = inverseOf(scale);
    writeNibbles(blocks + 4, quantsOf(values, least, inverse, 0.5, 15), quantsOf(values + 64, least, inverse, 0.5, 15));
    values += 128;
    blocks += 20;
  }
}

export function quantizeQ5_1(values: usize, blocks: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const least = leastOf(values);
    const scale = (mostOf(values) - least) / <f32>31;
    store<u16>(blocks, toHalf(scale));
    store<u16>(blocks + 2, toHalf(least));
    const inverse = inverseOf(scale);
    writeFiveBits(blocks + 4, quantsOf(values, least, inverse, 0.5, 31), quantsOf(values + 64, least, inverse, 0.5, 31));
    values += 128;
    blocks += 24;
  }
}

function inverseOf(scale: f32): f32 {
  return scale == 0 ? 0 : <f32>1 / scale;
}

function magnitudeOf(values: usize): f32 {
  let most = f32x4.abs(v128.load(values));
  for (let at: usize = 16; at < 128; at += 16) most = f32x4.pmax(most, f32x4.abs(v128.load(values + at)));
  return max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
}

/** The value of largest magnitude with its sign; the first of equals. */
function largestOf(values: usize): f32 {
  const magnitude = magnitudeOf(values);
  if (magnitude == 0) return 0;
  let at = values;
  while (abs(load<f32>(at)) != magnitude) at += 4;
  return load<f32>(at);
}

function leastOf(values: usize): f32 {
  let least = v128.load(values);
  for (let at: usize = 16; at < 128; at += 16) least = f32x4.pmin(least, v128.load(values + at));
  return first(values, min(
    min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
    min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
  ));
}

function mostOf(values: usize): f32 {
  let most = v128.load(values);
  for (let at: usize = 16; at < 128; at += 16) most = f32x4.pmax(most, v128.load(values + at));
  return max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
}

/** The first value that is equal: zeros differ in their sign, and C keeps the first. */
function first(values: usize, value: f32): f32 {
  if (value != 0) return value;
  let at = values;
  while (load<f32>(at) != 0) at += 4;
  return load<f32>(at);
}

/** Sixteen products rounded to whole numbers, halves away from zero, as i8. */
function roundedAway(values: usize, inverse: v128): v128 {
  const low = i16x8.narrow_i32x4_s(awayFour(values, inverse), awayFour(values + 16, inverse));
  const high = i16x8.narrow_i32x4_s(awayFour(values + 32, inverse), awayFour(values + 48, inverse));
  return i8x16.narrow_i16x8_s(low, high);
}

// @ts-expect-error: decorator
@inline
function awayFour(at: usize, inverse: v128): v128 {
  const q = f32x4.mul(v128.load(at), inverse);
  const whole = f32x4.trunc(q);
  const rest = f32x4.sub(q, whole); // exact
  const up = v128.and(f32x4.ge(rest, f32x4.splat(0.5)), f32x4.splat(1));
  const down = v128.and(f32x4.le(rest, f32x4.splat(-0.5)), f32x4.splat(1));
  return i32x4.trunc_sat_f32x4_s(f32x4.sub(f32x4.add(whole, up), down));
}

/** Sixteen quants (x − offset)·inverse + shift, cut to whole numbers of at most `most`, as u8. */
function quantsOf(values: usize, offset: f32, inverse: f32, shift: f32, most: i32): v128 {
  const low = i16x8.narrow_i32x4_s(cutFour(values, offset, inverse, shift), cutFour(values + 16, offset, inverse, shift));
  const high = i16x8.narrow_i32x4_s(cutFour(values + 32, offset, inverse, shift), cutFour(values + 48, offset, inverse, shift));
  return i8x16.min_u(i8x16.narrow_i16x8_u(low, high), i8x16.splat(<i8>most));
}

// @ts-expect-error: decorator
@inline
function cutFour(at: usize, offset: f32, inverse: f32, shift: f32): v128 {
  const scaled = f32x4.mul(f32x4.sub(v128.load(at), f32x4.splat(offset)), f32x4.splat(inverse));
  return i32x4.trunc_sat_f32x4_s(f32x4.add(scaled, f32x4.splat(shift)));
}

/** Byte j holds value j in its low and value j + 16 in its high 4 bits. */
function writeNibbles(to: usize, low: v128, high: v128): void {
  v128.store(to, v128.or(v128.and(low, i8x16.splat(15)), i8x16.shl(high, 4)));
}

/** The same behind a u32 of fifth bits: bit i is that of value i. */
function writeFiveBits(to: usize, low: v128, high: v128): void {
  const fifth = i8x16.bitmask(i8x16.shl(low, 3)) | (i8x16.bitmask(i8x16.shl(high, 3)) << 16);
  store<i32>(to, fifth);
  writeNibbles(to + 4, low, high);
}
