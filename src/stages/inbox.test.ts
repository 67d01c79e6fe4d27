/** A mailbox of a real Dovecot, a run and its owner's style: what the drafts say, and what an account without sent mail can teach. */
import { rm } from "node:fs/promises";
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeJsonFile } from "../formats/index.ts";
import type { InboxEvent } from "../inbox/index.ts";
import { parseMail } from "../mail/index.ts";
import { loadRecipe } from "../recipe.ts";
import { learnHabits } from "../reply/index.ts";
import { runPaths } from "../run.ts";
import { type Dovecot, hasDovecot, startDovecot } from "../sources/read/dovecot.fixture.ts";
import { openRunAssistant } from "./assistant.ts";
import { importStage } from "./import.ts";
import { inboxStage } from "./inbox.ts";
import { ownPair, writePersonalRun } from "./personal.fixture.ts";
import { exportAt, learnStyle, personaliseStage } from "./personalise.ts";
import { findStyle, stylePaths } from "./personalise-files.ts";
import { readOwnReplies } from "./personalise-read.ts";
import { inRunFolder } from "./stage.ts";
import { scratchFolder } from "./tiny.fixture.ts";

const present = hasDovecot();
if (!present) console.log("skipped: drafts in the owner's words in a real mailbox (no dovecot 2.3 is installed)");

describe.skipIf(!present)("a mailbox on a real Dovecot", () => {
  const root = scratchFolder();
  let copy: Awaited<ReturnType<typeof writePersonalRun>>;
  let dovecot: Dovecot;
  const passwordEnv = "POCKETREPLY_TEST_PASSWORD";

  beforeAll(async () => {
    process.env[passwordEnv] = "secret";
    copy = await writePersonalRun(root, ["import.owner=[tom@example.org]", `import.imap.passwordEnv=${passwordEnv}`]);
    dovecot = await startDovecot({ hasQuota: false, hasSent: false });
  }, 120_000);
  afterAll(async () => {
    delete process.env[passwordEnv];
    await dovecot?.stop();
    await rm(root, { recursive: true, force: true });
  });

  const mail = (id: string, body: string) =>
    `From: Ada Byron <ada@example.org>\nTo: tom@example.org\nSubject: Report 7\nMessage-ID: <${id}@y>\nDate: ${new Date().toUTCString()}\n\n${body}\n`;
  const addressOf = (user: string) => `imap://${user}@127.0.0.1:${dovecot.port}`;

  async function drafts(user: string): Promise<string[]> {
    const client = new ImapFlow({
      ...{ host: "127.0.0.1", port: dovecot.port, secure: false, logger: false },
      auth: { user, pass: "secret" },
    });
    await client.connect();
    try {
      await client.mailboxOpen("Drafts", { readOnly: true });
      const all = await client.fetchAll("1:*", { source: true });
      return await Promise.all(all.map(async ({ source }) => (await parseMail(source!))!.text));
    } finally {
      await client.logout();
    }
  }

  test("gets drafts in the owner's words: the adapter's text, greeted and ended as the owner does", async () => {
    const pairs = Array.from({ length: 40 }, (_, i) =>
      ownPair(i, `Dear Ada,\n\nthe report ${i} is ok by me, go on with it then.\n\nCheers,\nTom`),
    );
    const run = await copy("mine", pairs);
    const paths = runPaths(run);
    const recipe = await loadRecipe(paths.recipe, []);
    dovecot.deliver("tom", "Drafts", "Subject: mine\n\nmine\n", "D");
    dovecot.deliver("tom", "", mail("a", "Dear Tom,\n\nCould you send me report 7 by Friday?\n\nBest regards,\nAda"));
    const events: InboxEvent[] = [];
    const look = () =>
      inboxStage({
        ...{ paths, recipe, address: addressOf("tom"), style: "mine", once: true, command: "inbox" },
        signal: new AbortController().signal,
        onEvent: (event) => events.push(event),
      });
    await expect(look()).rejects.toThrow(/has no style of yours.*pocketreply personalise/);
    expect(events).toEqual([]); // said before the mailbox is looked at

    await inRunFolder({ run }, {}, async (context) => {
      await learnStyle(context, await readOwnReplies(paths.pairs, context.folder.recipe));
      await exportAt(context, { strength: 1, formats: ["adapter-gguf"] });
    });
    const style = stylePaths(paths);
    const own = pairs.map(({ reply }) => ({ reply, senderName: "Ada Byron", language: "en" }));
    await writeJsonFile(style.habits, learnHabits(own));
    await writeJsonFile(style.report, { used: "adapter and habits", refused: null });
    await look();
    expect(events).toMatchObject([{ kind: "mail", outcome: "drafted" }]);
    const draft = (await drafts("tom")).find((text) => text.includes("wrote:"))!;
    const written = draft.slice(0, draft.indexOf("\n\nOn ")).replace(/^\[check: .*\]\n\n/, "");
    expect(written).toMatch(/^Dear Ada,\n\n/);
    expect(written).toMatch(/\n\nCheers,\nTom$/);

    const asked = {
      ...{ subject: "Report 7", from: { name: "Ada Byron", address: "ada@example.org" } },
      text: "Dear Tom,\n\nCould you send me report 7 by Friday?\n\nBest regards,\nAda",
    };
    const draftBy = async (ways: Partial<Awaited<ReturnType<typeof findStyle>>>) => {
      const { assistant } = await openRunAssistant({ paths, recipe, ...ways });
      try {
        for await (const event of assistant.draft(asked)) if (event.type === "done") return event.draft.text;
      } finally {
        await assistant.close();
      }
    };
    const { adapter, habits } = await findStyle(paths);
    expect(adapter).toBe(style.adapter);
    const plain = (text: string | undefined) => text?.replace(/\s+/g, " ").trim();
    expect(plain(written)).toBe(plain(await draftBy({ adapter, habits })));
    expect(plain(written)).not.toBe(plain(await draftBy({ habits }))); // the adapter's own words
  }, 240_000);

  test("without a folder of sent mail has no answers to learn from: import counts none, and personalise says what helps", async () => {
    for (let i = 0; i < 12; i++)
      dovecot.deliver("bare", "", mail(`b${i}`, `Could you send me the report number ${i} of the year by Friday?`));
    const run = await copy("bare", []);
    const report = await inRunFolder({ run }, {}, (context) => importStage(context, addressOf("bare")));
    expect(report).toMatchObject({ kept: 12, pairs: 0 });
    await expect(inRunFolder({ run }, {}, (context) => personaliseStage(context))).rejects.toThrow(
      /has 0 replies of yours .*below 30.*the folder of sent mail/s,
    );
  }, 120_000);
});
