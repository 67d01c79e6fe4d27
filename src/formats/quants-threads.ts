/** The quantisers of quants-kernel.ts on every core: the values of a large matrix are handed out in parts and come back in order. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type BlockKernel, planCalls, quantizeBlocks } from "./quants-kernel.ts";
import { WASM_PAGE_BYTES, wasmModule } from "./wasm.ts";

/** Threads that start with the first large matrix. Whoever creates them closes them. */
export interface QuantizerThreads {
  /** Quantises whole blocks, or whole rows whose columns have an importance, a part after the other; the bytes are those of one core. */
  quantize(kernel: BlockKernel, values: Float32Array, importance?: Float32Array): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Of a matrix; below it handing out costs more than it gains. */
const LEAST_VALUES = 1 << 20;

/** What a thread runs. It has no module of ours, so that it starts in milliseconds whatever runs us. */
const CODE = `
const { parentPort } = require("node:worker_threads");
const opened = new Map();
parentPort.on("message", ({ module, pages, name, blockValues, blockBytes, workBytes, blocksAt, importanceAt, values, importance }) => {
  const key = name + pages;
  if (!opened.has(key)) {
    const memory = new WebAssembly.Memory({ initial: pages });
    opened.set(key, { memory, exports: new WebAssembly.Instance(module, { env: { memory } }).exports });
  }
  const { memory, exports } = opened.get(key);
  const blocks = values.length / blockValues;
  new Float32Array(memory.buffer, workBytes, values.length).set(values);
  if (importance) new Float32Array(memory.buffer, importanceAt).set(importance);
  exports[name](workBytes, blocksAt, blocks, importanceAt, importance ? importance.length : 0);
  const bytes = new Uint8Array(memory.buffer, blocksAt, blocks * blockBytes).slice();
  parentPort.postMessage(bytes, [bytes.buffer]);
});`;

/** Parts that a thread has at once: the next waits while one is quantised. */
const AHEAD = 2;

/** No thread starts before it is needed, nor on a machine of one core. */
export function createQuantizerThreads(cores = availableParallelism()): QuantizerThreads {
  let threads: ReturnType<typeof startThread>[] = [];
  return {
    async *quantize(kernel, values, importance) {
      const { valuesACall } = planCalls(kernel, importance);
      const parts = function* () {
        for (let from = 0; from < values.length; from += valuesACall) yield values.subarray(from, from + valuesACall);
      };
      if (values.length < LEAST_VALUES || cores < 2) {
        for (const part of parts()) yield quantizeBlocks(kernel, part, importance);
        return;
      }
      if (threads.length === 0) threads = Array.from({ length: cores }, startThread);
      const given: Promise<Uint8Array>[] = [];
      let next = 0;
      for (const part of parts()) {
        if (given.length === cores * AHEAD) yield await given.shift()!;
        given.push(threads[next++ % cores].quantize(kernel, part.slice(), importance));
      }
      for (const part of given) yield await part;
    },
    async close() {
      for (const thread of threads) await thread.stop();
    },
  };
}

function startThread() {
  const worker = new Worker(CODE, { eval: true });
  const waiting: { resolve(bytes: Uint8Array): void; reject(error: unknown): void }[] = [];
  worker.on("message", (bytes: Uint8Array) => waiting.shift()!.resolve(bytes));
  worker.on("error", (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  return {
    quantize: (kernel: BlockKernel, values: Float32Array<ArrayBuffer>, importance: Float32Array | undefined) => {
      const { wasm, ...rest } = kernel;
      const { memoryBytes, blocksAt, importanceAt } = planCalls(kernel, importance);
      const pages = Math.ceil(memoryBytes / WASM_PAGE_BYTES);
      const call = { ...rest, module: wasmModule(wasm), pages, blocksAt, importanceAt, values, importance };
      worker.postMessage(call, [values.buffer]);
      const part = new Promise<Uint8Array>((resolve, reject) => waiting.push({ resolve, reject }));
      part.catch(() => {}); // it is thrown where it is awaited
      return part;
    },
    stop: () => worker.terminate(),
  };
}
