/**
 * The half-quadratic search of src/formats/pte-quants.ts in AssemblyScript, four values at a time: torchao's steps in float32, and sums in the
 * order of PyTorch's kernel, so that every bit is the same. Compiled by scripts/wasm/make.mjs to src/formats/pte-quants.wasm.ts.
 *
 * Memory: the first KiB is work space; the caller puts values, scales and integers above. A sum has 32 lanes (four chains of eight), which lie as
 * eight vectors; each of the two sums has four levels of them.
 */

const LEVEL: usize = 128; //          bytes of 32 lanes
const LEVELS: i32 = 4;
const PRODUCTS: usize = 0; //         Σ w·q, its levels
const SQUARES: usize = 512; //        Σ q·q
const EPSILON: f32 = 1.1920928955078125e-7; // 2^-23

/**
 * Searches the scale of each of `groups` groups of `size` values, for at most `steps` steps or until it stays. `scales` gets it (f32), `still` the step from
 * which it stays (u8), and `moves` (f32, one a step) the largest relative change of that step so far.
 */
export function search(
  values: usize,
  scales: usize,
  still: usize,
  moves: usize,
  groups: i32,
  size: i32,
  most: f32,
  steps: i32,
): void {
  for (let group = 0; group < groups; group++) {
    let scale = firstScale(values, size, most);
    let step = 0;
    for (; step < steps; step++) {
      const next = nextScale(values, size, scale, most);
      const move = abs(next - scale) / max(scale, EPSILON);
      const at = moves + 4 * step;
      if (move > load<f32>(at)) store<f32>(at, move);
      if (next == scale) break;
      scale = next;
    }
    store<f32>(scales, scale);
    store<u8>(still, <u8>step);
    values += 4 * size;
    scales += 4;
    still += 1;
  }
}

/** Writes the integers (i8) of each group by its scale. */
export function quantize(values: usize, scales: usize, integers: usize, groups: i32, size: i32, most: f32): void {
  for (let group = 0; group < groups; group++) {
    const scale = f32x4.splat(load<f32>(scales));
    const least = f32x4.splat(-most);
    const greatest = f32x4.splat(most - 1);
    const whole = size & ~3;
    for (let i = 0; i < whole; i += 4) {
      const q = i32x4.trunc_sat_f32x4_s(integersOf(v128.load(values + 4 * i), scale, least, greatest));
      store<i8>(integers + i, <i8>i32x4.extract_lane(q, 0));
      store<i8>(integers + i + 1, <i8>i32x4.extract_lane(q, 1));
      store<i8>(integers + i + 2, <i8>i32x4.extract_lane(q, 2));
      store<i8>(integers + i + 3, <i8>i32x4.extract_lane(q, 3));
    }
    for (let i = whole; i < size; i++) store<i8>(integers + i, <i8>integerOf(load<f32>(values + 4 * i), load<f32>(scales), most));
    values += 4 * size;
    integers += size;
    scales += 4;
  }
}

function firstScale(values: usize, size: i32, most: f32): f32 {
  let largest: f32 = 0;
  for (let i = 0; i < size; i++) largest = max(largest, abs(load<f32>(values + 4 * i)));
  return max(largest / most, EPSILON);
}

/** clamp(round half to even(w / scale)). */
// @ts-expect-error: decorator
@inline
function integersOf(w: v128, scale: v128, least: v128, greatest: v128): v128 {
  return f32x4.min(f32x4.max(f32x4.nearest(f32x4.div(w, scale)), least), greatest);
}

function integerOf(w: f32, scale: f32, most: f32): f32 {
  return min(max(nearest(w / scale), -most), most - 1);
}

