/**
 * The quantisers of ggml that weigh each value by how much its column matters (quantize_row_q4_0_impl, q4_1, q5_0, q5_1, q4_K, q5_K, q6_K with an
 * importance matrix) in AssemblyScript. Compiled by scripts/wasm/make.mjs to src/formats/quants-weighted.wasm.ts; the layouts of the blocks stand in
 * src/formats/quants.ts and quants-k.ts.
 *
 * Memory: the first 16 KiB are work space. The caller puts above them: whole rows of values, the blocks, the importance of each column of a row, and
 * behind it room for as many values as there are and 96 more.
 */
import { toHalf } from "./half.as";
import {
  BEST,
  fitScales,
  fitScalesAndMinima,
  loadColumns,
  MINIMA,
  nearestOne,
  SCALES,
  SMALLEST,
  WEIGHTS,
  X,
} from "./quants-fit.as";
import { packScale, writeFiveBits, writeFourBits, writeSixBits } from "./quants-k-blocks.as";

// Work space behind that of quants-fit.as.ts, in bytes.
const SUMS: usize = 0x1400; //     8 × f32: the weights of each sub-block together
const LEVELS: usize = 0x1420; //   8 × i32: scales or minima as 6 bits
const WEIGHED: usize = 0x1500; //  256 × f32: the weights of a super-block

export function quantizeQ4_0(values: usize, blocks: usize, count: i32, importance: usize, columns: i32): void {
  const weights = weighRows(values, count, importance, columns);
  for (let block = 0; block < count; block += 4) {
    loadFour(values, weights, block);
    fitScales(BEST, SCALES, 32, 8);
    for (let lane = 0; lane < min(4, count - block); lane++) {
      const to = blocks + 18 * (block + lane);
      store<u16>(to, toHalf(load<f32>(SCALES + 4 * lane)));
      writeNibbles(to + 2, lane);
    }
  }
}

export function quantizeQ5_0(values: usize, blocks: usize, count: i32, importance: usize, columns: i32): void {
  const weights = weighRows(values, count, importance, columns);
  for (let block = 0; block < count; block += 4) {
    loadFour(values, weights, block);
    fitScales(BEST, SCALES, 32, 16);
    for (let lane = 0; lane < min(4, count - block); lane++) {
      const to = blocks + 22 * (block + lane);
      store<u16>(to, toHalf(load<f32>(SCALES + 4 * lane)));
      writeFifthBits(to + 2, lane);
      writeNibbles(to + 6, lane);
    }
  }
}

export function quantizeQ4_1(values: usize, blocks: usize, count: i32, importance: usize, columns: i32): void {
  const weights = weighRows(values, count, importance, columns);
  for (let block = 0; block < count; block += 4) {
    loadFour(values, weights, block);
    fitScalesAndMinima(BEST, 0, 15, -0.9, 0.05, 36);
    for (let lane = 0; lane < min(4, count - block); lane++) {
      const to = blocks + 20 * (block + lane);
      writeScaleAndMinimum(to, lane);
      writeNibbles(to + 4, lane);
    }
  }
}

export function quantizeQ5_1(values: usize, blocks: usize, count: i32, importance: usize, columns: i32): void {
  const weights = weighRows(values, count, importance, columns);
  for (let block = 0; block < count; block += 4) {
    loadFour(values, weights, block);
    fitScalesAndMinima(BEST, 0, 31, -0.9, 0.05, 36);
    for (let lane = 0; lane < min(4, count - block); lane++) {
      const to = blocks + 24 * (block + lane);
      writeScaleAndMinimum(to, lane);
      writeFifthBits(to + 4, lane);
      writeNibbles(to + 8, lane);
    }
  }
}

export function quantizeQ4K(values: usize, blocks: usize, count: i32, importance: usize, columns: i32): void {
  for (let block = 0; block < count; block++) {
    fitSubBlocks(values, importance + 4 * ((256 * block) % columns), 15);
    writeScales(blocks, 255); // as they are: ggml bounds them in Q5_K alone
    writeFourBits(values, blocks);
    values += 1024;
    blocks += 144;
  }
}

