import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Email } from "../mail/index.ts";
import type { Pair } from "../mail/pairs.ts";
import { defaultRecipe } from "../recipe.ts";
import { importMail } from "./import.ts";
import { finePersonasRows, writeFinePersonas } from "./read/fine-personas.fixture.ts";
import { encodeMboxMessage } from "./read/mbox.ts";

const golden = fileURLToPath(new URL("../../golden/parquet/", import.meta.url));
const filters = {
  bounce: false,
  autoReply: false,
  calendar: false,
  notification: false,
  noReply: false,
  newsletter: false,
  nearDuplicate: false,
};
let folder = "";
let runs = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "import-sources-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function put(path: string, content: string | Uint8Array): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}

async function run(source: string, { recipe = {}, seed = 1 }: { recipe?: object; seed?: number } = {}) {
  const at = join(folder, `run${runs++}`);
  mkdirSync(at);
  const out = { emails: join(at, "emails.jsonl"), report: join(at, "import.json"), pairs: join(at, "pairs.jsonl") };
  const report = await importMail({ source, seed, recipe: { ...defaultRecipe().import, filters, ...recipe }, out });
  const rows = <T>(path: string) =>
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  const counts = Object.fromEntries(Object.entries(report.skipped).map(([reason, entry]) => [reason, entry.count]));
  return { report, counts, emails: rows<Email>(out.emails), pairs: rows<Pair>(out.pairs) };
}

describe("FinePersonas in Parquet", () => {
  it("takes runs of equal ids for threads and the next row for the real reply", async () => {
    const { emails, report, pairs } = await run(join(golden, "default.parquet"));
    expect(emails.map(({ subject }) => subject)).toEqual([
      ...["The harvest count", "Re: The harvest count", "Re: The harvest count"],
      ...["Café tables – für März", "Re: Café tables – für März"],
      ...["A new conversation with an old id", "Alone"],
    ]);
    expect(emails[0].body).toMatch(/^Hi Ada,\n\nhow many crates/);
    const threads = emails.map(({ threadId }) => emails.findIndex((other) => other.threadId === threadId));
    expect(threads).toEqual([0, 0, 0, 3, 3, 5, 6]); // id 0 comes again in row 5: another conversation
    const answers = emails.map(({ answers: id }) => emails.findIndex((other) => other.id === id));
    expect(answers).toEqual([-1, 0, 1, -1, 3, -1, -1]);
    expect(report).toMatchObject({ kind: "parquet", read: 7, kept: 7, threads: 4, answers: 3, pairs: 3 });
    expect(pairs[0]).toMatchObject({ email: { id: emails[0].id }, id: emails[1].id, reply: emails[1].body });
  });

  it("goes on with a run over the border of two shards, and not into another table", async () => {
    const rows = [...finePersonasRows(40, { batch: 5 })];
    const border = rows.findIndex((row, i) => i > 10 && row.conversation_id === rows[i - 1].conversation_id);
    const whole = join(folder, "whole", "all.parquet");
    mkdirSync(dirname(whole));
    await writeFinePersonas(whole, rows, { rowGroupRows: 7 });
    mkdirSync(join(folder, "shards"));
    await writeFinePersonas(join(folder, "shards/train-00000-of-00002.parquet"), rows.slice(0, border));
    await writeFinePersonas(join(folder, "shards/train-00001-of-00002.parquet"), rows.slice(border));
    const shape = (emails: readonly Email[]) => emails.map(({ id, answers, threadId }) => [id, answers, threadId]);
    const one = await run(whole);
    const two = await run(join(folder, "shards"));
    expect(shape(two.emails)).toEqual(shape(one.emails));
    expect(shape((await run(join(folder, "shards/train-*.parquet"))).emails)).toEqual(shape(one.emails));
    expect(one.emails).toHaveLength(40);
    expect(one.pairs.length).toBe(
      rows.filter((row, i) => i > 0 && row.conversation_id === rows[i - 1].conversation_id).length,
    );

    mkdirSync(join(folder, "others"));
    await writeFinePersonas(join(folder, "others/a.parquet"), rows.slice(0, border));
    await writeFinePersonas(join(folder, "others/b.parquet"), rows.slice(border));
    expect((await run(join(folder, "others"))).report.answers).toBe(one.report.answers - 1);
  });

  it("draws exactly so many by seed, whole conversations, a larger sample holding the smaller", async () => {
    const path = join(folder, "sampled.parquet");
    await writeFinePersonas(path, finePersonasRows(150));
    const draw = (sample: number, seed = 1) => run(path, { recipe: { sample }, seed });
    const [small, again, large, other] = [await draw(30), await draw(30), await draw(60), await draw(30, 2)];
    const ids = ({ emails }: { emails: readonly Email[] }) => emails.map(({ id }) => id);
    expect(ids(small)).toHaveLength(30);
    expect(ids(again)).toEqual(ids(small));
    expect(ids(large)).toEqual(expect.arrayContaining(ids(small)));
    expect(ids(other)).not.toEqual(ids(small));
    expect(small.report).toMatchObject({ read: 150, kept: 30, notSampled: 120 });
    for (const { answers } of small.emails) if (answers !== null) expect(ids(small)).toContain(answers);
    const whole = await run(path);
    const cut = [...new Set(small.emails.map(({ threadId }) => threadId))].filter(
      (thread) =>
        small.emails.filter((email) => email.threadId === thread).length !==
        whole.emails.filter((email) => email.threadId === thread).length,
    );
    expect(cut.length).toBeLessThanOrEqual(1); // the last conversation alone is taken in part
  });

  it("reads columns of other names, and says which are there where none fits", async () => {
    const path = join(golden, "default.parquet");
    const mapped = await run(path, { recipe: { fields: { body: "summary", conversation: "conversation_id" } } });
    expect(mapped.emails[0].body).toBe("Ben asks for the crates.");
    expect(mapped.counts).toEqual({ brokenRow: 2, tooShort: 2 }); // two null summaries; "Ada answers: 41." and "Kim writes."
    await expect(run(path, { recipe: { fields: { body: "text" } } })).rejects.toThrow(
      /default\.parquet has no column "text" \(import\.fields\.body\)\. It has the columns "conversation_id", "email", /,
    );
    const other = put("other.csv", "id,content\n1,hello there, this\n");
    await expect(run(other)).rejects.toThrow(/holds no usable mail: 1 messages were read/);
    const others = put("others.csv", "id,content,n\n1,hello,2\n");
    await expect(run(others)).rejects.toThrow(
      /others\.csv has no column that holds the text of a mail: body, html, email, raw\. It has the columns "id", "content", "n"\. Name the one that does, for example import\.fields\.body=content\./,
    );
  });
});

