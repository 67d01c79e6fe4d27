/** How a K-quantiser writes its super-blocks of 256 values, in AssemblyScript; the layouts stand in src/formats/quants-k.ts. */
import { toHalf } from "./half.as";
import { BEST, MINIMA, nearest, nearestOne, QUANTS, SCALES, SMALLEST } from "./quants-fit.as";

/** A Q4_K block whose head of 16 bytes is written: its quants. */
export function writeFourBits(values: usize, block: usize): void {
  requantize(values, block, 15);
  writeNibbles(block + 16);
}

/** The same of a Q5_K block. */
export function writeFiveBits(values: usize, block: usize): void {
  requantize(values, block, 31);
  memory.fill(block + 16, 0, 32);
  for (let j: usize = 0; j < 256; j++) {
    const at = block + 16 + (j & 31);
    store<u8>(at, load<u8>(at) | ((load<u8>(QUANTS + j) >> 4) << (<u8>(j >> 5))));
  }
  writeNibbles(block + 48);
}

/** d, dmin and the eight 6-bit scales and minima of a Q4_K or Q5_K block. */
export function writeScales(block: usize): void {
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
    packScale(block, j, ls, lm);
  }
  store<u16>(block, toHalf(maxScale / <f32>63));
  store<u16>(block + 2, toHalf(maxMin / <f32>63));
}

/** The 6-bit scale and minimum of sub-block `j`; in order, from the first on. */
export function packScale(block: usize, j: usize, ls: i32, lm: i32): void {
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

/** A whole Q6_K block of the sixteen scales that were found. */
export function writeSixBits(values: usize, block: usize): void {
  memory.fill(block, 0, 210);
  let largest: f32 = 0; // with its sign: it becomes exactly -128
  for (let j: usize = 0; j < 16; j++) {
    const scale = load<f32>(SCALES + 4 * j);
    if (abs(scale) > abs(largest)) largest = scale;
  }
  if (abs(largest) < SMALLEST) return;
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
