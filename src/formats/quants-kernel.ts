/** Quantisers in WebAssembly that read float32 values and write blocks of one size. */
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
}

/** Values of one call: 1 MiB of them. */
export const VALUES_A_CALL = 1 << 18;

/** Bytes of memory that a kernel needs. */
export const kernelBytes = ({ workBytes }: BlockKernel) => workBytes + 8 * VALUES_A_CALL;

type Quantizer = (valuesAt: number, blocksAt: number, blocks: number) => void;

const opened = new Map<string, ReturnType<typeof openWasm<Record<string, Quantizer>>>>();

/** Quantises whole blocks of values. */
export function quantizeBlocks(kernel: BlockKernel, values: Float32Array): Uint8Array {
  const { wasm, name, blockValues, blockBytes, workBytes } = kernel;
  const blocks = countBlocks(values.length, blockValues);
  const bytes = new Uint8Array(blocks * blockBytes);
  const { memory, exports } = opened.get(wasm) ?? openWasm<Record<string, Quantizer>>(wasm, kernelBytes(kernel));
  opened.set(wasm, { memory, exports });
  const blocksAt = workBytes + 4 * VALUES_A_CALL;
  const input = new Float32Array(memory.buffer, workBytes, VALUES_A_CALL);
  const blocksACall = VALUES_A_CALL / blockValues;
  for (let block = 0; block < blocks; block += blocksACall) {
    const count = Math.min(blocksACall, blocks - block);
    input.set(values.subarray(block * blockValues, (block + count) * blockValues));
    exports[name](workBytes, blocksAt, count);
    bytes.set(new Uint8Array(memory.buffer, blocksAt, count * blockBytes), block * blockBytes);
  }
  return bytes;
}

/** A kernel for each type of block, of its bytes. */
export function mapTypes<Type extends string>(
  blockBytes: Readonly<Record<Type, number>>,
  kernelOf: (type: Type, blockBytes: number) => BlockKernel,
): Readonly<Record<Type, BlockKernel>> {
  const types = Object.keys(blockBytes) as Type[];
  return Object.fromEntries(types.map((type) => [type, kernelOf(type, blockBytes[type])])) as Record<Type, BlockKernel>;
}