export function quantizeQ5K(values: usize, blocks: usize, count: i32, importance: usize, columns: i32): void {
  for (let block = 0; block < count; block++) {
    fitSubBlocks(values, importance + 4 * ((256 * block) % columns), 31);
    writeScales(blocks, 63);
    writeFiveBits(values, blocks);
    values += 1024;
    blocks += 176;
  }
}

export function quantizeQ6K(values: usize, blocks: usize, count: i32, importance: usize, columns: i32): void {
  for (let block = 0; block < count; block++) {
    const weights = importance + 4 * ((256 * block) % columns);
    for (let group: usize = 0; group < 4; group++) {
      loadColumns(values + 256 * group, 16, X);
      loadColumns(weights + 256 * group, 16, WEIGHTS);
      fitScales(BEST + 512 * group, SCALES + 16 * group, 16, 32);
    }
    writeSixBits(values, blocks);
    values += 1024;
    blocks += 210;
  }
}

/** The weight of every value of the rows: its column's importance times √(mean square of its row + its own square). Where they stand. */
function weighRows(values: usize, count: i32, importance: usize, columns: i32): usize {
  const weights = importance + 4 * columns;
  let to = weights;
  for (let row = 0; row < (32 * count) / columns; row++) {
    weigh(values, importance, to, columns, sumOfSquares(values, columns) / <f32>columns);
    values += 4 * columns;
    to += 4 * columns;
  }
  return weights;
}

function weigh(values: usize, importance: usize, to: usize, count: i32, meanSquare: f32): void {
  const mean = f32x4.splat(meanSquare);
  for (let at: usize = 0; at < 4 * <usize>count; at += 16) {
    const x = v128.load(values + at);
    const root = f32x4.sqrt(f32x4.add(mean, f32x4.mul(x, x)));
    v128.store(to + at, f32x4.mul(v128.load(importance + at), root));
  }
}

function sumOfSquares(values: usize, count: i32): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < count; i++) {
    const x = load<f32>(values + 4 * i);
    sum += x * x;
  }
  return sum;
}

/** Four blocks of 32 from `block` on; those behind the last are read and not written. */
function loadFour(values: usize, weights: usize, block: i32): void {
  loadColumns(values + 128 * block, 32, X);
  loadColumns(weights + 128 * block, 32, WEIGHTS);
}

/** The scales and minima of eight sub-blocks, and the sums of their weights. */
function fitSubBlocks(values: usize, importance: usize, most: i32): void {
  weigh(values, importance, WEIGHED, 256, (<f32>2 * sumOfSquares(values, 256)) / <f32>256);
  for (let j: usize = 0; j < 8; j++) {
    let sum: f32 = 0;
    for (let i: usize = 0; i < 32; i++) sum += load<f32>(WEIGHED + 128 * j + 4 * i);
    store<f32>(SUMS + 4 * j, sum);
  }
  for (let group: usize = 0; group < 2; group++) {
    loadColumns(values + 512 * group, 32, X);
    loadColumns(WEIGHED + 512 * group, 32, WEIGHTS);
    fitScalesAndMinima(BEST + 512 * group, group, most, -0.9, 0.05, 36);
  }
}

/** d, dmin and the eight 6-bit scales and minima of a Q4_K or Q5_K block, of at most `most`. */
function writeScales(block: usize, most: i32): void {
  store<u16>(block, toHalf(fitLevels(SCALES)));
  for (let j: usize = 0; j < 8; j++) store<i32>(SCALES + 4 * j, min<i32>(most, load<i32>(LEVELS + 4 * j)));
  store<u16>(block + 2, toHalf(fitLevels(MINIMA)));
  for (let j: usize = 0; j < 8; j++)
    packScale(block, j, load<i32>(SCALES + 4 * j), min<i32>(most, load<i32>(LEVELS + 4 * j)));
}

