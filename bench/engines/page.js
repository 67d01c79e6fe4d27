/** In the page: each engine answers one prompt greedily, as the app asks: the prompt in passes, then a token at a time. */
const REPLY_TOKENS = 40;
const CHUNK_TOKENS = 32; // of the app

const likeliest = (logits) => logits.reduce((best, value, id) => (value > logits[best] ? id : best), 0);

async function openWllama(threads) {
  const { Wllama } = await import("/wllama/esm/index.js");
  const quiet = { debug() {}, log() {}, warn() {}, error() {} };
  const paths = Object.fromEntries(
    ["single-thread", "multi-thread"].map((kind) => [`${kind}/wllama.wasm`, `/wllama/esm/${kind}/wllama.wasm`]),
  );
  const wllama = new Wllama(paths, { logger: quiet });
  await wllama.loadModel([await (await fetch("/model.gguf")).blob()], {
    ...{ n_ctx: 1024, n_batch: CHUNK_TOKENS, n_threads: threads },
  });
  return {
    begin: () => wllama.kvClear(),
    async next(ids) {
      for (let at = 0; at < ids.length; at += CHUNK_TOKENS)
        await wllama.decode(ids.slice(at, at + CHUNK_TOKENS), { skipLogits: at + CHUNK_TOKENS < ids.length });
      return (await wllama.getLogits(1))[0].token;
    },
  };
}

async function openOnnx(threads, provider) {
  const ort = await import(provider === "webgpu" ? "/ort/ort.webgpu.min.mjs" : "/ort/ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = "/ort/";
  ort.env.wasm.numThreads = threads;
  const { layers, kvHeads, headSize } = await (await fetch("/onnx.json")).json();
  const bytes = new Uint8Array(await (await fetch("/model.onnx")).arrayBuffer());
  const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider] });
  const names = Array.from({ length: layers }, (_, layer) => [`k.${layer}`, `v.${layer}`]).flat();
  let cache = {};
  let length = 0;
  return {
    begin() {
      length = 0;
      cache = Object.fromEntries(
        names.map((name) => [
          `past.${name}`,
          new ort.Tensor("float32", new Float32Array(0), [1, kvHeads, 0, headSize]),
        ]),
      );
    },
    async next(ids) {
      length += ids.length;
      const result = await session.run({
        ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]),
        last: new ort.Tensor("int32", Int32Array.of(length - 1), [1]),
        total: new ort.Tensor("int32", Int32Array.of(length), []),
        ...cache,
      });
      cache = Object.fromEntries(names.map((name) => [`past.${name}`, result[`present.${name}`]]));
      return likeliest(result.logits.data);
    },
  };
}

/**
 * Load, then `repeats` answers; the first one warms up and does not count. With `force`, the reply of another engine, that is read on and
 * what this one finds likeliest at each place is told.
 */
window.run = async ({ engine, threads, ids, repeats, force }) => {
  const startMs = performance.now();
  const model =
    engine === "wllama" ? await openWllama(threads) : await openOnnx(threads, engine === "onnx" ? "wasm" : "webgpu");
  const loadMs = performance.now() - startMs;
  const runs = [];
  let reply = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    await model.begin();
    const beginMs = performance.now();
    let token = await model.next(ids);
    const firstMs = performance.now();
    reply = [token];
    while (reply.length < REPLY_TOKENS) {
      token = await model.next([force?.[reply.length - 1] ?? token]);
      reply.push(token);
    }
    const perSecond = (1000 * (REPLY_TOKENS - 1)) / (performance.now() - firstMs);
    if (repeat > 0) runs.push({ firstTokenMs: firstMs - beginMs, tokensPerSecond: perSecond });
  }
  return { loadMs, runs, reply };
};
