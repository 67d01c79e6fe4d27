/**
 * Pictures of the add-on in Thunderbird with a real model, for docs/mail-clients.md. Needs Xvfb, ImageMagick and a model:
 *
 *     npm run build && npx tsx scripts/show-thunderbird.ts MODEL.gguf docs/mail-clients
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "../src/serve/index.ts";
import { startThunderbird, type Thunderbird } from "./fixtures/thunderbird.ts";

const DISPLAY = ":97";
const KEY = "0123456789abcdef0123456789abcdef";
const MAIL = [
  "Message-ID: <dkih6e.rqf29r@mail.example>",
  "Date: Tue, 07 Jan 2025 05:36:00 +0000",
  "From: Elif Shah <elif.shah@mail.example>",
  "To: Xavier Silva <me@example.test>",
  "Subject: Rescheduling our appointment",
  "Content-Type: text/plain; charset=utf-8",
  ...[
    "",
    "Hi Xavier,",
    "",
    "The call planned for Friday has to be postponed. Would Tuesday at 10:30 work for you",
    "instead?",
  ],
  ...["", "Regards,", "Elif", ""],
].join("\r\n");

async function main([gguf, out]: readonly string[]): Promise<void> {
  mkdirSync(out, { recursive: true });
  const xpi = fileURLToPath(new URL("../dist/clients/pocketreply-thunderbird.xpi", import.meta.url));
  const screen = spawn("Xvfb", [DISPLAY, "-screen", "0", "1280x860x24"], { stdio: "ignore" });
  await pause(1000);
  const server = await startServer({ gguf, maxReplyTokens: 120, mostContextTokens: 1024, addOnKey: KEY, port: 8642 });
  const thunderbird = await startThunderbird({ xpi, isHtml: true, display: DISPLAY });
  const take = async (name: string) => {
    await pause(1500);
    execFileSync("import", ["-display", DISPLAY, "-window", "root", join(out, name)]);
  };
  try {
    await thunderbird.chrome(
      `const win = Services.wm.getMostRecentWindow("mail:3pane"); win.moveTo(0, 0); win.resizeTo(1280, 860);`,
    );
    await thunderbird.show(MAIL);
    await thunderbird.openPanel("message");
    await thunderbird.inPanel(
      `localStorage.setItem("connection", JSON.stringify({ address: arguments[0], key: arguments[1] }))`,
      ...[server.url, KEY],
    );
    await thunderbird.openPanel("message");
    await shows(thunderbird, /Suggested replies[\s\S]*Yes/);
    await take("suggestions.png");
    await press(thunderbird, "Yes");
    await shows(thunderbird, "Open in a reply");
    await take("draft.png");
    await press(thunderbird, "Open in a reply");
    while (!(await thunderbird.chrome<boolean>(`return Services.wm.getMostRecentWindow("msgcompose") !== null;`)))
      await pause(100);
    await pause(4000); // it writes after it has opened
    await thunderbird.chrome(
      `const win = Services.wm.getMostRecentWindow("msgcompose"); win.moveTo(0, 0); win.resizeTo(1280, 860);`,
    );
    await take("reply.png");
  } finally {
    await thunderbird.stop();
    await server.close();
    screen.kill();
  }
}

const press = (thunderbird: { inPanel<T>(script: string, ...args: unknown[]): Promise<T> }, name: string) =>
  thunderbird.inPanel(
    `[...document.querySelectorAll("button")].find((each) => each.textContent.includes(arguments[0])).click()`,
    name,
  );
/** Waits until the panel says it, and no model is at work. */
async function shows(thunderbird: Pick<Thunderbird, "inPanel">, text: string | RegExp): Promise<void> {
  for (;;) {
    const shown = await thunderbird.inPanel<string>("return document.body.innerText");
    if ((typeof text === "string" ? shown.includes(text) : text.test(shown)) && !shown.includes("Stop")) return;
    await pause(100);
  }
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

await main(process.argv.slice(2));
