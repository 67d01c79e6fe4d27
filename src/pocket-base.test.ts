/** What the shipped base promises: small, a Llama that every tool reads, and never shown what the quickstart measures it on. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeReply } from "./builtin/rules/write.ts";
import { readJsonl } from "./formats/index.ts";
import { type Email, renderEmail } from "./mail/index.ts";
import { baseTensors, parameterCount, readBaseWeights, readLlamaConfig } from "./model/index.ts";
import { defaultRecipe, loadRecipe, quickstartMailboxSeed } from "./recipe.ts";
import { writeSampleMailbox } from "./sample/index.ts";
import { importMail } from "./sources/index.ts";
import { loadTokenizer } from "./tokens/index.ts";

const folder = fileURLToPath(new URL("../models/pocket-base", import.meta.url));
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "pocketreply-base-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

test("at most 8 million parameters and 16 MB, whole, finite, with a tokenizer that fits", async () => {
  const config = await readLlamaConfig(folder);
  expect(parameterCount(baseTensors(config))).toBeLessThanOrEqual(8_000_000);
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(16_000_000);
  const weights = await readBaseWeights(folder, config);
  for (const [name, data] of weights) expect(data.every(Number.isFinite), name).toBe(true);
  const tokenizer = await loadTokenizer(folder);
  expect(tokenizer.vocabularySize).toBe(config.vocabularySize);
  const text = "Hi Zoë,\r\n\r\nsee you at 3:30 pm – bring €40 🙂\u00a0";
  expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
});

describe("what it has read", () => {
  let read: Set<string>;
  let emails: Email[];
  beforeAll(async () => {
    read = new Set((await readFile(join(folder, "pretraining-mail.sha256"), "utf8")).trim().split("\n"));
    const recipe = await loadRecipe(fileURLToPath(new URL("../recipes/quickstart.yaml", import.meta.url)));
    const mailbox = join(work, "sample.mbox");
    await writeSampleMailbox(mailbox, { seed: quickstartMailboxSeed(recipe), count: recipe.distill.sample });
    const out = { emails: join(work, "emails.jsonl"), report: join(work, "import.json") };
    await importMail({ source: mailbox, recipe: defaultRecipe().import, out });
    emails = [];
    for await (const { value } of readJsonl(out.emails)) emails.push(value as Email);
  });

  test("is many mails, and none of the quickstart's", () => {
    expect(read.size).toBeGreaterThan(20_000);
    expect(emails.length).toBeGreaterThan(500);
    expect(emails.filter(({ body }) => read.has(hashOf(body)))).toEqual([]);
  });

  test("holds no reply of the built-in teacher to them", () => {
    const replies = emails.flatMap((email) => [0, 1].map((variant) => writeReply(renderEmail(email), { variant })));
    expect(replies.filter((reply) => read.has(hashOf(reply)))).toEqual([]);
  });
});
