/**
 * Runs an exported folder onnx-KIND by onnxruntime-web in Chromium, as its files are, and by onnxruntime-node:
 *
 *   npx tsx scripts/onnx/web.ts RUN/export/onnx-int8 [--mail MAIL.txt] [--tokens 40] [--chromium /usr/bin/chromium]
 *
 * Prints the greedy reply that the browser gave, tokens a second, and at how many of its places onnxruntime-node has the same first choice. Exits 1
 * below nine tenths.
 */
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { basename, dirname, extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import type { ExportFormat } from "../../src/export/index.ts";
import { onnxGraphPath } from "../../src/export/index.ts";
import { defaultRecipe } from "../../src/recipe.ts";
import { openDecoder } from "../../src/runtime/index.ts";
import { encodeFittingPrompt, loadTokenizer } from "../../src/tokens/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ mail: { type: "string" }, tokens: { type: "string", default: "40" } },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name a folder onnx-KIND");
const graph = onnxGraphPath(folder, basename(folder) as Extract<ExportFormat, `onnx-${string}`>);
const config = JSON.parse(readFileSync(join(folder, "genai_config.json"), "utf8")).model;
const tokenizer = await loadTokenizer(folder);
const email = values.mail
  ? readFileSync(values.mail, "utf8").trim()
  : "From: Ann\nSubject: Lunch\n\nAre you free at noon on Friday? I would like to show you the new plan.";
const { ids } = encodeFittingPrompt({ ...defaultRecipe().student, tokenizer, email, maxTokens: 512 });

/** In the page: greedy tokens with a cache, as transformers.js feeds it. */
const PAGE = `
window.answer = async ({ ids, count, ends, layers, kvHeads, headSize, graph, half }) => {
  const ort = await import("/ort/ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = "/ort/";
  ort.env.wasm.numThreads = 1;
  const load = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const externalData = [{ path: graph + "_data", data: await load("/model/" + graph + "_data") }];
  const session = await ort.InferenceSession.create(await load("/model/" + graph), { executionProviders: ["wasm"], externalData });
  const names = Array.from({ length: layers }, (_, i) => [i + ".key", i + ".value"]).flat();
  const none = () => new ort.Tensor(half ? "float16" : "float32", half ? new Uint16Array(0) : new Float32Array(0), [1, kvHeads, 0, headSize]);
  let cache = Object.fromEntries(names.map((name) => ["past_key_values." + name, none()]));
  let [next, length] = [ids, 0];
  const reply = [];
  const start = performance.now();
  while (reply.length < count) {
    length += next.length;
    const int64 = (list, width) => new ort.Tensor("int64", BigInt64Array.from(list, BigInt), [1, width]);
    const out = await session.run({ ...cache, input_ids: int64(next, next.length), attention_mask: int64(Array(length).fill(1), length) });
    cache = Object.fromEntries(names.map((name) => ["past_key_values." + name, out["present." + name]]));
    const [, rows, width] = out.logits.dims;
    const last = out.logits.data.subarray((rows - 1) * width);
    let best = 0;
    for (let i = 1; i < width; i++) if (last[i] > last[best]) best = i;
    reply.push(best);
    if (ends.includes(best)) break;
    next = [best];
  }
  return { reply, seconds: (performance.now() - start) / 1000 };
};`;

const TYPES: Readonly<Record<string, string>> = { ".mjs": "text/javascript", ".wasm": "application/wasm" };
const ort = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url!, "http://x");
  if (pathname === "/")
    return response.setHeader("content-type", "text/html").end(`<!doctype html><script>${PAGE}</script>`);
  const [, root, ...rest] = normalize(pathname).split("/");
  response.setHeader("content-type", TYPES[extname(pathname)] ?? "application/octet-stream");
  return createReadStream(join(root === "ort" ? ort : join(folder, "onnx"), ...rest))
    .on("error", () => response.destroy())
    .pipe(response);
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const browser = await chromium.launch({ executablePath: values.chromium, args: ["--no-sandbox"] });
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(error.message));
await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
const { reply, seconds } = await page.evaluate(
  (options) =>
    (window as unknown as { answer(of: unknown): Promise<{ reply: number[]; seconds: number }> }).answer(options),
  {
    ...{ ids, count: Number(values.tokens), ends: [...tokenizer.endIds], layers: config.decoder.num_hidden_layers },
    ...{ kvHeads: config.decoder.num_key_value_heads, headSize: config.decoder.head_size },
    ...{ graph: basename(graph), half: basename(folder) === "onnx-fp16" },
  },
);
await browser.close();
server.close();

const decoder = await openDecoder(graph);
const rows = (await decoder.read([...ids, ...reply.slice(0, -1)])).slice(ids.length - 1);
await decoder.close();
const largest = (row: Float32Array) => row.reduce((best, value, i) => (value > row[best] ? i : best), 0);
const same = reply.filter((id, i) => largest(rows[i]) === id).length;
console.log(
  `${folder}: ${ids.length} prompt ids, ${(reply.length / seconds).toFixed(0)} tokens/s in Chromium with one thread, prompt included; onnxruntime-node has the same first choice at ${same} of ${reply.length}: ${JSON.stringify(tokenizer.decode(reply, { skipSpecial: true }))}`,
);
process.exitCode = same < 0.9 * reply.length ? 1 : 0;
