/** The search of pte-quants.ts in plain TypeScript, one value at a time: slow, and what the kernel in WebAssembly must equal bit for bit. */

const fround = Math.fround;
const EPSILON = 2 ** -23; // of float32
const ITERATIONS = 20;
const TOLERANCE = 1e-5;

/** As quantizeHqq. */
export function quantizeHqqSlowly(weights: Float32Array, { group, bits }: { group: number; bits: 4 | 8 }) {
  const groups = weights.length / group;
  const search = createSearch(group, bits);
  const scales = new Float32Array(groups);
  const stillAt = new Uint8Array(groups); // the step from which a group's scale stays, if it does
  const largestMove = new Float64Array(ITERATIONS); // over all groups, of each step
  for (let i = 0; i < groups; i++) {
    search.load(weights, i * group);
    let scale = search.firstScale();
    let step = 0;
    for (; step < ITERATIONS; step++) {
      const next = search.nextScale(scale);
      const move = fround(Math.abs(fround(next - scale)) / Math.max(scale, EPSILON));
      if (move > largestMove[step]) largestMove[step] = move;
      if (next === scale) break;
      scale = next;
    }
    scales[i] = scale;
    stillAt[i] = step;
  }
  const last = largestMove.findIndex((move) => move < TOLERANCE);
  const steps = last < 0 ? ITERATIONS : last + 1;
  const values = new Int8Array(weights.length);
  for (let i = 0; i < groups; i++) {
    search.load(weights, i * group);
    if (stillAt[i] > steps) {
      let scale = search.firstScale();
      for (let step = 0; step < steps; step++) scale = search.nextScale(scale);
      scales[i] = scale;
    }
    search.quantizeInto(values, i * group, scales[i]);
  }
  return { values, scales };
}

/** The search over one group at a time; its buffers are used again for the next. */
function createSearch(size: number, bits: 4 | 8) {
  const [low, high] = bits === 4 ? [-8, 7] : [-128, 127];
  const w = new Float32Array(size);
  const q = new Float32Array(size);
  const product = new Float32Array(size);
  const sum = createTorchSum(size);
  const quantize = (scale: number) => {
    for (let i = 0; i < size; i++) {
      const rounded = roundHalfEven(fround(w[i] / scale));
      q[i] = rounded < low ? low : rounded > high ? high : rounded;
    }
  };
  return {
    load(weights: Float32Array, from: number): void {
      w.set(weights.subarray(from, from + size));
    },
    firstScale(): number {
      let largest = 0;
      for (let i = 0; i < size; i++) {
        const magnitude = Math.abs(w[i]);
        if (magnitude > largest) largest = magnitude;
      }
      return Math.max(fround(largest / -low), EPSILON);
    },
    nextScale(scale: number): number {
      quantize(scale);
      for (let i = 0; i < size; i++) product[i] = q[i] * q[i];
      const squares = sum(product);
      if (squares === 0) return scale;
      for (let i = 0; i < size; i++) product[i] = w[i] * q[i];
      return Math.max(fround(sum(product) / squares), EPSILON);
    },
    quantizeInto(values: Int8Array, from: number, scale: number): void {
      quantize(scale);
      for (let i = 0; i < size; i++) values[from + i] = q[i];
    },
  };
}

/** Adding and taking away 1.5·2^52 leaves a double rounded to the nearest integer, halves to the even one. */
const ROUNDER = 1.5 * 2 ** 52;

function roundHalfEven(value: number): number {
  return value + ROUNDER - ROUNDER;
}

const LANES = 8;
const CHAINS = 4;
const LEVELS = 4;

/**
 * The sum of a row of `size` float32 as PyTorch's contiguous inner reduction adds it: whole vectors of 8 lanes go in turn to
 * four chains; a chain adds in levels, so that long rows lose little; then chains, then the values behind the last whole
 * vector, then lanes, from first to last.
 */
function createTorchSum(size: number): (row: Float32Array) => number {
  const vectors = Math.floor(size / LANES);
  const chained = Math.floor(vectors / CHAINS); // vectors of each chain
  const levelPower = Math.max(4, Math.floor(ceilLog2(chained) / LEVELS));
  const levelSize = 1 << levelPower;
  const width = CHAINS * LANES;
  const levels = Array.from({ length: LEVELS }, () => new Float32Array(width));
  const addRow = (row: Float32Array, i: number) => {
    const [lowest] = levels;
    for (let lane = 0; lane < width; lane++) lowest[lane] += row[i * width + lane];
  };
  return (row) => {
    for (const level of levels) level.fill(0);
    let i = 0;
    while (i + levelSize <= chained) {
      for (let j = 0; j < levelSize; j++, i++) addRow(row, i);
      for (let j = 1; j < LEVELS; j++) {
        const [below, level] = [levels[j - 1], levels[j]];
        for (let lane = 0; lane < width; lane++) level[lane] += below[lane];
        below.fill(0);
        if ((i & ((levelSize - 1) << (j * levelPower))) !== 0) break;
      }
    }
    for (; i < chained; i++) addRow(row, i);
    const [sums] = levels;
    for (let j = 1; j < LEVELS; j++) for (let lane = 0; lane < width; lane++) sums[lane] += levels[j][lane];
    for (let vector = chained * CHAINS; vector < vectors; vector++) {
      for (let lane = 0; lane < LANES; lane++) sums[lane] += row[vector * LANES + lane];
    }
    for (let chain = 1; chain < CHAINS; chain++) {
      for (let lane = 0; lane < LANES; lane++) sums[lane] += sums[chain * LANES + lane];
    }
    let total = 0;
    for (let k = vectors * LANES; k < size; k++) total = fround(total + row[k]);
    for (let lane = 0; lane < LANES; lane++) total = fround(total + sums[lane]);
    return total;
  };
}

function ceilLog2(value: number): number {
  return value <= 2 ? 1 : 32 - Math.clz32(value - 1); // ATen/native/cpu/utils.h: 2 and below give 1
}