/** make_qp_quants(8, 63, …, SUMS): eight numbers from 0 on as levels times the scale that it gives. */
function fitLevels(numbers: usize): f32 {
  let largest: f32 = 0;
  for (let j: usize = 0; j < 8; j++) largest = max(largest, load<f32>(numbers + 4 * j));
  if (largest < SMALLEST) {
    memory.fill(LEVELS, 0, 32);
    return 0;
  }
  let inverse: f32 = <f32>63 / largest;
  let least: f32 = 0;
  for (let step = -5; step <= 4; step++) {
    if (step == 0) continue;
    const first = step == -5; // the plain scale comes first, then the steps around it
    const tried: f32 = first ? inverse : (<f32>0.1 * <f32>step + <f32>63) / largest;
    const scale: f32 = <f32>1 / tried;
    let error: f32 = 0;
    for (let j: usize = 0; j < 8; j++) {
      const number = load<f32>(numbers + 4 * j);
      const level = nearestOne(tried * number);
      const difference = number - scale * <f32>(first ? level & 255 : min<i32>(63, level));
      error += load<f32>(SUMS + 4 * j) * difference * difference;
    }
    if (!first && !(error < least)) continue;
    least = error;
    inverse = tried;
  }
  let sumLX: f32 = 0;
  let sumL2: f32 = 0;
  for (let j: usize = 0; j < 8; j++) {
    const number = load<f32>(numbers + 4 * j);
    const level = min<i32>(63, nearestOne(inverse * number));
    store<i32>(LEVELS + 4 * j, level & 255);
    const w = load<f32>(SUMS + 4 * j);
    sumLX += w * number * <f32>level;
    sumL2 += w * <f32>level * <f32>level;
  }
  for (let round = 0; round < 5; round++) {
    let changed = false;
    for (let j: usize = 0; j < 8; j++) {
      const number = load<f32>(numbers + 4 * j);
      const w = load<f32>(SUMS + 4 * j);
      const before = load<i32>(LEVELS + 4 * j);
      let restLX: f32 = sumLX - w * number * <f32>before;
      let restL2: f32 = sumL2 - w * <f32>before * <f32>before;
      if (!(restLX > 0 && restL2 > 0)) continue;
      const level = min<i32>(63, nearestOne((number * restL2) / restLX));
      if (level == before) continue;
      restLX += w * number * <f32>level;
      restL2 += w * <f32>level * <f32>level;
      if (!(restLX * restLX * sumL2 > sumLX * sumLX * restL2)) continue;
      store<i32>(LEVELS + 4 * j, level & 255);
      sumLX = restLX;
      sumL2 = restL2;
      changed = true;
    }
    if (!changed) break;
  }
  return sumL2 > 0 ? sumLX / sumL2 : 0;
}

function writeScaleAndMinimum(to: usize, lane: i32): void {
  store<u16>(to, toHalf(load<f32>(SCALES + 4 * lane)));
  store<u16>(to + 2, toHalf(-load<f32>(MINIMA + 4 * lane)));
}

/** Byte j holds value j in its low and value j + 16 in its high 4 bits. */
function writeNibbles(to: usize, lane: i32): void {
  for (let j: usize = 0; j < 16; j++) store<u8>(to + j, <u8>((quant(lane, j) & 15) | ((quant(lane, j + 16) & 15) << 4)));
}

/** Bit i is the fifth bit of value i. */
function writeFifthBits(to: usize, lane: i32): void {
  let bits: u32 = 0;
  for (let i: usize = 0; i < 32; i++) bits |= ((quant(lane, i) >> 4) & 1) << <u32>i;
  store<u32>(to, bits);
}

// @ts-expect-error: decorator
@inline
function quant(lane: i32, value: usize): u32 {
  return <u32>load<f32>(BEST + 16 * value + 4 * lane);
}