describe("CSV", () => {
  const long = "This is a text that is long enough to be kept here.";

  it("reads mails with line breaks in them, threads and whole messages", async () => {
    const csv = `from;subject;text;conv\n"Ann <a@b>";Hi;"Hello Bob,\n\n${long} ""Yes""";7\nBob <c@d>;Re: Hi;"Hello Ann,\n\n${long}";7\nshort;row\n`;
    const fields = { body: "text", threadId: "conv" };
    const { emails, counts } = await run(put("mails.csv", csv), { recipe: { fields } });
    expect(emails.map(({ from, body }) => [from.name, body.at(-1)])).toEqual([
      ["Ann", '"'],
      ["Bob", "."],
    ]);
    expect(emails[0].threadId).toBe(emails[1].threadId);
    expect(emails[1].source).toBe("mails.csv, line 5");
    expect(counts).toEqual({ brokenRow: 1 });
    const raw = `file,message\nx/1,"Message-ID: <1@x>\nFrom: Ann <a@b>\nSubject: Hi\n\n${long}\n"\n`;
    const enron = await run(put("enron.csv", raw), { recipe: { fields: { raw: "message" } } });
    expect(enron.emails[0]).toMatchObject({ messageId: "1@x", subject: "Hi", body: long });
  });
});

describe("a mailbox of one's own", () => {
  const long = "This is a text that is long enough to be kept here.";
  const raw = (headers: string, body: string) => encodeMboxMessage(`${headers}\n\n${body}\n`, "a@b", new Date(0));
  const takeout = [
    raw(
      "X-GM-THRID: 17\nX-Gmail-Labels: =?UTF-8?Q?Posteingang,Ge=C3=B6ffnet?=\nMessage-ID: <1@x>\nFrom: Bob <bob@x.example>\nSubject: Plan",
      `${long} Shall we meet?\n\nWhere?`,
    ),
    raw(
      "X-GM-THRID: 17\nX-Gmail-Labels: Sent\nMessage-ID: <2@x>\nIn-Reply-To: <1@x>\nFrom: Ann <Ann@me.example>\nSubject: Re: Plan",
      `Hi Bob,\n> ${long} Shall we meet?\nYes, on Friday at ten suits me.\n> Where?\nIn the library.`,
    ),
    raw(
      "X-GM-THRID: 17\nX-Gmail-Labels: Inbox\nMessage-ID: <3@x>\nFrom: Bob <bob@x.example>\nSubject: Re: Plan",
      `${long} Fine, see you then.`,
    ),
    raw(
      'X-Gmail-Labels: Sent,"Work, old"\nMessage-ID: <4@x>\nIn-Reply-To: <2@x>\nFrom: ann@work.example\nSubject: Re: Plan',
      `${long} One more thing.`,
    ),
    raw("X-Gmail-Labels: Spam\nMessage-ID: <5@x>\nFrom: s@x\nSubject: s", `${long} spam`),
    raw("X-Gmail-Labels: =?UTF-8?B?UGFwaWVya29yYg==?=\nMessage-ID: <6@x>\nFrom: t@x\nSubject: s", `${long} trash`),
    raw("X-Gmail-Labels: Inbox,Category Promotions\nMessage-ID: <7@x>\nFrom: u@x\nSubject: s", `${long} promotion`),
    raw("X-Gmail-Labels: Drafts\nMessage-ID: <8@x>\nFrom: ann@me.example\nSubject: s", `${long} draft`),
  ].join("");

  it("knows Takeout's labels in any language, threads and the owner; own mail becomes real pairs", async () => {
    const { report, counts, emails, pairs } = await run(put("takeout.mbox", takeout));
    expect(counts).toEqual({ spam: 1, trashed: 1, draft: 1, excludedLabel: 1 });
    expect(emails.map(({ messageId, fromOwner }) => [messageId, fromOwner])).toEqual([
      ["1@x", undefined],
      ["2@x", true],
      ["3@x", undefined],
      ["4@x", true],
    ]);
    expect(new Set(emails.map(({ threadId }) => threadId)).size).toBe(1); // 3@x names no parent: Gmail's thread id joins it
    expect(report.owner).toEqual({ addresses: ["ann@me.example", "ann@work.example"], from: "sent", mails: 2 });
    expect(report.pairs).toBe(1); // 4@x answers an own mail
    expect(pairs).toEqual([
      {
        id: emails[1].id,
        threadId: emails[1].threadId,
        email: emails[0],
        reply: "Hi Bob,\n\nYes, on Friday at ten suits me.\n\nIn the library.",
        date: null,
        fromOwner: true,
        pieces: [
          { quoted: "", answer: "Hi Bob," },
          { quoted: `${long} Shall we meet?`, answer: "Yes, on Friday at ten suits me." },
          { quoted: "Where?", answer: "In the library." },
        ],
      },
    ]);
    expect(JSON.stringify(emails)).not.toContain("pieces");
  });

  it("takes labels and owners of the recipe", async () => {
    const path = put("takeout2.mbox", takeout);
    const exclude = ["Posteingang"];
    const one = await run(path, { recipe: { labels: { include: [], exclude }, owner: ["bob@x.example"] } });
    expect(one.counts).toEqual({ excludedLabel: 3 });
    expect(one.report.owner).toEqual({ addresses: ["bob@x.example"], from: "recipe", mails: 0 });
    const two = await run(path, { recipe: { labels: { include: ["Work, old"], exclude: [] }, pairs: "all" } });
    expect(two.emails.map(({ messageId }) => messageId)).toEqual(["4@x"]);
    expect(two.counts).toEqual({ otherLabel: 7 });
    await expect(run(path, { recipe: { labels: { include: ["Nothing"], exclude: [] } } })).rejects.toThrow(
      /8 otherLabel: in no folder [\s\S]*What to do: name other labels in import\.labels\.include/,
    );
  });

  it("knows an owner by each of their addresses, and takes no answer of theirs to themselves for a pair", async () => {
    const mail = (id: number, from: string, to: number | null) =>
      `Message-ID: <${id}@two>\nFrom: ${from}\nSubject: s${id}\n${to === null ? "" : `In-Reply-To: <${to}@two>\n`}\n${long} ${id}\n`;
    const mails = [
      mail(1, "bob@x", null),
      ...[mail(2, "Ann <ann@work>", 1), mail(3, "Ann <ANN@Home>", 1), mail(4, "ann@home", 2), mail(5, "eve@x", 2)],
    ];
    const path = put("two.mbox", mails.map((text) => encodeMboxMessage(text, "x", new Date(0)).toString()).join(""));
    const { pairs, report } = await run(path, { recipe: { owner: ["ann@work", "ann@home"] } });
    expect(report.owner).toMatchObject({ from: "recipe", mails: 3 });
    expect(pairs.map(({ reply }) => reply)).toEqual([2, 3].map((id) => `${long} ${id}`));
  });

  it("reads Maildirs in a folder, nested ones and Maildir++, with their folders as labels", async () => {
    const mail = (id: number, from: string, more = "") =>
      `Message-ID: <${id}@m>\nFrom: ${from}\nSubject: s\n${more}\n${long} ${id}\n`;
    put("Mail/INBOX/cur/1.a:2,S", mail(1, "bob@x"));
    put("Mail/INBOX/cur/2.a:2,ST", mail(2, "bob@x"));
    put("Mail/INBOX/.Entw&APw-rfe/cur/3.a:2,S", mail(3, "me@x"));
    put("Mail/INBOX/.Sent.2024/cur/4.a:2,S", mail(4, "me@x", "In-Reply-To: <1@m>\n"));
    put("Mail/Archive/2024/cur/5.a:2,S", mail(5, "eve@x"));
    put("Mail/Archive/2024/deep/new/6.a", mail(6, "eve@x"));
    put("Mail/Trash/cur/7.a", mail(7, "eve@x"));
    put("Mail/Junk.mbox", encodeMboxMessage(mail(8, "spam@x"), "x", new Date(0)));
    const { emails, counts, report, pairs } = await run(join(folder, "Mail"));
    expect(emails.map(({ messageId }) => messageId)).toEqual(["5@m", "6@m", "1@m", "4@m"]);
    expect(counts).toEqual({ trashed: 2, draft: 1, spam: 1 });
    expect(report.owner).toEqual({ addresses: ["me@x"], from: "sent", mails: 1 });
    expect(pairs.map(({ id, email }) => [id, email.messageId])).toEqual([[emails[3].id, "1@m"]]);
  });
});
