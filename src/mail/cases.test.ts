/** The public faults of golden/cases/mail: every file through a whole import, held against what a person expects. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { defaultRecipe } from "../recipe.ts";
import { importMail } from "../sources/index.ts";
import type { Email } from "./email.ts";

interface Case {
  readonly file: string;
  readonly what: string;
  readonly command: string;
  readonly expect: {
    readonly kept?: boolean;
    readonly messages?: number;
    readonly text?: string;
    readonly textContains?: readonly string[];
    readonly textLacks?: readonly string[];
    readonly from?: { readonly address?: string; readonly name?: string };
    readonly subject?: string;
    readonly date?: string | null;
    readonly thread?: {
      readonly count?: number;
      readonly answers?: readonly (number | null)[];
      readonly noCircle?: boolean;
    };
  };
}

const cases = fileURLToPath(new URL("../../golden/cases/mail/", import.meta.url));
const rows = readFileSync(join(cases, "expected.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case)
  .filter(({ command }) => command === "import");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cases-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The mails kept of one file; none where nothing of it is usable. */
async function importFile(file: string): Promise<Email[]> {
  const at = join(folder, file);
  mkdirSync(at);
  const out = { emails: join(at, "emails.jsonl"), report: join(at, "import.json") };
  try {
    await importMail({ source: join(cases, file), recipe: defaultRecipe().import, out });
  } catch (error) {
    if (error instanceof UserError && error.message.includes("holds no usable mail")) return [];
    throw error;
  }
  const lines = readFileSync(out.emails, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Email);
}

/** Without blanks at line ends, empty lines in a row and what is empty around the text: they do not count. */
const tidy = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/\n{2,}/g, "\n\n")
    .trim();
const flat = (text: string) => text.replace(/\s+/g, " ").trim();

function expectThreads(emails: readonly Email[], thread: NonNullable<Case["expect"]["thread"]>): void {
  if (thread.count !== undefined) expect(new Set(emails.map(({ threadId }) => threadId)).size).toBe(thread.count);
  const position = (id: string | null) => (id === null ? null : emails.findIndex((email) => email.id === id));
  if (thread.answers) expect(emails.map(({ answers }) => position(answers))).toEqual(thread.answers);
  if (!thread.noCircle) return;
  for (const start of emails) {
    let steps = 0;
    for (let at: Email | undefined = start; at; at = emails.find(({ id }) => id === at?.answers))
      expect(++steps).toBeLessThanOrEqual(emails.length);
  }
}

describe("golden/cases/mail", () => {
  it("has cases of every kind", () => expect(rows.length).toBeGreaterThan(150));

  it.each(rows)("$file: $what", async ({ file, expect: wanted }) => {
    const emails = await importFile(file);
    if (wanted.kept === false) {
      expect(emails).toEqual([]);
      return;
    }
    expect(emails.length).toBe(wanted.messages ?? Math.max(1, emails.length));
    const [first] = emails;
    if (wanted.text !== undefined) expect(tidy(first.body)).toBe(tidy(wanted.text));
    for (const part of wanted.textContains ?? []) expect(flat(first.body)).toContain(flat(part));
    for (const part of wanted.textLacks ?? []) expect(flat(first.body)).not.toContain(flat(part));
    if (wanted.from) expect(first.from).toMatchObject(wanted.from);
    if (wanted.subject !== undefined) expect(first.subject).toBe(wanted.subject);
    if (wanted.date !== undefined) expect(first.date).toBe(wanted.date);
    if (wanted.thread) expectThreads(emails, wanted.thread);
  });
});
