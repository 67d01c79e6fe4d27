/**
 * What a base has learned of each pre-training task: the mean loss over the answers (nats a token), on a sample mailbox that it has
 * not read, where every sender who is not known by heart can only be copied.
 *
 *   npx tsx scripts/pocket-base/loss-by-task.ts [--model models/pocket-base] [--documents 40]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readJsonl } from "../../src/formats/index.ts";
import type { Email } from "../../src/mail/index.ts";
import { readBaseWeights, readLlamaConfig } from "../../src/model/index.ts";
import { defaultRecipe } from "../../src/recipe.ts";
import { type OpenSession, withSession } from "../../src/runtime/index.ts";
import { writeSampleMailbox } from "../../src/sample/index.ts";
import { importMail } from "../../src/sources/index.ts";
import { encodeChat, loadTokenizer } from "../../src/tokens/index.ts";
import { withEngine } from "../../src/train/engine.ts";
import type { Example } from "../../src/train/pack.ts";
import { startTrained } from "../../src/train/trained.ts";
import { documentsOf, type Task } from "./documents.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "models/pocket-base" },
    documents: { type: "string", default: "40" },
    seed: { type: "string", default: "9002" },
  },
});
const rowTokens = 512;
const config = await readLlamaConfig(values.model);
const base = await readBaseWeights(values.model, config);
const tokenizer = await loadTokenizer(values.model);
const settings = { ...defaultRecipe().train, method: "full" as const, rowTokens };

const examples = new Map<Task, Example[]>();
for (const { id, task, messages } of documentsOf(await sampleMails(), defaultRecipe().student.systemPrompt)) {
  const encode = (count: number, addGenerationPrompt: boolean) =>
    encodeChat(tokenizer, { messages: messages.slice(0, count), dateString: "", addGenerationPrompt });
  const ids = Int32Array.from(encode(3, false));
  const known = examples.get(task) ?? [];
  examples.set(task, known);
  if (ids.length > rowTokens || known.length === Number(values.documents)) continue;
  known.push({ id, ids, completionStart: encode(2, true).length });
}

const trained = startTrained({ config, base, baseName: values.model, settings, seed: 1 });
const openSession: OpenSession = (model, use) => withSession(model, {}, use);
await withEngine({ config, base, trained, settings, openSession }, async (engine) => {
  for (const [task, documents] of examples)
    console.log(`${task.padEnd(8)} ${(await engine.meanLoss(documents)).toFixed(3)}  (${documents.length} documents)`);
});

async function sampleMails(): Promise<Email[]> {
  const folder = await mkdtemp(join(tmpdir(), "loss-by-task-"));
  try {
    const [source, emails, report] = ["sample.mbox", "emails.jsonl", "import.json"].map((name) => join(folder, name));
    await writeSampleMailbox(source, { seed: Number(values.seed), count: 20 * Number(values.documents) });
    await importMail({ source, recipe: defaultRecipe().import, out: { emails, report } });
    const mails: Email[] = [];
    for await (const { value } of readJsonl(emails)) mails.push(value as Email);
    return mails;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
