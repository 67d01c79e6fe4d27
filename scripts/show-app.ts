/**
 * Pictures of every screen of the phone app as it is, at four widths in both themes, and a sheet of them for each screen to look at.
 * Build first (npm run build).
 *
 *   npx tsx scripts/show-app.ts MODEL.gguf FOLDER [--width 390] [--chromium /usr/bin/chromium]
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { startServer } from "../src/serve/index.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { width: { type: "string", multiple: true }, chromium: { type: "string", default: "/usr/bin/chromium" } },
});
const [gguf, folder] = positionals;
if (gguf === undefined || folder === undefined) throw new Error("name a model and a folder");

const WIDTHS = (values.width ?? ["360", "390", "768", "1440"]).map(Number);
const THEMES = ["light", "dark"] as const;
const ARABIC =
  "From: ليلى <layla@example.org>\nSubject: اجتماع الثلاثاء\n\nمرحبا،\n\nهل يمكننا أن نلتقي يوم الثلاثاء الساعة 10:30؟\n\nليلى";

const fileOf = (name: string, width: number, theme: string) => `${name}-${width}${theme === "dark" ? "-dark" : ""}.png`;
const click = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const sheet = async (page: Page, name: string) => {
  await click(page, name);
  await page.getByRole("dialog").waitFor();
  await page.waitForTimeout(300);
};
const close = (page: Page) => page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

/** Each screen, reached from the one before it. */
const SCREENS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  first: async (page) => {
    await page.getByRole("button", { name: "Load the model" }).waitFor();
  },
  start: async (page) => {
    await click(page, "Load the model");
    await page.getByText("Works offline").waitFor();
  },
  newsletter: (page) => click(page, "A newsletter"),
  suggestions: async (page) => {
    await click(page, "New mail");
    await click(page, "A meeting to move");
    await page.locator('.suggest ul[aria-busy="false"]').waitFor();
  },
  draft: async (page) => {
    await page.getByRole("textbox", { name: "Tell it what to say" }).fill("decline, propose [date]");
    await click(page, "Write");
    await page.getByRole("button", { name: "Another try" }).waitFor();
    const reply = page.getByRole("textbox", { name: "Your reply" });
    await reply.fill(`${await reply.inputValue()}\n\nCall me at 17:45.`);
    await page.getByText("is not in the mail").first().waitFor();
  },
  models: async (page) => {
    await sheet(page, "Models");
    await page.getByRole("dialog").getByRole("button", { name: "Measure speed" }).click();
    await page.getByText(/reads .* tokens a second here/).waitFor();
  },
  privacy: async (page) => {
    await close(page);
    await sheet(page, "Privacy");
  },
  arabic: async (page) => {
    await close(page);
    await click(page, "New mail");
    await page.getByRole("textbox", { name: "Mail to answer" }).fill(ARABIC);
    await click(page, "Answer this mail");
    await click(page, "Write it myself");
    await page.getByRole("textbox", { name: "Your reply" }).fill("نعم، هذا يناسبني تماما.");
    await click(page, "Copy");
  },
  history: (page) => sheet(page, "History"),
};

await mkdir(folder, { recursive: true });
const server = await startServer({
  ...{ maxReplyTokens: 160, mostContextTokens: 1024, graceMs: 0, gguf },
  webFolder: new URL("../dist/web/app", import.meta.url).pathname,
});
const browser = await chromium.launch({ executablePath: values.chromium, args: ["--no-sandbox"] });
try {
  for (const width of WIDTHS) for (const theme of THEMES) await show(width, theme);
  for (const name of Object.keys(SCREENS)) await showTogether(name);
} finally {
  await browser.close();
  await server.close();
}

async function show(width: number, colorScheme: (typeof THEMES)[number]): Promise<void> {
  const height = width < 700 ? 844 : 900;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, hasTouch: width < 700 });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const page = await openPage(context);
  for (const [name, reach] of Object.entries(SCREENS)) {
    await reach(page);
    await page.waitForTimeout(200);
    await page.screenshot({ path: join(folder, fileOf(name, width, colorScheme)) });
  }
  await context.close();
}

async function openPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  await page.goto(server.url);
  return page;
}

/** All pictures of one screen side by side. */
async function showTogether(name: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 2000, height: 1200 } });
  const pictures = await Promise.all(
    WIDTHS.flatMap((width) =>
      THEMES.map(async (theme) => (await readFile(join(folder, fileOf(name, width, theme)))).toString("base64")),
    ),
  );
  await page.setContent(
    `<body style="margin:8px;background:#888;display:flex;flex-wrap:wrap;gap:8px;align-items:start">${pictures.map((data) => `<img style="height:560px" src="data:image/png;base64,${data}">`).join("")}</body>`,
  );
  await page.screenshot({ path: join(folder, `all-${name}.png`), fullPage: true });
  await page.close();
}
