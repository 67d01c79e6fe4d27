/** Our code in WebAssembly (scripts/wasm/), opened from the Base64 that lies beside who calls it. */

/** Bytes of a page of WebAssembly's memory. */
export const WASM_PAGE_BYTES = 65536;

/** Compiled once, whoever opens them how often. */
const modules = new Map<string, WebAssembly.Module>();

/** The code, compiled. */
export function wasmModule(base64: string): WebAssembly.Module {
  let module = modules.get(base64);
  if (module === undefined) {
    module = new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    modules.set(base64, module);
  }
  return module;
}

/** The exports of the code, over a memory of its own of at least `bytes`. */
export function openWasm<T>(base64: string, bytes: number): { memory: WebAssembly.Memory; exports: T } {
  const module = wasmModule(base64);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / WASM_PAGE_BYTES) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, exports: exports as T };
}
