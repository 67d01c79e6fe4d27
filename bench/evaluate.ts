/**
 * An evaluation at the paper's size: 5,000 replies scored beside every control, with 47,500 training mails to look up. CPU seconds a part
 * and peak memory, as one line of JSON. The mails are of the sample mailbox; the replies, of the built-in teacher with changed words.
 *
 *   npx tsx bench/evaluate.ts
 *   npx tsx bench/evaluate.ts --folder /tmp/scale/run     # writes a run folder of that size instead, with every reply made:
 *   npx tsx src/cli.ts evaluate --run /tmp/scale/run      # …then scores it in one command, report included
 */
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { writeReply } from "../src/builtin/rules/write.ts";
import { type EvaluationItem, evaluateItems } from "../src/evaluate/index.ts";
import { writeJsonFile, writeJsonlFile } from "../src/formats/index.ts";
import { type Email, renderEmail } from "../src/mail/index.ts";
import { createRandom } from "../src/random.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { runPaths } from "../src/run.ts";
import { generateSampleMailbox } from "../src/sample/index.ts";

const { values } = parseArgs({
  options: {
    test: { type: "string", default: "5000" },
    train: { type: "string", default: "47500" },
    folder: { type: "string" },
  },
});
const [testCount, trainCount] = [Number(values.test), Number(values.train)];
const rows = makeRows(trainCount + testCount);
const [train, test] = [rows.slice(0, trainCount), rows.slice(trainCount)];
if (values.folder === undefined) await measure();
else await writeFolder(values.folder);

interface Row {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  readonly reply: string;
  readonly candidate: string;
  readonly other: string;
}

/** Mails with the teacher's reply, a reply near it and another one. */
function makeRows(count: number): Row[] {
  const random = createRandom("bench/evaluate");
  const made: Row[] = [];
  for (const message of generateSampleMailbox({ seed: 7, count: 2 * count })) {
    if (message.isReplyByOwner) continue;
    const { from, to, subject, body, date, messageId, threadIndex } = message;
    const id = `mail-${made.length}`;
    const email: Email = {
      id,
      threadId: `thread-${threadIndex}`,
      messageId,
      inReplyTo: null,
      from,
      to: [to],
      cc: [],
      date,
      subject,
      body,
      answers: null,
      source: id,
    };
    const mail = renderEmail(email);
    const words = writeReply(mail, { variant: 1 }).split(" ");
    for (let changes = Math.ceil(words.length / 5); changes > 0; changes--) {
      words[random.integer(words.length)] = random.pick(words);
    }
    const candidate = words.join(" ");
    const other = words.slice(words.length >> 1).join(" ");
    made.push({ id, threadId: email.threadId, email, reply: writeReply(mail, { variant: 0 }), candidate, other });
    if (made.length === count) break;
  }
  return made;
}

async function measure(): Promise<void> {
  const items = test.map(
    ({ id, threadId, email, reply, candidate, other }): EvaluationItem => ({
      ...{ id, threadId, email: renderEmail(email), reference: reply, candidate, baseCandidate: other },
      language: "en",
    }),
  );
  const parts: Record<string, number> = {};
  let [part, since] = ["before the first part", process.cpuUsage()];
  const enter = (next: string) => {
    if (next === part) return;
    const { user, system } = process.cpuUsage(since);
    parts[part] = round((parts[part] ?? 0) + (user + system) / 1e6);
    [part, since] = [next, process.cpuUsage()];
  };
  const before = process.cpuUsage();
  const pairs = train.map(({ email, reply }) => ({ email: renderEmail(email), reply }));
  await evaluateItems({ items, train: pairs, seed: 42, cleanBelow: 0.5, onProgress: ({ step }) => enter(step) });
  enter("");
  const { user, system } = process.cpuUsage(before);
  const characters = Math.round(pairs.reduce((sum, { email }) => sum + email.length, 0) / pairs.length);
  console.log(
    JSON.stringify({
      test: testCount,
      train: trainCount,
      characters,
      cpuSeconds: round((user + system) / 1e6),
      parts,
      peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
      node: process.version,
      cpu: cpus()[0].model,
      cores: cpus().length,
    }),
  );
}

async function writeFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const paths = runPaths(folder);
  const recipe = defaultRecipe();
  const predictor = { ...recipe.teacher, baseUrl: "http://127.0.0.1:9/v1", model: "made", apiKeyEnv: "OPENAI_API_KEY" };
  const base = "models/pocket-base"; // its replies are in the file already
  await writeJsonFile(paths.recipe, { ...recipe, base, evaluate: { ...recipe.evaluate, predictor } });
  await writeJsonlFile(
    paths.replies,
    rows.map(({ id, threadId, email, reply }) => ({
      id,
      threadId,
      email,
      reply,
      scores: {},
      attempts: 1,
      teacher: "built-in rules",
      judge: "built-in rules",
    })),
  );
  const ids = (list: readonly Row[]) => list.map(({ id }) => id);
  await writeJsonFile(paths.split, { seed: recipe.seed, train: ids(train), validation: [], test: ids(test) });
  const predictions = (model: string, text: (row: Row) => string) =>
    test.map((row) => ({ id: row.id, reply: text(row), stopped: "end", promptTokens: 100, replyTokens: 40, model }));
  await writeJsonlFile(
    paths.predictions,
    predictions(`made at ${predictor.baseUrl}`, ({ candidate }) => candidate),
  );
  await writeJsonlFile(
    paths.basePredictions,
    predictions(`base, ${recipe.evaluate.format}`, ({ other }) => other),
  );
  console.log(`${folder}: ${rows.length} replies, ${test.length} held out, every one answered`);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
