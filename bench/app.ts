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

/** How often memory is looked at over all replies. */
const SAMPLES = 10;
const REPLIES_A_MAIL = 5;

const files = readdirSync(webFolder, { recursive: true, encoding: "utf8" }).filter(
  (name) => !name.endsWith(".gz") && statSync(join(webFolder, name)).isFile(),
);
const zippedBytes = (names: readonly string[]) =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(join(webFolder, name)), { level: 9 }).length, 0);
const isLater = (name: string) => name.startsWith("assets/later/"); // for threads, where a measurement found them faster
const report: Record<string, number | string> = {
  shellGzipBytes: zippedBytes(files.filter((name) => !name.endsWith(".wasm"))),
  wasmGzipBytes: zippedBytes(files.filter((name) => name.endsWith(".wasm") && !isLater(name))),
  threadsWasmGzipBytes: zippedBytes(files.filter(isLater)),
};

const server = await startServer({
  ...{ maxReplyTokens: 160, mostContextTokens: 1024, graceMs: 0, gguf: values.model, webFolder },
});
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: ["--no-sandbox", "--js-flags=--expose-gc"],
});
try {
  await measure(browser, Number(values.replies));
} finally {
  await browser.close();
  await server.close();
  console.log(JSON.stringify(report, null, 2));
}

async function measure(browser: Browser, replies: number): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  page.setDefaultTimeout(300_000); // a busy machine, and a large model
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
  const startCpuMs = await rendererCpuMs();
  await page.getByRole("button", { name: "Answer this mail" }).click();
  await page.locator(".suggestion").first().waitFor();
  report.instantSuggestionMs = performance.now() - startMs;
  // Where the model has nothing better than the set phrases, the end of its search counts.
  await page.locator('.suggestion[data-source="model"], .suggest ul[aria-busy="false"]').first().waitFor();
  report.firstSuggestionMs = performance.now() - startMs;
  report.firstSuggestionCpuMs = (await rendererCpuMs()) - startCpuMs; // tells on a busy machine too
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
  const memoryMb: number[] = [];
  for (let done = 0; done < replies; done++) {
    if (done % (replies / SAMPLES) === 0) memoryMb.push(await usedMb(page));
    if (done % REPLIES_A_MAIL === 0) await takeMail(page, done);
    else await page.getByRole("button", { name: "Another try" }).click();
    await again(page);
  }
  memoryMb.push(await usedMb(page));
  Object.assign(report, { replies, memoryMb: memoryMb.join(" "), ...growth(memoryMb, replies) });
}

/** Another mail, and the draft that its first suggestion begins. */
async function takeMail(page: Page, number: number): Promise<void> {
  await page.getByRole("button", { name: "New mail" }).click();
  await page
    .getByRole("textbox", { name: "Mail to answer" })
    .fill(MAIL.replace("quarterly review", `review of week ${number}`));
  await page.getByRole("button", { name: "Answer this mail" }).click();
  await page.locator('.suggest ul[aria-busy="false"]').waitFor();
  await page.locator(".suggestion").first().click();
}

/** What memory gains over the second half of the samples, by the straight line through them (least squares). */
function growth(samplesMb: readonly number[], replies: number) {
  const late = samplesMb.slice(samplesMb.length >> 1);
  const middle = (late.length - 1) / 2;
  const mean = late.reduce((sum, mb) => sum + mb, 0) / late.length;
  const slope =
    late.reduce((sum, mb, i) => sum + (i - middle) * (mb - mean), 0) /
    late.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return { memoryLateMbPer100Replies: (slope / (replies / SAMPLES)) * 100 };
}

async function again(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Another try" }).waitFor();
}

/** Resident memory of the page with its workers, WebAssembly included, in MB (10⁶ bytes) after a collection in each. */
async function usedMb(page: Page): Promise<number> {
  const collect = () => (globalThis as unknown as { gc(): void }).gc();
  await Promise.all([page.evaluate(collect), ...page.workers().map((worker) => worker.evaluate(collect))]);
  const sizes = (await renderers()).map(
    (id) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) * 1024,
  );
  return Math.round(Math.max(...sizes) / 1e6);
}

/** Processor time of the pages so far, with their workers, in milliseconds (fields 14 and 15 of /proc/PID/stat, in hundredths of a second). */
async function rendererCpuMs(): Promise<number> {
  const ticks = (id: number) =>
    readFileSync(`/proc/${id}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
      .slice(11, 13);
  return 10 * (await renderers()).flatMap(ticks).reduce((sum, count) => sum + Number(count), 0);
}

async function renderers(): Promise<number[]> {
  const { processInfo } = (await (await browser.newBrowserCDPSession()).send("SystemInfo.getProcessInfo")) as {
    processInfo: { type: string; id: number }[];
  };
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}
