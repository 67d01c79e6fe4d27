/** Replies to the mails of the test split, one row a mail, made once: what is there is never made again. */
import type { Reply } from "../distill/index.ts";
import { answersReserveBytes, chooseSender, isRedacted, type SentEmail } from "../endpoint/index.ts";
import { FormatError } from "../errors.ts";
import { answerByEndpoint } from "../evaluate/index.ts";
import {
  collectAnswers,
  digestQuestion,
  type ReadRow,
  readAnswers,
  readJsonFile,
  readJsonl,
} from "../formats/index.ts";
import { type Email, renderAsked } from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import { generateReplies, SHIELD_VERSION } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import type { Split } from "../train/index.ts";
import { mostContextTokens } from "./model.ts";
import type { Session } from "./session.ts";

/** A row of predictions.jsonl. Figures that the source does not give are null or left out. */
export interface Prediction {
  readonly id: string;
  readonly reply: string;
  /** The model ended it, the token limit did, or an endpoint would not answer. */
  readonly stopped: "end" | "length" | "refused";
  readonly promptTokens: number | null;
  readonly replyTokens: number | null;
  readonly firstTokenMs?: number | null;
  readonly tokensPerSecond?: number | null;
  readonly latencyMs?: number | null;
  /** Whether the mail lost its tail to fit the context. */
  readonly shortened?: boolean;
  /** Why an endpoint would not answer. */
  readonly error?: string;
  /** What wrote it; rows of another model are not mixed in. */
  readonly model: string;
  /** The digest of what it answers: the mail, the model and its settings. */
  readonly question?: string;
}

/** Files that answer through llama.cpp: a GGUF, perhaps with an adapter over it. */
export interface ByFile {
  readonly gguf: string;
  readonly adapter?: string;
}

/** What answers: files, or an endpoint, with the mails whose people are the address book for redaction. */
export type Predictor = ByFile | { readonly endpoint: Endpoint; readonly mailbox: () => AsyncIterable<Email> };

/** What an endpoint's predictions are said to be of: another text that was sent is another model. */
export function nameEndpoint(recipe: Recipe, endpoint: Endpoint): string {
  const { model, baseUrl } = endpoint;
  return `${model} at ${baseUrl}${isRedacted(recipe, [endpoint]) ? ", which saw placeholders for private details" : ""}`;
}

/** What of an endpoint shapes its replies: it may move to another address. */
function identifyEndpoint(recipe: Recipe, endpoint: Endpoint) {
  const { model, extraBody } = endpoint;
  return { model, extraBody, redacted: isRedacted(recipe, [endpoint]) };
}

/** The replies that are scored: the test split, or `evaluate.samples` of it chosen by seed; in the order of the split. */
export async function readTestReplies(paths: RunPaths, recipe: Recipe): Promise<Reply[]> {
  const { test } = (await readJsonFile(paths.split)) as Split; // written by train
  const rank = (id: string) => hashString(`${recipe.seed}/evaluate/${id}`);
  const chosen = new Set([...test].sort((a, b) => rank(a) - rank(b)).slice(0, recipe.evaluate.samples));
  const rows = await pickReplies(paths, (id) => chosen.has(id));
  if (rows.length === chosen.size) return rows;
  throw new FormatError({
    path: paths.replies,
    where: "the whole file",
    expected: `the ${chosen.size} held-out mails that split.json names`,
    got: `${rows.length} of them`,
    fix: "replies.jsonl or split.json was changed after training. Train again, or put the file back.",
  });
}

/** The accepted replies whose id passes, in the order of replies.jsonl. */
export async function pickReplies(paths: RunPaths, keep: (id: string) => boolean): Promise<Reply[]> {
  const rows: Reply[] = [];
  for await (const { line, value } of readJsonl(paths.replies)) {
    const row = value as Reply; // checked on the next line
    if (typeof row?.id !== "string" || typeof row.reply !== "string" || typeof row.email?.body !== "string") {
      const fix = "Run distill again to write the file anew.";
      throw new FormatError({
        path: paths.replies,
        where: `line ${line}`,
        expected: "an accepted reply",
        got: "another row",
        fix,
      });
    }
    if (keep(row.id)) rows.push(row);
  }
  return rows;
}

/**
 * Answers each mail of `rows` and appends to `path` as replies come; a reply to the same mail by the same model and settings stays. Once
 * all are there the file is in the order of `rows`. Returns the reply to each, in order.
 */
