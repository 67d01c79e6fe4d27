/**
 * The turn of src/export/rotate.ts in AssemblyScript: 32 lines at a time, two a vector, in float64. Compiled by scripts/wasm/make.mjs to
 * src/export/rotate.wasm.ts.
 *
 * Memory: the caller puts signs [size] and the matrix of the odd rest [rest, rest] (f64), a block [size, 32] and a spare [rest, 32] (f64) to work in, and
 * the values (f32).
 */

const LINES: i32 = 32;
const ROW: usize = 256; // bytes of a row of a block

/** Turns `lines` lines of `size` values in place: value i of line k is at 4 · (i · inner + k · step) from `values`. */
export function turn(
  values: usize,
  lines: i32,
  size: i32,
  rest: i32,
  inner: i32,
  step: i32,
  signs: usize,
  matrix: usize,
  block: usize,
  spare: usize,
): void {
  for (let first = 0; first < lines; first += LINES) {
    const count = min(LINES, lines - first);
    const start = values + 4 * <usize>(first * step);
    for (let i = 0; i < size; i++) {
      const sign = load<f64>(signs + 8 * i);
      const at = start + 4 * <usize>(i * inner);
      const row = block + ROW * i;
      for (let k = 0; k < count; k++) store<f64>(row + 8 * k, sign * <f64>load<f32>(at + 4 * <usize>(k * step)));
    }
    butterflies(block, size, rest);
    if (rest > 1) multiplyRest(block, spare, matrix, size, rest);
    for (let i = 0; i < size; i++) {
      const at = start + 4 * <usize>(i * inner);
      const row = block + ROW * i;
      for (let k = 0; k < count; k++) store<f32>(at + 4 * <usize>(k * step), <f32>load<f64>(row + 8 * k));
    }
  }
}

/** The Walsh-Hadamard transform, unscaled, over the leading axis of [size / rest, rest, 32]. */
function butterflies(block: usize, size: i32, rest: i32): void {
  const end = block + ROW * size;
  for (let half: usize = ROW * rest; half < ROW * size; half *= 2) {
    for (let base = block; base < end; base += 2 * half) {
      for (let at = base; at < base + half; at += 16) {
        const above = v128.load(at);
        const below = v128.load(at + half);
        v128.store(at + half, f64x2.sub(above, below));
        v128.store(at, f64x2.add(above, below));
      }
    }
  }
}

/** Each [rest, 32] of the block, from the left by the transposed matrix. */
function multiplyRest(block: usize, spare: usize, matrix: usize, size: i32, rest: i32): void {
  const bytes = ROW * rest;
  const end = block + ROW * size;
  for (let base = block; base < end; base += bytes) {
    for (let j = 0; j < rest; j++) {
      for (let k: usize = 0; k < ROW; k += 64) {
        let sum0 = f64x2.splat(0);
        let sum1 = f64x2.splat(0);
        let sum2 = f64x2.splat(0);
        let sum3 = f64x2.splat(0);
        for (let i = 0; i < rest; i++) {
          const factor = v128.load64_splat(matrix + 8 * <usize>(i * rest + j));
          const at = base + ROW * i + k;
          sum0 = f64x2.add(sum0, f64x2.mul(factor, v128.load(at)));
          sum1 = f64x2.add(sum1, f64x2.mul(factor, v128.load(at + 16)));
          sum2 = f64x2.add(sum2, f64x2.mul(factor, v128.load(at + 32)));
          sum3 = f64x2.add(sum3, f64x2.mul(factor, v128.load(at + 48)));
        }
        const to = spare + ROW * j + k;
        v128.store(to, sum0);
        v128.store(to + 16, sum1);
        v128.store(to + 32, sum2);
        v128.store(to + 48, sum3);
      }
    }
    memory.copy(base, spare, bytes);
  }
}
