/** The page in a real browser: what a person does with it, on a desk and on a phone, by keyboard, over mail that means harm. Needs Chromium. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWatched } from "../../scripts/fixtures/watched-page.ts";
import { type RunningView, startView } from "./server.ts";
import { makeViewRun, viewEmail } from "./view.fixture.ts";

const executablePath = "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) console.log(`skipped: the page in a browser, for there is no ${executablePath}`);

describe.skipIf(!hasChromium)("the page in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser;
  let view: RunningView;
  let run: Awaited<ReturnType<typeof makeViewRun>>;
  let webFolder: string;

  beforeAll(async () => {
    webFolder = await mkdtemp(join(tmpdir(), "pocketreply-web-"));
    const configFile = fileURLToPath(new URL("../../web/vite.config.ts", import.meta.url));
    await build({ configFile, logLevel: "error", build: { outDir: webFolder, emptyOutDir: true } });
    run = await makeViewRun(60);
    view = await startView({
      ...run,
      name: "mine",
      webFolder,
      training: () => ({ trained: true, takeIn: "npx pocketreply run --from distill --run runs/mine" }),
      port: 0,
    });
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await view?.close();
    await run?.remove();
    await rm(webFolder, { recursive: true, force: true });
  });

  const rows = (page: Page) => page.getByRole("listbox", { name: "Mails" }).getByRole("option");

  async function open(width: number, hash = "") {
    const { page, trouble } = await openWatched(browser, { viewport: { width, height: 800 } }, (url) =>
      url.startsWith(view.url),
    );
    await page.goto(view.url + hash);
    await rows(page).first().waitFor();
    return { page, trouble };
  }
  const reviews = async () => {
    const text = existsSync(run.paths.reviews) ? await readFile(run.paths.reviews, "utf8") : "";
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  const found = (page: Page, text: string) => page.locator(".found", { hasText: text }).waitFor();
  const mail = (page: Page) => page.getByRole("article", { name: "Mail" });
  const sideways = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  it("filters by outcome, intent, attempts and words, and clears it again", async () => {
    const { page, trouble } = await open(1440);
    await found(page, "60 mails");
    await page
      .getByRole("checkbox", { name: /^Rejected/ })
      .first()
      .check();
    await found(page, "12 mails");
    expect(page.url()).toContain("status=rejected");
    await page.reload();
    await found(page, "12 mails"); // the address holds the filter
    await page.getByRole("button", { name: "Clear all" }).first().click();
    await found(page, "60 mails");
    await page.getByRole("searchbox").fill("invoice 12");
    await found(page, "1 mail");
    await page.getByRole("searchbox").fill("nothing like it");
    await page.getByRole("button", { name: "Clear them" }).click();
    await found(page, "60 mails");
    await page
      .getByRole("textbox", { name: "Score, to" })
      .or(page.getByRole("spinbutton", { name: "Score, to" }))
      .fill("0.7");
    await page.keyboard.press("Enter");
    await found(page, "12 mails");
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("shows every draft with scores and feedback, and marks what changed", async () => {
    const { page, trouble } = await open(1440, "#mail=mail-5");
    const drafts = mail(page).getByRole("list", { name: "Drafts" }).getByRole("listitem");
    await expect
      .poll(() =>
        mail(page)
          .getByRole("button", { name: /Choose draft/ })
          .count(),
      )
      .toBe(4);
    const text = await mail(page).innerText();
    for (let round = 0; round < 4; round++) expect(text).toContain(`reply 5 of round ${round}`);
    expect(text).toContain("more politeness, please");
    expect(text).toContain("no draft of 4 reached 0.8".replace("no", "No"));
    expect(await drafts.count()).toBeGreaterThanOrEqual(4);
    await page.getByRole("checkbox", { name: "Mark what changed" }).check();
    await expect.poll(() => mail(page).locator("ins").allInnerTexts()).toContain("3"); // the chosen one, the last
    await page.keyboard.press("2");
    await expect.poll(() => mail(page).locator("ins").allInnerTexts()).toContain("1");
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("is worked by keyboard alone: next, accept, reject with a note, edit, undo", async () => {
    const { page, trouble } = await open(1440, "#mail=mail-21");
    await mail(page).getByText("reply 21 of round 1").first().waitFor();
    await page.keyboard.press("a");
    await expect
      .poll(async () => (await reviews()).at(-1))
      .toMatchObject({ id: "mail-21", decision: "accept", attempt: 2 });
    await mail(page).getByText("reply 22 of round 0").first().waitFor(); // it went on to the next
    await page.keyboard.press("e");
    const editor = page.getByRole("textbox", { name: "Reply, being edited" });
    await editor.fill("Dear Ada, in my own words. j k a r");
    await page.keyboard.press("Control+Enter");
    await expect
      .poll(async () => (await reviews()).at(-1))
      .toMatchObject({ id: "mail-22", reply: "Dear Ada, in my own words. j k a r", attempt: 1 });
    await mail(page).getByText("reply 23 of round 0").first().waitFor();
    await page.keyboard.press("r");
    await page.getByRole("textbox", { name: /Why it is rejected/ }).fill("names nobody");
    await page.keyboard.press("Enter");
    await expect
      .poll(async () => (await reviews()).at(-1))
      .toMatchObject({ id: "mail-23", decision: "reject", note: "names nobody" });
    await mail(page).getByText("reply 24 of round 1").first().waitFor();
    await page.keyboard.press("k");
    await mail(page).getByText("reply 23 of round 0").first().waitFor();
    await page.keyboard.press("u");
    await expect.poll(async () => (await reviews()).at(-1)).toMatchObject({ id: "mail-23", decision: "undo" });
    await page.keyboard.press("j");
    await mail(page).getByText("reply 24 of round 1").first().waitFor();
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("shows mail and chosen reply side by side from 1,200 px on, takes a reason by one key, and goes past what is left unsure", async () => {
    for (const width of [1200, 1440]) {
      const { page } = await open(width, "#mail=mail-45");
      await mail(page).getByText("reply 45 of round 3").first().waitFor();
      const [body, reply] = await Promise.all(
        [".mail .body", ".draft.chosen .reply"].map((each) => page.locator(each).boundingBox()),
      );
      expect(reply!.x).toBeGreaterThanOrEqual(body!.x + body!.width); // beside it
      expect(reply!.y + reply!.height).toBeLessThanOrEqual(800); // in sight at once, after three earlier drafts
      expect(await page.locator(".draft.collapsed").count()).toBe(3);
      expect(await sideways(page)).toBe(0);
      await page.close();
    }
    const { page, trouble } = await open(1440, "#sort=random");
    await page.getByText("Decide from the top").waitFor();
    await page.keyboard.press("j");
    await mail(page).waitFor();
    await page.keyboard.press("s");
    await expect.poll(async () => (await reviews()).at(-1)).toMatchObject({ decision: "unsure", reply: null });
    const left = (await reviews()).at(-1).id;
    await expect.poll(() => page.url(), { timeout: 10_000 }).not.toContain(`mail=${left}`);
    await page.keyboard.press("r");
    await page.keyboard.press("2");
    await expect
      .poll(async () => (await reviews()).at(-1))
      .toMatchObject({ decision: "reject", note: "invents something" });
    expect((await reviews()).at(-1).id).not.toBe(left);
    await page.locator(".estimate", { hasText: /You overturned .* of 1/ }).waitFor();
    expect(trouble).toEqual([]);
    await page.close();
  });

  it("says so when a mail was decided elsewhere meanwhile, and decides nothing", async () => {
    const one = await open(1440, "#mail=mail-31");
    const two = await open(1440, "#mail=mail-31");
    for (const { page } of [one, two]) await mail(page).getByText("reply 31 of round 0").first().waitFor();
    const asItWas = await (await fetch(`${view.url}api/run`)).text();
    await two.page.route("**/api/run", (route) => route.fulfill({ body: asItWas, contentType: "application/json" })); // it hears of nothing
    await one.page.keyboard.press("a");
    await expect.poll(async () => (await reviews()).at(-1)?.id).toBe("mail-31");
    const count = (await reviews()).length;
    await two.page.getByRole("button", { name: "Reject" }).click();
    await two.page.keyboard.press("Enter");
    await two.page
      .getByText(/changed since it was shown/)
      .first()
      .waitFor();
    expect(await reviews()).toHaveLength(count);
    await one.page.close();
    await two.page.close();
  });

  it.each([360, 800, 1440])(
    "runs nothing of a mail, asks nothing of others, does not scroll sideways at %i px",
    async (width) => {
      const { page, trouble } = await open(width);
      expect(await sideways(page)).toBe(0);
      for (const i of [3, 10, 17, 24, 31]) {
        await page.goto(`${view.url}#mail=mail-${i}`);
        await mail(page).getByText(`reply ${i} of round`).first().waitFor();
        expect(await sideways(page)).toBe(0);
        expect(await mail(page).innerText()).toContain(viewEmail(i).body.slice(0, 30));
      }
      expect(await page.evaluate(() => "hacked" in window)).toBe(false);
      expect(
        await page.evaluate(
          () => document.querySelectorAll("img, iframe, base, a[href^=http], article style, article script").length,
        ),
      ).toBe(0);
      expect(await page.evaluate(() => getComputedStyle(document.body).display)).not.toBe("none");
      expect(trouble).toEqual([]);
      await page.close();
    },
  );

  it("on a phone: the list, a mail over it, a decision under the thumb, and back", async () => {
    const { page, trouble } = await open(360);
    await page.getByRole("searchbox").fill("plan 37");
    await found(page, "1 mail");
    await rows(page).first().click();
    await mail(page).waitFor();
    const accept = page.getByRole("group", { name: "Decide" }).getByRole("button", { name: /^Accept/ });
    const box = (await accept.boundingBox())!;
    expect(box.height).toBeGreaterThanOrEqual(44);
    expect(box.y + box.height).toBeLessThanOrEqual(800);
    await accept.click();
    await expect.poll(async () => (await reviews()).at(-1)).toMatchObject({ id: "mail-37", decision: "accept" });
    await page.goBack();
    await rows(page).first().waitFor();
    await page.getByRole("button", { name: /^Filters/ }).click();
    await page
      .getByRole("dialog", { name: "Filters" })
      .getByRole("checkbox", { name: /^You accepted/ })
      .waitFor();
    expect(await sideways(page)).toBe(0);
    expect(trouble).toEqual([]);
    await page.close();
  });
});
