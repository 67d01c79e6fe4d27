/** Quantisers in WebAssembly that read float32 values and write blocks of one size. */
import { countBlocks } from "./quants-scale.ts";
import { openWasm } from "./wasm.ts";

/** Values of one call: 1 MiB of them. */
const VALUES_A_CALL = 1 << 18;

/** Reads `blocks` blocks of values at `valuesAt` and writes them at `blocksAt`. */
type Quantizer = (valuesAt: number, blocksAt: number, blocks: number) => void;

/**
 * The quantisers of one module, by name; it is opened when the first is called. `workBytes`, a multiple of 16, are left to the code at the start of
 * its memory. Blocks are of at most as many bytes as their values.
 */
export function blockKernel<Name extends string>(
  base64: string,
  { blockValues, workBytes }: { blockValues: number; workBytes: number },
): (name: Name, values: Float32Array, blockBytes: number) => Uint8Array {
  const blocksAt = workBytes + 4 * VALUES_A_CALL;
  const open = () => openWasm<Record<Name, Quantizer>>(base64, blocksAt + 4 * VALUES_A_CALL);
  let opened: ReturnType<typeof open> | undefined;
  const blocksACall = VALUES_A_CALL / blockValues;
  return (name, values, blockBytes) => {
    const blocks = countBlocks(values.length, blockValues);
    const bytes = new Uint8Array(blocks * blockBytes);
    opened ??= open();
    const { memory, exports } = opened;
    const input = new Float32Array(memory.buffer, workBytes, VALUES_A_CALL);
    for (let block = 0; block < blocks; block += blocksACall) {
      const count = Math.min(blocksACall, blocks - block);
      input.set(values.subarray(block * blockValues, (block + count) * blockValues));
      exports[name](workBytes, blocksAt, count);
      bytes.set(new Uint8Array(memory.buffer, blocksAt, count * blockBytes), block * blockBytes);
    }
    return bytes;
  };
}
