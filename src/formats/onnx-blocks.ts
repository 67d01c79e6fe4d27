/**
 * Weights in blocks as ONNX Runtime's MatMulNBits and GatherBlockQuantized hold them (onnxruntime ContribOperators.md): a block is 32 values
 * along a row, value = scale · (q − zero), q of 8 or 4 bits without sign. Of 4 bits the even value is in the low half of its byte, and so are
 * the zeros of a row's blocks, which begin a new byte with each row.
 */
import { invariant } from "../errors.ts";
import { ONNX_BLOCKS_WASM } from "./onnx-blocks.wasm.ts";
import { openWasm } from "./wasm.ts";

/** Values that share a scale. */
export const ONNX_BLOCK = 32;

/** A matrix in blocks; `zeros` is null where every zero is 128. */
export interface OnnxBlocks {
  readonly data: Uint8Array;
  readonly scales: Float32Array; //  [rows, cols / 32]
  readonly zeros: Uint8Array | null;
}

/** 8 bits: scale = max|w| / 127, halves away from zero. values [rows, cols], cols a multiple of 32. */
export function quantizeOnnx8(values: Float32Array): OnnxBlocks {
  const data = new Uint8Array(values.length);
  const scales = new Float32Array(values.length / ONNX_BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const from = block * ONNX_BLOCK;
    let largest = 0;
    for (let i = from; i < from + ONNX_BLOCK; i++) largest = Math.max(largest, Math.abs(values[i]));
    const scale = Math.fround(largest / 127);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    for (let i = from; i < from + ONNX_BLOCK; i++) {
      const q = values[i] * inverse;
      data[i] = 128 + ((q + (q < 0 ? -0.5 : 0.5)) | 0);
    }
  }
  return { data, scales, zeros: null };
}

/** 4 bits: of a few spans the one with the least squared error, its scale then fitted to the values. values [rows, cols], cols a multiple of 32. */
export function quantizeOnnx4(values: Float32Array, cols: number): OnnxBlocks {
  invariant(cols % ONNX_BLOCK === 0, `rows of ${cols} values are no whole blocks`);
  const rowBlocks = cols / ONNX_BLOCK;
  const zeroBytes = Math.ceil(rowBlocks / 2); // of a row
  const scales = new Float32Array(values.length / ONNX_BLOCK);
  const data = new Uint8Array(values.length / 2);
  const zeros = new Uint8Array((values.length / cols) * zeroBytes);
  kernel ??= openKernel();
  const { memory, exports } = kernel;
  for (let first = 0; first < scales.length; first += BLOCKS_A_CALL) {
    const count = Math.min(BLOCKS_A_CALL, scales.length - first);
    const some = values.subarray(first * ONNX_BLOCK, (first + count) * ONNX_BLOCK);
    new Float32Array(memory.buffer, VALUES_AT, some.length).set(some);
    exports.quantize4(VALUES_AT, SCALES_AT, ZEROS_AT, DATA_AT, count);
    scales.set(new Float32Array(memory.buffer, SCALES_AT, count), first);
    data.set(new Uint8Array(memory.buffer, DATA_AT, some.length / 2), (first * ONNX_BLOCK) / 2);
    for (const [i, zero] of new Uint8Array(memory.buffer, ZEROS_AT, count).entries()) {
      const [row, column] = [Math.floor((first + i) / rowBlocks), (first + i) % rowBlocks];
      zeros[row * zeroBytes + (column >> 1)] |= zero << (4 * (column & 1));
    }
  }
  return { data, scales, zeros };
}

/** WebAssembly's memory: work space, then the blocks of one call and what becomes of them. */
const BLOCKS_A_CALL = 2048;
const VALUES_AT = 1024;
const SCALES_AT = VALUES_AT + BLOCKS_A_CALL * ONNX_BLOCK * 4;
const DATA_AT = SCALES_AT + BLOCKS_A_CALL * 4;
const ZEROS_AT = DATA_AT + BLOCKS_A_CALL * (ONNX_BLOCK / 2);

/** scripts/wasm/onnx-blocks.as.ts */
interface Exports {
  quantize4(values: number, scales: number, zeros: number, data: number, count: number): void;
}

const openKernel = () => openWasm<Exports>(ONNX_BLOCKS_WASM, ZEROS_AT + BLOCKS_A_CALL);
let kernel: ReturnType<typeof openKernel> | undefined;
