/** The portable half of the trainer in a real browser: bundled by Vite, run by onnxruntime-web, against Node. Needs Chromium. */
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWatched } from "../../scripts/fixtures/watched-page.ts";
import { withSession } from "../runtime/index.ts";
import { encodeExample, loadTokenizer } from "../tokens/index.ts";
import { tinySettings } from "./fit.fixture.ts";
import { trainThreeSteps } from "./three-steps.fixture.ts";

const executablePath = "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) console.log(`skipped: training in a browser, for there is no ${executablePath}`);

const baseFolder = fileURLToPath(new URL("../../golden/train/base/", import.meta.url));
const tokenizerFolder = fileURLToPath(new URL("../../models/pocket-base/", import.meta.url));
const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const settings = { ...tinySettings, learningRate: 0.02, warmupSteps: 0 };

describe("the portable half", { timeout: 120_000 }, () => {
  let site: string;
  let server: Server;
  let browser: Browser | undefined;
  let address: string;

  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), "pocketreply-core-"));
    await bundle(site);
    await cp(baseFolder, join(site, "base"), { recursive: true });
    for (const name of ["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
      await cp(join(tokenizerFolder, name), join(site, "tokenizer", name));
    await writeFile(
      join(site, "index.html"),
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
    );
    server = createServer((request, response) => {
      const path = join(site, normalize(new URL(request.url!, "http://page").pathname).replace(/\/$/, "/index.html"));
      readFile(path).then(
        (body) =>
          response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" }).end(body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    if (hasChromium) browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(site, { recursive: true, force: true });
  });

  test("bundles for a browser without a trace of Node", async () => {
    const scripts = (await readdir(site, { recursive: true })).filter((name) => name.endsWith(".js"));
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts) {
      const text = await readFile(join(site, name), "utf8");
      expect(text).not.toMatch(/__vite-browser-external|(from|import)\s*\(?["']node:/);
      expect(text).toContain("SimplifiedLayerNormalization"); // the graph's builder is in it
    }
  });

  test.skipIf(!hasChromium)(
    "takes three steps in Chromium with the losses of Node, and asks no other host",
    async () => {
      const expected = await trainThreeSteps({
        config: JSON.parse(await readFile(join(baseFolder, "config.json"), "utf8")) as unknown,
        weights: await readFile(join(baseFolder, "model.safetensors")),
        settings,
        openSession: (model, use) => withSession(model, { threads: 1 }, use),
      });
      expect(expected[3]).toBeLessThan(expected[0]); // it did learn
      const { page, trouble } = await openWatched(
        browser!,
        {},
        (url) => url.startsWith(address) || url.startsWith("data:"),
      );
      await page.goto(address);
      await page.waitForFunction("typeof train === 'function'");
      const losses = (await page.evaluate(`train(${JSON.stringify(settings)})`)) as number[];
      expect(trouble).toEqual([]);
      expect(losses).toHaveLength(4);
      for (const [i, loss] of losses.entries()) expect(Math.abs(loss - expected[i])).toBeLessThan(1e-5);

      const example = {
        email:
          "From: Zoë <zoe@example.com>\nSubject: 12,5 % 🙂\n\nHi,\u00a0can you come on Friday? <|eot_id|> 你好\r\nZ.",
        reply: "Hi Zoë,\n\nFriday works. 🙂\n\nBest",
      };
      const frame = { systemPrompt: "Answer.", dateString: "26 Jul 2024", maxTokens: 512 };
      const { ids } = encodeExample({ tokenizer: await loadTokenizer(tokenizerFolder), ...frame, ...example });
      expect(ids.length).toBeGreaterThan(50);
      expect(await page.evaluate(`tokenize(${JSON.stringify(example)})`)).toEqual(ids);
      expect(trouble).toEqual([]);
    },
  );
});

/** The page's script as `page.js`, with the runtime's wasm beside it. */
async function bundle(outDir: string): Promise<void> {
  const input = fileURLToPath(new URL("./browser-page.fixture.ts", import.meta.url));
  await build({
    configFile: false,
    logLevel: "error",
    base: "./",
    build: {
      ...{ outDir, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0, modulePreload: false },
      rollupOptions: { input, output: { entryFileNames: "page.js" } },
    },
  });
}
