/** The search of onnx-blocks.ts for 4 bits in plain TypeScript, one block at a time: slow, and what the kernel in WebAssembly must equal bit for bit. */
import { ONNX_BLOCK, type OnnxBlocks } from "./onnx-blocks.ts";

/** Shares of the span of a block that are tried as its 16 steps: cutting off its ends makes the steps finer for the rest. */
const SPANS = [1, 0.94, 0.88, 0.82, 0.76];

/** As quantizeOnnx4. */
export function quantizeOnnx4Slowly(values: Float32Array, cols: number): OnnxBlocks {
  const rowBlocks = cols / ONNX_BLOCK;
  const zeroBytes = Math.ceil(rowBlocks / 2); // of a row
  const scales = new Float32Array(values.length / ONNX_BLOCK);
  const data = new Uint8Array(values.length / 2);
  const zeros = new Uint8Array((values.length / cols) * zeroBytes);
  for (let block = 0; block < scales.length; block++) {
    const from = block * ONNX_BLOCK;
    const { scale, zero } = fitBlock(values, from);
    scales[block] = scale;
    const [row, column] = [Math.floor(block / rowBlocks), block % rowBlocks];
    zeros[row * zeroBytes + (column >> 1)] |= zero << (4 * (column & 1));
    const inverse = 1 / scales[block];
    for (let i = from; i < from + ONNX_BLOCK; i += 2)
      data[i >> 1] = quantize(values[i], inverse, zero) | (quantize(values[i + 1], inverse, zero) << 4);
  }
  return { data, scales, zeros };
}

function fitBlock(values: Float32Array, from: number): { scale: number; zero: number } {
  let low = 0; // 0 is among the values that a block can hold exactly
  let high = 0;
  for (let i = from; i < from + ONNX_BLOCK; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (low === high) return { scale: 1, zero: 8 };
  let best = { scale: 0, zero: 0, error: Number.POSITIVE_INFINITY };
  for (const span of SPANS) {
    const step = (span * (high - low)) / 15;
    const zero = Math.min(15, Math.max(0, Math.round((-span * low) / step)));
    const scale = fitScale(values, from, 1 / step, zero) ?? step;
    const error = squaredError(values, from, scale, zero);
    if (error < best.error) best = { scale, zero, error };
  }
  return best;
}

/** The scale with the least squared error for the integers that `inverse` gives: Σ w·q / Σ q·q. Null where all are 0. */
function fitScale(values: Float32Array, from: number, inverse: number, zero: number): number | null {
  let [products, squares] = [0, 0];
  for (let i = from; i < from + ONNX_BLOCK; i++) {
    const q = quantize(values[i], inverse, zero) - zero;
    products += values[i] * q;
    squares += q * q;
  }
  return products > 0 ? products / squares : null;
}

function squaredError(values: Float32Array, from: number, scale: number, zero: number): number {
  const inverse = 1 / scale;
  let sum = 0;
  for (let i = from; i < from + ONNX_BLOCK; i++) {
    const difference = values[i] - scale * (quantize(values[i], inverse, zero) - zero);
    sum += difference * difference;
  }
  return sum;
}

function quantize(value: number, inverse: number, zero: number): number {
  const q = Math.floor(value * inverse + zero + 0.5);
  return q < 0 ? 0 : q > 15 ? 15 : q;
}
