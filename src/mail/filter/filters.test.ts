import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultRecipe } from "../../recipe.ts";
import { encodeMboxMessage, importMail } from "../../sources/index.ts";
import type { Email } from "../email.ts";
import type { FilterReport } from "./filters.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "filters-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ");
const raw = (headers: string, body: string) => encodeMboxMessage(`${headers}\n\n${body}\n`, "a@b", new Date(0));
const box = [
  raw("Message-ID: <1@x>\nFrom: Ann <ann@x.example>\nSubject: first", `Please look at this. ${words}`),
  raw("Message-ID: <2@x>\nFrom: Eve <eve@x.example>\nSubject: again", `Please look at this. ${words} tonight`),
  raw(
    "Message-ID: <3@x>\nIn-Reply-To: <2@x>\nFrom: Bob <bob@x.example>\nSubject: Re: again",
    "I have looked at it, and it is fine.",
  ),
  raw("Message-ID: <2@x>\nFrom: Eve <eve@x.example>\nSubject: again", `Please look at this. ${words} tonight`),
  raw("From: Shop <noreply@shop.example>\nSubject: order", "Your order has been shipped and will arrive soon."),
  raw("From: Kai <kai@x.example>\nSubject: Zahlen", "Könntest du mir bitte die Zahlen für März schicken?"),
  raw("From: MAILER-DAEMON@x.example\nSubject: Undelivered", "Your message could not be delivered to the recipient."),
].join("");

async function run(recipe: object = {}) {
  const source = join(folder, "box.mbox");
  await writeFile(source, box);
  const out = mkdtempSync(join(folder, "run-"));
  const files = {
    emails: join(out, "emails.jsonl"),
    report: join(out, "import.json"),
    filters: join(out, "filters.json"),
  };
  const report = await importMail({ source, recipe: { ...defaultRecipe().import, ...recipe }, out: files });
  const rows = readFileSync(files.emails, "utf8").trim().split("\n");
  const emails = rows.map((line) => JSON.parse(line) as Email);
  const skipped = Object.fromEntries(Object.entries(report.skipped).map(([reason, entry]) => [reason, entry?.count]));
  return { emails, skipped, filters: JSON.parse(readFileSync(files.filters, "utf8")) as FilterReport, report };
}

describe("the filters of an import", () => {
  it("leave out what they find, count it, and keep answers beside what they answer", async () => {
    const { emails, skipped, filters, report } = await run({ languages: ["en"] });
    expect(emails.map(({ subject }) => subject)).toEqual(["first", "Re: again"]);
    expect(skipped).toEqual({ bounce: 1, noReply: 1, otherLanguage: 1, nearDuplicate: 1, duplicateMessageId: 1 });
    expect(emails[1].answers).toBe(emails[0].id); // the mail that was answered is nearly the first one
    expect(filters.filters.nearDuplicate).toMatchObject({ isOn: true, count: 1 });
    expect(filters.filters.nearDuplicate.examples[0]).toMatchObject({
      source: "box.mbox, message 2",
      from: "Eve <eve@x.example>",
      subject: "again",
    });
    expect(filters.filters.nearDuplicate.examples[0].sign).toMatch(/^similarity 0\.9\d to box\.mbox, message 1$/);
    expect(filters.filters.noReply.signs).toEqual({ "sender takes no answers": 1 });
    expect(filters.languages).toMatchObject({ de: 1 });
    expect(JSON.stringify(report)).not.toMatch(/Please look|Könntest/);
  });

  it("count what they would leave out while they are off", async () => {
    const off = { bounce: false, noReply: false, nearDuplicate: false };
    const { emails, skipped, filters } = await run({ filters: { ...defaultRecipe().import.filters, ...off } });
    expect(emails).toHaveLength(6);
    expect(skipped).toEqual({ duplicateMessageId: 1 });
    expect([filters.filters.bounce.count, filters.filters.noReply.count, filters.filters.nearDuplicate.count]).toEqual([
      1, 1, 1,
    ]);
    expect(filters.filters.bounce.isOn).toBe(false);
    expect(filters.languages).toBeUndefined();
  });

  it("turn down a language that is none before anything is written", async () => {
    await expect(run({ languages: ["german"] })).rejects.toThrow(/import\.languages: "german" cannot be detected/);
  });
});

describe("real list mail", () => {
  it("loses programs, feeds and newsletters, and no thread of the lists", async () => {
    const out = mkdtempSync(join(folder, "run-"));
    const files = {
      emails: join(out, "emails.jsonl"),
      report: join(out, "import.json"),
      filters: join(out, "filters.json"),
    };
    const source = fileURLToPath(new URL("../../../golden/lists/lists.mbox.gz", import.meta.url));
    const report = await importMail({ source, recipe: defaultRecipe().import, out: files });
    const { filters } = JSON.parse(readFileSync(files.filters, "utf8")) as FilterReport;
    expect(filters.bounce.count + filters.notification.count + filters.noReply.count).toBe(19); // each looked at by a person
    expect(filters.newsletter.count).toBe(26);
    expect(report.kept).toBe(128); // of 130 that people wrote, one is a copy and one nearly so
    const subjects = [filters.newsletter, filters.notification, filters.noReply].flatMap(({ examples }) =>
      examples.map(({ subject }) => subject),
    );
    expect(subjects.filter((subject) => /^re:/i.test(subject))).toEqual([]);
  });
});
