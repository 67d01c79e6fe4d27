/**
 * What the phone app costs in Chromium, on one thread: its size, the first paint, the first suggestion for a 120-token mail, tokens a second,
 * and memory over many replies. Build first (npm run build).
 *
 *   npx tsx bench/app.ts --model runs/quickstart/export/model-q8_0.gguf [--replies 200] [--chromium /usr/bin/chromium]
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "playwright-core";
import { startServer } from "../src/serve/index.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    replies: { type: "string", default: "200" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
if (values.model === undefined) throw new Error("name a GGUF with --model");

const webFolder = new URL("../dist/web/app", import.meta.url).pathname;
const MAIL = `From: Dana Reyes <dana@example.com>
Subject: Moving the quarterly review

Hi Sam,

the room for the quarterly review on Thursday at 10:30 is no longer free. Could we move it to Friday at 14:00 in the small meeting room on the second floor? Please also bring the figures for March and April, since Priya wants to compare them with last year's numbers before the board meets. If Friday does not work for you, tell me which day next week would be better.

Best regards,
Dana`;

const files = readdirSync(webFolder, { recursive: true, encoding: "utf8" }).filter(
  (name) => !name.endsWith(".gz") && statSync(join(webFolder, name)).isFile(),
);
const zippedBytes = (names: readonly string[]) =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(join(webFolder, name)), { level: 9 }).length, 0);
const report: Record<string, number> = {
  shellGzipBytes: zippedBytes(files.filter((name) => !name.endsWith(".wasm"))),
  wasmGzipBytes: zippedBytes(files.filter((name) => name.endsWith(".wasm"))),
};

const server = await startServer({
  ...{ maxReplyTokens: 160, mostContextTokens: 1024, graceMs: 0, gguf: values.model, webFolder },
});
const browser = await chromium.launch({ executablePath: values.chromium, args: ["--no-sandbox"] });
try {
  await measure(browser, Number(values.replies));
} finally {
  await browser.close();
  await server.close();
  console.log(JSON.stringify(report, null, 2));
}

async function measure(browser: Browser, replies: number): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.setDefaultTimeout(60_000);
  await page.goto(server.url);
  await page.getByRole("button", { name: "Load the model" }).waitFor();
  report.firstPaintMs = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  );
  let startMs = performance.now();
  await page.getByRole("button", { name: "Load the model" }).click();
  await page.getByText("Works offline").waitFor();
  report.loadMs = performance.now() - startMs;
  await page.getByRole("textbox", { name: "Mail to answer" }).fill(MAIL);
  startMs = performance.now();
  await page.getByRole("button", { name: "Answer this mail" }).click();
  await page.locator(".suggestion").first().waitFor();
  report.instantSuggestionMs = performance.now() - startMs;
  // Where the model has nothing better than the set phrases, the end of its search counts.
  await page.locator('.suggestion[data-source="model"], .suggest ul[aria-busy="false"]').first().waitFor();
  report.firstSuggestionMs = performance.now() - startMs;
  await page.locator('.suggest ul[aria-busy="false"]').waitFor();
  report.allSuggestionsMs = performance.now() - startMs;
  await page.getByRole("button", { name: "Models" }).click();
  await page.getByRole("button", { name: "Measure speed" }).click();
  const speed = page.getByText(/reads .* tokens a second here/);
  await speed.waitFor();
  const [promptPerSecond, replyPerSecond] = (await speed.innerText())
    .match(/[\d.,]+/g)!
    .map((text) => Number(text.replace(/,/g, "")));
  Object.assign(report, { promptPerSecond, replyPerSecond });
  await page.getByRole("button", { name: "Close" }).click();
  await page.locator(".suggestion").first().click();
  await again(page);
  if (replies === 0) return;
  const early = await heapBytes(page);
  for (let i = 0; i < replies; i++) {
    await page.getByRole("button", { name: "Another try" }).click();
    await again(page);
  }
  Object.assign(report, { replies, memoryBefore: early, memoryAfter: await heapBytes(page) });
}

async function again(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Another try" }).waitFor();
}

/** Memory of the page with its workers, WebAssembly included, after a collection. */
async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { processInfo } = (await (await browser.newBrowserCDPSession()).send("SystemInfo.getProcessInfo")) as {
    processInfo: { type: string; id: number }[];
  };
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) * 1024);
  return Math.max(...sizes);
}
