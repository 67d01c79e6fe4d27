/** Quantisers in WebAssembly that read float32 values and write blocks of one size. */
import { invariant } from "../errors.ts";
import { countBlocks } from "./quants-scale.ts";
import { openWasm } from "./wasm.ts";

/** Where a quantiser lies and what it writes. */
export interface BlockKernel {
  /** The module, as base64. */
  readonly wasm: string;
  /** Its export: reads so many blocks of values at one place and writes them at another, (valuesAt, blocksAt, blocks). */
  readonly name: string;
  readonly blockValues: number;
  /** At most as many as the values have. */
  readonly blockBytes: number;
  /** Left to the code at the start of its memory; a multiple of 16. */
  readonly workBytes: number;
  /**
   * Whether it weighs values by the importance of their columns. Its export reads whole rows and takes two numbers more, (…, importanceAt, columns);
   * behind the importance it has room for the weights.
   */
  readonly isWeighted?: boolean;
}

/** Values of one call: at most 1 MiB of them. */
const MOST_VALUES_A_CALL = 1 << 18;

/** Values that a kernel reads behind the last. */
const VALUES_BEHIND = 96;

/** How values are handed to a kernel. Without importance a row is a block. */
export interface KernelCalls {
  /** Values of each call but the last: whole rows. */
  readonly valuesACall: number;
  /** Bytes of memory that it needs. */
  readonly memoryBytes: number;
  readonly blocksAt: number;
  readonly importanceAt: number;
}

/** Plans the calls of a kernel; `importance` has a number for each column where it weighs. */
export function planCalls(kernel: BlockKernel, importance?: Float32Array): KernelCalls {
  const { workBytes, blockValues, isWeighted = false } = kernel;
  invariant(
    isWeighted === (importance !== undefined),
    `${kernel.name} ${isWeighted ? "needs" : "takes no"} importance`,
  );
  const rowValues = importance?.length ?? blockValues;
  invariant(rowValues <= MOST_VALUES_A_CALL, `a row of ${rowValues} values is no longer than ${MOST_VALUES_A_CALL}`);
  const valuesACall = MOST_VALUES_A_CALL - (MOST_VALUES_A_CALL % rowValues);
  const blocksAt = workBytes + 4 * MOST_VALUES_A_CALL;
  const importanceAt = blocksAt + 4 * MOST_VALUES_A_CALL;
  const weights = importance ? rowValues + MOST_VALUES_A_CALL + VALUES_BEHIND : 0;
  return { valuesACall, memoryBytes: importanceAt + 4 * weights, blocksAt, importanceAt };
}

type Quantizer = (valuesAt: number, blocksAt: number, blocks: number, importanceAt: number, columns: number) => void;

const opened = new Map<string, ReturnType<typeof openWasm<Record<string, Quantizer>>>>();

/** Quantises whole blocks of values; whole rows of them where their columns have an importance. */
export function quantizeBlocks(kernel: BlockKernel, values: Float32Array, importance?: Float32Array): Uint8Array {
  const { wasm, name, blockValues, blockBytes, workBytes } = kernel;
  const { valuesACall, memoryBytes, blocksAt, importanceAt } = planCalls(kernel, importance);
  const blocks = countBlocks(values.length, blockValues);
  if (importance) countBlocks(values.length, importance.length);
  const bytes = new Uint8Array(blocks * blockBytes);
  const { memory, exports } = openEnough(wasm, memoryBytes);
  const input = new Float32Array(memory.buffer, workBytes, valuesACall);
  if (importance) new Float32Array(memory.buffer, importanceAt).set(importance);
  for (let from = 0; from < values.length; from += valuesACall) {
    const part = values.subarray(from, from + valuesACall);
    const count = part.length / blockValues;
    input.set(part);
    exports[name](workBytes, blocksAt, count, importanceAt, importance?.length ?? 0);
    bytes.set(new Uint8Array(memory.buffer, blocksAt, count * blockBytes), (from / blockValues) * blockBytes);
  }
  return bytes;
}

/** The module over a memory of at least `bytes`, opened once and grown where a call needs more. */
function openEnough(wasm: string, bytes: number) {
  const before = opened.get(wasm);
  if (before && before.memory.buffer.byteLength >= bytes) return before;
  const now = openWasm<Record<string, Quantizer>>(wasm, bytes);
  opened.set(wasm, now);
  return now;
}

/** A kernel for each type of block, of its bytes. */
export function mapTypes<Type extends string>(
  blockBytes: Readonly<Record<Type, number>>,
  kernelOf: (type: Type, blockBytes: number) => BlockKernel,
): Readonly<Record<Type, BlockKernel>> {
  const types = Object.keys(blockBytes) as Type[];
  return Object.fromEntries(types.map((type) => [type, kernelOf(type, blockBytes[type])])) as Record<Type, BlockKernel>;
}