export async function predict(options: {
  session: Session;
  name: string;
  by: Predictor;
  model: string;
  path: string;
  rows: readonly Reply[];
  recipe: Recipe;
  /** Rows in a row of the same mail are several answers to it; for files alone. */
  keepPrompts?: boolean;
}): Promise<Prediction[]> {
  const { session, name, by, model, path, rows, recipe } = options;
  const { maxReplyTokens, temperature } = recipe.evaluate;
  const settings = { seed: recipe.seed, maxReplyTokens, temperature };
  const { systemPrompt } = recipe.student; // a GGUF holds its own
  const shapes =
    "endpoint" in by ? { ...settings, systemPrompt, ...identifyEndpoint(recipe, by.endpoint) } : { ...settings, model };
  const byId = new Map(rows.map((row) => [row.id, row]));
  async function* make(missing: readonly { id: string }[], full: AbortSignal): AsyncGenerator<Prediction> {
    const asked = missing.map(({ id }) => byId.get(id)!);
    const made = generate({ ...options, asked, worked: asked.length < rows.length, full });
    for await (const reply of made) yield { ...reply, model };
  }
  session.progress.start(name);
  const answers = await collectAnswers({
    path,
    questions: rows.map((row) => ({ id: row.id, digest: digestQuestion(renderAsked(row), shapes) })),
    readRow: predictionReader(path),
    isAnswerTo: (row) => row.model === model,
    belongs: (row) => row.model === model,
    make,
    reserveBytes: "endpoint" in by ? answersReserveBytes(recipe.distill, maxReplyTokens) : 0, // its replies are paid for
    onProgress: (done) => session.progress.update({ done, total: rows.length, unit: "replies" }),
  });
  session.signal.throwIfAborted();
  return rows.map(({ id }) => answers.get(id)!);
}

async function* generate(options: {
  session: Session;
  by: Predictor;
  recipe: Recipe;
  asked: readonly Reply[];
  worked: boolean;
  full: AbortSignal;
  keepPrompts?: boolean;
}): AsyncGenerator<Omit<Prediction, "model">, void> {
  const { session, by, recipe, asked, worked, full, keepPrompts } = options;
  const { maxReplyTokens: maxTokens, temperature } = recipe.evaluate;
  const shared = { seed: recipe.seed, maxTokens, temperature, signal: session.signal };
  const { loopBan } = recipe.reply;
  if ("gguf" in by) {
    const mails = asked.map((row) => ({ id: row.id, email: renderAsked(row) }));
    const made = generateReplies({
      ...{ ...shared, ...by, loopBan, mails, keepPrompts },
      mostContextTokens: mostContextTokens(),
    });
    yield* made as AsyncGenerator<Omit<Prediction, "model">>; // never "abort": such a reply is not returned
    return;
  }
  const { endpoint, mailbox } = by;
  const { send, redacted } = await chooseSender(recipe, mailbox, [endpoint]);
  yield* answerByEndpoint({
    ...{ ...shared, role: "evaluate.predictor", endpoint, redacted, distill: recipe.distill, worked, full },
    systemPrompt: recipe.student.systemPrompt,
    mails: sendEach(asked, send),
  });
}

/** How mails are read and replies decoded, where it is not plainly the text and the likeliest token: part of what a prediction is known by. */
export function nameDecoding({ reply }: Recipe): string {
  return `${reply.loopBan ? ", loop ban" : ""}, shield ${SHIELD_VERSION}`;
}

/** The mails as they are sent, each made when it is asked for. */
function* sendEach(rows: readonly Reply[], send: (email: Email) => SentEmail) {
  for (const { id, email } of rows) {
    const { text, restore } = send(email);
    yield { id, email: text, restore };
  }
}

/** A predictions file by id. Throws FormatError for a row that is none, and for a mail that is answered twice. */
export async function readPredictions(path: string): Promise<Map<string, Prediction>> {
  const rows = new Map<string, Prediction>();
  for await (const row of readAnswers(path, predictionReader(path))) rows.set(row.id, row);
  return rows;
}

function predictionReader(path: string): ReadRow<Prediction> {
  const seen = new Set<string>();
  return (value, line) => {
    const row = value as Prediction; // checked below
    const refuse = (expected: string, got: string) =>
      new FormatError({
        path,
        where: `line ${line}`,
        expected,
        got,
        fix: `Mend the line, or delete ${path}: the replies are then made again.`,
      });
    if (typeof row?.id !== "string" || typeof row.reply !== "string" || typeof row.model !== "string")
      throw refuse("a prediction with the strings id, reply and model", JSON.stringify(value).slice(0, 80));
    if (seen.has(row.id)) throw refuse("each mail once", `a second reply to the mail ${row.id}`);
    seen.add(row.id);
    return row;
  };
}
