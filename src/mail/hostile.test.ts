/** Mail made to break a reader: every case stands between two good mails, which must both come through. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultRecipe } from "../recipe.ts";
import { importMail } from "../sources/index.ts";
import type { Email } from "./email.ts";

let folder = "";
let runs = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const FROM = "From a@b Thu Aug 22 12:36:23 2002\n";
const good = (number: number) =>
  `${FROM}Message-ID: <good${number}@x>\nFrom: a@b.example\nSubject: good\n\nThis is good mail number ${number}, could you answer it?\n\n`;

async function run(name: string, content: string | Buffer, more: object = {}) {
  const at = join(folder, `run${runs++}`);
  mkdirSync(at);
  const source = join(at, name);
  writeFileSync(source, content);
  const out = { emails: join(at, "emails.jsonl"), report: join(at, "import.json") };
  const report = await importMail({ source, recipe: { ...defaultRecipe().import, ...more }, out });
  const emails = readFileSync(out.emails, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Email);
  const counts = Object.fromEntries(Object.entries(report.skipped).map(([reason, entry]) => [reason, entry.count]));
  const others = emails.filter(({ messageId }) => !messageId?.startsWith("good"));
  expect(emails.length - others.length).toBe(2);
  return { counts, others, read: report.read };
}

/** A mail between two good ones. */
const between = (mail: string | Buffer) =>
  Buffer.concat([Buffer.from(good(1) + FROM), Buffer.from(mail), Buffer.from(`\n\n${good(2)}`)]);

function siblings(count: number, type: string): string {
  const parts = Array.from({ length: count }, (_, i) => `--b\nContent-Type: ${type}\n\nPart ${i} of it.\n`);
  return `Subject: many\nContent-Type: multipart/mixed; boundary="b"\n\n${parts.join("")}--b--\n`;
}

describe("hostile mail", () => {
  it("10,000 multiparts inside each other are counted, not followed", async () => {
    const open = Array.from(
      { length: 10_000 },
      (_, i) => `--b${i}\nContent-Type: multipart/mixed; boundary="b${i + 1}"\n\n`,
    );
    const nested = `Subject: n\nContent-Type: multipart/mixed; boundary="b0"\n\n${open.join("")}--b10000\n\nThe innermost text.\n`;
    expect((await run("nested.mbox", between(nested))).counts).toEqual({ brokenMime: 1 });
  });

  it("3,000 forwarded messages inside each other end in a mail, or in a count", async () => {
    const nested = `${"Subject: s\nContent-Type: message/rfc822\n\n".repeat(3000)}Subject: i\n\nThe innermost text of it.\n`;
    const { others, counts } = await run("rfc822.mbox", between(nested));
    expect(others.length + Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it.each(["text/plain", "text/html"])(
    "5,000 parts of %s one after the other are one mail, cut at its limit",
    async (type) => {
      const { others } = await run("siblings.mbox", between(siblings(5000, type)));
      expect(others[0].body).toMatch(/^Part 0 of it\.\n\nPart 1 of it\./);
      expect(others[0].body.length).toBeLessThanOrEqual(12_000);
    },
  );

  it("50,000 elements of HTML inside each other, packed in base64, give their text", async () => {
    const html = `${"<div>".repeat(50_000)}This text stands deep inside of it.${"</div>".repeat(50_000)}`;
    const mail = `Subject: h\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n${Buffer.from(html).toString("base64")}\n`;
    expect((await run("html.mbox", between(mail))).others).toHaveLength(1);
  });

  it("headers without end are cut", async () => {
    const mail = `Subject: ${"=?utf-8?Q?=41?= ".repeat(100_000)}\nTo: ${"a@b.example, ".repeat(100_000)}\n\nA text that is long enough to be kept.\n`;
    const [email] = (await run("head.mbox", between(mail))).others;
    expect(email.subject).toMatch(/^A{1000,}/);
    expect(email.subject.length).toBeLessThan(1 << 15);
    expect(email.to.length).toBeLessThan(5000);
  });

  it("a mail of one line without end is cut, or counted where it is larger than the limit", async () => {
    const line = `Subject: l\n\n${"word ".repeat(1_000_000)}\n`;
    expect((await run("line.mbox", between(line))).others[0].body.length).toBeLessThanOrEqual(12_000);
    expect((await run("line.mbox", between(line), { maxMessageBytes: 1_000_000 })).counts).toEqual({ tooLarge: 1 });
  });

  it("gzip that unpacks to a thousand times its size is read piece by piece", async () => {
    const packed = gzipSync(between(`Subject: bomb\n\n${"\0".repeat(40_000_000)}`), { level: 9 });
    expect(packed.length).toBeLessThan(80_000);
    expect((await run("bomb.mbox.gz", packed)).counts).toEqual({ tooLarge: 1 });
  });

  it("a CSV field and a JSONL line without end are counted, and what stands behind them is read", async () => {
    const long = "x".repeat(3_000_000);
    const more = { maxMessageBytes: 1_000_000, fields: { messageId: "id" } };
    const text = (n: number) => `This is good mail number ${n}, could you answer it?`;
    const csv = `id,body\ngood1@x,"${text(1)}"\n3,"${long}"\ngood2@x,"${text(2)}"\n`;
    expect((await run("long.csv", csv, more)).counts).toEqual({ tooLarge: 1 });
    const rows = [
      { id: "good1@x", body: text(1) },
      { id: "3", body: long },
      { id: "good2@x", body: text(2) },
    ];
    expect((await run("long.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"), more)).counts).toEqual({
      tooLarge: 1,
    });
  });
});
