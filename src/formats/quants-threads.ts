/** The quantisers of quants-kernel.ts on every core: the values of a large matrix are handed out in parts and come back in order. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type BlockKernel, kernelBytes, quantizeBlocks, VALUES_A_CALL } from "./quants-kernel.ts";
import { WASM_PAGE_BYTES, wasmModule } from "./wasm.ts";

/** Threads that start with the first large matrix. Whoever creates them closes them. */
export interface QuantizerThreads {
  /** Quantises whole blocks, a part after the other; the bytes are those of one core. */
  quantize(kernel: BlockKernel, values: Float32Array): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Of a matrix; below it handing out costs more than it gains. */
const LEAST_VALUES = 1 << 20;

/** What a thread runs. It has no module of ours, so that it starts in milliseconds whatever runs us. */
const CODE = `
const { parentPort } = require("node:worker_threads");
const opened = new Map();
parentPort.on("message", ({ module, pages, name, blockValues, blockBytes, workBytes, blocksAt, values }) => {
  if (!opened.has(name)) {
    const memory = new WebAssembly.Memory({ initial: pages });
    opened.set(name, { memory, exports: new WebAssembly.Instance(module, { env: { memory } }).exports });
  }
  const { memory, exports } = opened.get(name);
  const blocks = values.length / blockValues;
  new Float32Array(memory.buffer, workBytes, values.length).set(values);
  exports[name](workBytes, blocksAt, blocks);
  const bytes = new Uint8Array(memory.buffer, blocksAt, blocks * blockBytes).slice();
  parentPort.postMessage(bytes, [bytes.buffer]);
});`;

/** Parts that a thread has at once: the next waits while one is quantised. */
const AHEAD = 2;

/** No thread starts before it is needed, nor on a machine of one core. */
export function createQuantizerThreads(cores = availableParallelism()): QuantizerThreads {
  let threads: ReturnType<typeof startThread>[] = [];
  return {
    async *quantize(kernel, values) {
      if (values.length < LEAST_VALUES || cores < 2) return yield* quantizeHere(kernel, values);
      if (threads.length === 0) threads = Array.from({ length: cores }, startThread);
      const parts: Promise<Uint8Array>[] = [];
      for (let from = 0, i = 0; from < values.length; from += VALUES_A_CALL, i++) {
        if (parts.length === cores * AHEAD) yield await parts.shift()!;
        parts.push(threads[i % cores].quantize(kernel, values.slice(from, from + VALUES_A_CALL)));
      }
      for (const part of parts) yield await part;
    },
    async close() {
      for (const thread of threads) await thread.stop();
    },
  };
}

function* quantizeHere(kernel: BlockKernel, values: Float32Array): Generator<Uint8Array, void> {
  for (let from = 0; from < values.length; from += VALUES_A_CALL)
    yield quantizeBlocks(kernel, values.subarray(from, from + VALUES_A_CALL));
}

function startThread() {
  const worker = new Worker(CODE, { eval: true });
  const waiting: { resolve(bytes: Uint8Array): void; reject(error: unknown): void }[] = [];
  worker.on("message", (bytes: Uint8Array) => waiting.shift()!.resolve(bytes));
  worker.on("error", (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  return {
    quantize: (kernel: BlockKernel, values: Float32Array<ArrayBuffer>) => {
      const { wasm, ...rest } = kernel;
      const pages = Math.ceil(kernelBytes(kernel) / WASM_PAGE_BYTES);
      const blocksAt = kernel.workBytes + 4 * VALUES_A_CALL;
      worker.postMessage({ ...rest, module: wasmModule(wasm), pages, blocksAt, values }, [values.buffer]);
      const part = new Promise<Uint8Array>((resolve, reject) => waiting.push({ resolve, reject }));
      part.catch(() => {}); // it is thrown where it is awaited
      return part;
    },
    stop: () => worker.terminate(),
  };
}