/** Σ w·q / Σ q·q for the integers that `scale` gives; `scale` where all are 0. */
function nextScale(values: usize, size: i32, scale: f32, most: f32): f32 {
  const vectors = size / 8;
  const chained = vectors / 4; // rows of 32 lanes
  const levelPower = max(4, ceilLog2(chained) / LEVELS);
  const levelRows = 1 << levelPower;
  memory.fill(PRODUCTS, 0, 2 * LEVELS * LEVEL);
  let row = 0;
  while (row + levelRows <= chained) {
    addRows(values + 128 * row, levelRows, scale, most);
    row += levelRows;
    for (let level = 1; level < LEVELS; level++) {
      lift(PRODUCTS + LEVEL * (level - 1));
      lift(SQUARES + LEVEL * (level - 1));
      if ((row & ((levelRows - 1) << (level * levelPower))) != 0) break;
    }
  }
  if (row < chained) addRows(values + 128 * row, chained - row, scale, most);
  for (let level = 1; level < LEVELS; level++) {
    addLevel(PRODUCTS, PRODUCTS + LEVEL * level);
    addLevel(SQUARES, SQUARES + LEVEL * level);
  }
  for (let vector = 4 * chained; vector < vectors; vector++) addVector(values + 32 * vector, scale, most);
  addChains(PRODUCTS);
  addChains(SQUARES);
  let products: f32 = 0;
  let squares: f32 = 0;
  for (let i = 8 * vectors; i < size; i++) {
    const w = load<f32>(values + 4 * i);
    const q = integerOf(w, scale, most);
    products += w * q;
    squares += q * q;
  }
  for (let lane: usize = 0; lane < 8; lane++) {
    products += load<f32>(PRODUCTS + 4 * lane);
    squares += load<f32>(SQUARES + 4 * lane);
  }
  return squares == 0 ? scale : max(products / squares, EPSILON);
}

/** Adds `rows` rows of 32 values to the lowest level. Each of the eight vectors of lanes runs down all rows by itself. */
function addRows(values: usize, rows: i32, scale: f32, most: f32): void {
  const scales = f32x4.splat(scale);
  const least = f32x4.splat(-most);
  const greatest = f32x4.splat(most - 1);
  for (let lanes: usize = 0; lanes < LEVEL; lanes += 32) {
    let products0 = v128.load(PRODUCTS + lanes);
    let products1 = v128.load(PRODUCTS + lanes + 16);
    let squares0 = v128.load(SQUARES + lanes);
    let squares1 = v128.load(SQUARES + lanes + 16);
    let at = values + lanes;
    for (let row = 0; row < rows; row++) {
      const w0 = v128.load(at);
      const w1 = v128.load(at + 16);
      const q0 = integersOf(w0, scales, least, greatest);
      const q1 = integersOf(w1, scales, least, greatest);
      products0 = f32x4.add(products0, f32x4.mul(w0, q0));
      products1 = f32x4.add(products1, f32x4.mul(w1, q1));
      squares0 = f32x4.add(squares0, f32x4.mul(q0, q0));
      squares1 = f32x4.add(squares1, f32x4.mul(q1, q1));
      at += 128;
    }
    v128.store(PRODUCTS + lanes, products0);
    v128.store(PRODUCTS + lanes + 16, products1);
    v128.store(SQUARES + lanes, squares0);
    v128.store(SQUARES + lanes + 16, squares1);
  }
}

/** Eight values behind the last whole row: to the first chain. */
function addVector(values: usize, scale: f32, most: f32): void {
  const scales = f32x4.splat(scale);
  const least = f32x4.splat(-most);
  const greatest = f32x4.splat(most - 1);
  for (let half: usize = 0; half < 32; half += 16) {
    const w = v128.load(values + half);
    const q = integersOf(w, scales, least, greatest);
    v128.store(PRODUCTS + half, f32x4.add(v128.load(PRODUCTS + half), f32x4.mul(w, q)));
    v128.store(SQUARES + half, f32x4.add(v128.load(SQUARES + half), f32x4.mul(q, q)));
  }
}

/** A level onto the next, and empties it. */
function lift(below: usize): void {
  addLevel(below + LEVEL, below);
  memory.fill(below, 0, LEVEL);
}

function addLevel(to: usize, from: usize): void {
  for (let lanes: usize = 0; lanes < LEVEL; lanes += 16)
    v128.store(to + lanes, f32x4.add(v128.load(to + lanes), v128.load(from + lanes)));
}

/** The four chains one after the other onto the first. */
function addChains(sum: usize): void {
  for (let chain: usize = 32; chain < LEVEL; chain += 32) {
    v128.store(sum, f32x4.add(v128.load(sum), v128.load(sum + chain)));
    v128.store(sum + 16, f32x4.add(v128.load(sum + 16), v128.load(sum + chain + 16)));
  }
}

/** ATen/native/cpu/utils.h: 2 and below give 1. */
function ceilLog2(value: i32): i32 {
  return value <= 2 ? 1 : 32 - clz(value - 1);
}
