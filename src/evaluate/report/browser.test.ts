/** The report in a real browser: nothing asked of the network, nothing run, readable at the width of a phone. Needs Chromium. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWatched } from "../../../scripts/fixtures/watched-page.ts";
import { HOSTILE, reportFixture } from "./report.fixture.ts";
import { renderReport } from "./report.ts";

const executablePath = "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) console.log(`skipped: the report in a browser, for there is no ${executablePath}`);

describe.skipIf(!hasChromium)("report.html in Chromium", () => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    const path = join(mkdtempSync(join(tmpdir(), "pocketreply-report-")), "report.html");
    writeFileSync(path, renderReport(await reportFixture(HOSTILE)));
    url = pathToFileURL(path).href;
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(width: number, colorScheme: "light" | "dark" = "light") {
    const isOwn = (asked: string) => asked === url || asked.startsWith("data:");
    const { page, trouble } = await openWatched(browser, { viewport: { width, height: 740 }, colorScheme }, isOwn);
    await page.goto(url);
    return { page, trouble };
  }

  const overflow = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  it.each([360, 1200])(
    "asks nothing of the network, runs nothing and does not scroll sideways at %i px",
    {
      timeout: 60_000,
    },
    async (width) => {
      const { page, trouble } = await open(width);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      expect(await overflow(page)).toBe(0);
      expect(await page.title()).toMatch(/^runs\/mine<script>/); // the text, not what it would do
      expect(await page.evaluate(() => document.querySelectorAll("script, iframe, img, main style").length)).toBe(0);
      expect(await page.evaluate(() => getComputedStyle(document.body).display)).not.toBe("none");
      expect(trouble).toEqual([]);
      await page.close();
    },
  );

  it("keeps wide tables usable on a phone: they scroll in their frame, the first column stays", {
    timeout: 60_000,
  }, async () => {
    const { page } = await open(360);
    const tables = await page.evaluate(() =>
      [...document.querySelectorAll(".scroll")].map((frame) => {
        frame.scrollLeft = 10_000;
        const box = frame.getBoundingClientRect();
        const first = frame.querySelector("tbody td")!.getBoundingClientRect();
        const last = frame.querySelector("tbody tr td:last-child")!.getBoundingClientRect();
        return {
          inside: box.right <= innerWidth,
          firstShown: first.left >= box.left - 1,
          lastShown: last.right <= box.right + 1,
        };
      }),
    );
    expect(tables.length).toBeGreaterThan(3);
    for (const table of tables) expect(table).toEqual({ inside: true, firstShown: true, lastShown: true });
    await page.close();
  });

  it("keeps its lettering legible on a phone, in light and dark", { timeout: 60_000 }, async () => {
    for (const scheme of ["light", "dark"] as const) {
      const { page } = await open(360, scheme);
      const found = await page.evaluate(() => {
        const light = (color: string) => {
          const [r, g, b] = color.match(/[\d.]+/g)!.map((part) => {
            const value = Number(part) / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b; // WCAG 2.2, relative luminance
        };
        const paper = light(getComputedStyle(document.body).backgroundColor);
        const elements = [...document.querySelectorAll("p, td, .name, .value, dt, dd, summary, nav a")];
        return elements.map((element) => {
          const { color, fontSize } = getComputedStyle(element);
          const [high, low] = [light(color), paper].sort((a, b) => b - a);
          return { size: Number.parseFloat(fontSize), contrast: (high + 0.05) / (low + 0.05) };
        });
      });
      expect(Math.min(...found.map(({ size }) => size))).toBeGreaterThanOrEqual(11.5);
      expect(Math.min(...found.map(({ contrast }) => contrast))).toBeGreaterThanOrEqual(4.5); // WCAG 2.2 AA
      await page.close();
    }
  });

  it("prints", { timeout: 60_000 }, async () => {
    const { page } = await open(1200);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.close();
  });
});
