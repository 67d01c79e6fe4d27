/**
 * Engines for the phone app on the same bits: wllama on a Q8_0 GGUF, and onnxruntime-web on an ONNX model made of the same blocks. Each runs in
 * a Chromium of its own: load, time to the first token of a reply to a prompt of 120 tokens, tokens a second, size of what is loaded, and
 * at how many places of the first one's reply they find the same token likeliest. Build nothing first; an idle machine, for threads wait for each other.
 *
 *   npx tsx bench/engines.ts --model runs/quickstart/export/model-q8_0.gguf [--runs wllama:1,onnx:1,wllama:2,onnx:2,webgpu:1] [--repeats 3]
 */
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { openAssistant } from "../src/reply/index.ts";
import { roundActivations } from "../web/wllama-rounding.ts";
import { onnxOfGguf } from "./engines/onnx-of-gguf.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    runs: { type: "string", default: "wllama:1,onnx:1,wllama:2,onnx:2" },
    repeats: { type: "string", default: "3" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const { model } = values;
if (model === undefined) throw new Error("name a Q8_0 GGUF with --model");

const MAIL = `Write a short, polite reply to this email.\n\nFrom: Dana Reyes\nSubject: Moving the quarterly review\n\nHi Sam,\n\nthe room for the quarterly review on Thursday at 10:30 is no longer free. Could we move it to Friday at 14:00 in the small meeting room on the second floor? Please also bring the figures for March and April, since Priya wants to compare them with last year's numbers before the board meets. If Friday does not work for you, tell me which day next week would be better. I have asked the others as well.\n\nBest regards,\nDana`;
const PROMPT_TOKENS = 120;
const LONGEST_MS = 120_000;

interface Result {
  loadMs: number;
  runs: { firstTokenMs: number; tokensPerSecond: number }[];
  reply: number[];
}

const { resolve } = createRequire(import.meta.url);
const folders: Readonly<Record<string, string>> = {
  "/wllama/": join(dirname(resolve("@wllama/wllama/package.json")), "/"),
  "/ort/": join(dirname(resolve("onnxruntime-web")), "/"),
};
const onnx = await onnxOfGguf(model);
const ids = await promptIds(model);
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url!, "http://x");
  const headers = {
    "cross-origin-opener-policy": "same-origin", // threads want it
    "cross-origin-embedder-policy": "require-corp",
    "content-type": TYPES[extname(pathname)] ?? "application/octet-stream",
  };
  const { bytes: modelBytes, ...shape } = onnx;
  const made: Record<string, string | Uint8Array> = {
    "/": '<!doctype html><script type="module" src="/page.js"></script>',
    "/onnx.json": JSON.stringify(shape),
    "/model.onnx": modelBytes,
    "/page.js": readFileSync(new URL("engines/page.js", import.meta.url)),
  };
  if (pathname in made) return response.writeHead(200, headers).end(made[pathname]);
  const prefix = Object.keys(folders).find((one) => pathname.startsWith(one));
  const path =
    pathname === "/model.gguf" ? model : prefix && join(folders[prefix], normalize(pathname.slice(prefix.length)));
  if (!path) return response.writeHead(404).end();
  response.writeHead(200, headers);
  if (path.endsWith("wllama.wasm")) return response.end(roundActivations(readFileSync(path)));
  return createReadStream(path)
    .on("error", () => response.destroy())
    .pipe(response);
});
const TYPES: Readonly<Record<string, string>> = {
  "": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const rows: Record<string, string | number>[] = [];
let first: number[] | null = null;
for (const name of values.runs.split(",")) {
  const [engine, threads] = name.split(":");
  const result: Result | string = await runIn({
    engine,
    threads: Number(threads),
    ids,
    repeats: Number(values.repeats),
    force: first,
  }).catch((error: Error) => error.message.split("\n")[0]);
  if (typeof result === "string") {
    rows.push({ engine: name, failed: result });
    continue;
  }
  first ??= result.reply;
  const median = (of: number[]) => [...of].sort((a, b) => a - b)[of.length >> 1];
  rows.push({
    engine: name,
    loadMs: Math.round(result.loadMs),
    firstTokenMs: Math.round(median(result.runs.map(({ firstTokenMs }) => firstTokenMs))),
    tokensPerSecond: Math.round(median(result.runs.map(({ tokensPerSecond }) => tokensPerSecond))),
    sameTokens: `${result.reply.filter((id, i) => id === first![i]).length}/${result.reply.length}`,
  });
}
server.close();
console.table(rows);
console.log(
  JSON.stringify({
    promptTokens: ids.length,
    modelBytes: { gguf: statSync(model).size, onnx: onnx.bytes.length },
    wasmGzipBytes: {
      wllama: zipped(join(folders["/wllama/"], "esm/single-thread/wllama.wasm")),
      onnx: zipped(join(folders["/ort/"], "ort-wasm-simd-threaded.wasm")),
      webgpu: zipped(join(folders["/ort/"], "ort-wasm-simd-threaded.asyncify.wasm")),
    },
  }),
);

function zipped(path: string): number {
  return gzipSync(readFileSync(path), { level: 9 }).length;
}

async function promptIds(path: string): Promise<number[]> {
  const assistant = await openAssistant(path, { mostContextTokens: 1024 });
  const { tokenizer } = assistant.model;
  const begin = tokenizer.bosId === null ? [] : [tokenizer.bosId];
  const ids = [...begin, ...tokenizer.encode(MAIL)].slice(0, PROMPT_TOKENS);
  await assistant.close();
  return ids;
}

async function runIn(options: object): Promise<Result> {
  const browser = await chromium.launch({
    executablePath: values.chromium,
    args: ["--no-sandbox", "--enable-unsafe-webgpu"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    await page.waitForFunction("window.run");
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`no answer in ${LONGEST_MS / 1000} s`)), LONGEST_MS).unref(),
    );
    return await Promise.race([
      page.evaluate((given) => (globalThis as unknown as { run(given: object): Promise<Result> }).run(given), options),
      late,
    ]);
  } finally {
    await browser.close();
  }
}
