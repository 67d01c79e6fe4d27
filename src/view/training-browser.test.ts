/** The page of a training in a real browser, while steps are taken. Needs Chromium. */
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWatched } from "../../scripts/fixtures/watched-page.ts";
import { type RunningView, startView } from "./server.ts";
import { makeViewRun } from "./view.fixture.ts";

const executablePath = "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) console.log(`skipped: the page of a training in a browser, for there is no ${executablePath}`);

describe.skipIf(!hasChromium)("the page of a training in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser;
  let view: RunningView;
  let run: Awaited<ReturnType<typeof makeViewRun>>;
  let webFolder: string;

  beforeAll(async () => {
    webFolder = await mkdtemp(join(tmpdir(), "pocketreply-web-"));
    const configFile = fileURLToPath(new URL("../../web/vite.config.ts", import.meta.url));
    await build({ configFile, logLevel: "error", build: { outDir: webFolder, emptyOutDir: true } });
    run = await makeViewRun(4);
    const training = () => ({ trained: true, takeIn: "npx pocketreply run --run runs/mine" });
    view = await startView({ ...run, name: "mine", webFolder, training, port: 0 });
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await view?.close();
    await run?.remove();
    await rm(webFolder, { recursive: true, force: true });
  });

  it("is reached from the mails, draws what there is, and goes on while training does", async () => {
    const { page, trouble } = await openWatched(browser, { viewport: { width: 390, height: 800 } }, (url) =>
      url.startsWith(view.url),
    );
    await page.goto(`${view.url}training.html`);
    await page.getByText("Training has not begun.").waitFor();
    const step = (number: number, epoch: number, loss: number) =>
      `${JSON.stringify({ step: number, epoch, loss, learningRate: 1e-4, gradNorm: 1, tokens: 100, seconds: 0.5 })}\n`;
    await appendFile(run.paths.steps, `{"step":0,"epoch":0,"validationLoss":3}\n${step(1, 0, 3)}${step(2, 0, 2.5)}`);
    await page.getByRole("img", { name: "Train loss by step: 3 at first" }).waitFor();
    await page.getByRole("img", { name: "Tokens a second by step: 200 at first, 200 now" }).waitFor();
    await appendFile(run.paths.steps, `${step(3, 1, 2)}${step(4, 1, 1.5)}{"step":4,"epoch":1,"validationLoss":2}\n`);
    await page.getByRole("img", { name: "Validation loss by epoch: 3 at first, 2 now" }).waitFor();
    await page.getByText("step 4 · validation loss 3.000 → 2.000").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390); // nothing stands out sideways
    await page.getByRole("link", { name: "the mails" }).click();
    await page.getByRole("link", { name: "training", includeHidden: true }).waitFor({ state: "attached" });
    expect(trouble).toEqual([]);
    await page.close();
  });
});
