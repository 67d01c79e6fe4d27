/** Replies to the mails of the test split, one row a mail, made once: what is there is never made again. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Reply } from "../distill/index.ts";
import { answersReserveBytes, chooseSender, isRedacted, type SentEmail } from "../endpoint/index.ts";
import { FormatError } from "../errors.ts";
import { answerByEndpoint } from "../evaluate/index.ts";
import {
  arrangeJsonlFile,
  type JsonlAppender,
  openJsonlAppender,
  readJsonFile,
  readJsonl,
  reserveDisk,
} from "../formats/index.ts";
import { type Email, renderEmail } from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import { generateReplies } from "../reply/index.ts";
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
}

/** What answers: a GGUF through llama.cpp, or an endpoint, with the mails whose people are the address book for redaction. */
export type Predictor =
  | { readonly gguf: string }
  | { readonly endpoint: Endpoint; readonly mailbox: () => AsyncIterable<Email> };

/** What an endpoint's predictions are said to be of: another text that was sent is another model. */
export function nameEndpoint(recipe: Recipe, endpoint: Endpoint): string {
  const { model, baseUrl } = endpoint;
  return `${model} at ${baseUrl}${isRedacted(recipe, [endpoint]) ? ", which saw placeholders for private details" : ""}`;
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
 * Answers each mail of `rows` and appends to `path` as replies come; rows that are there already stay. Once all are there the file is in
 * the order of `rows`. Returns the reply to each, in order.
 */
export async function predict(options: {
  session: Session;
  name: string;
  by: Predictor;
  model: string;
  path: string;
  rows: readonly Reply[];
  recipe: Recipe;
}): Promise<Prediction[]> {
  const { session, name, by, model, path, rows, recipe } = options;
  const { done, isOther } = await resumePredictions(path, model);
  const missing = rows.filter(({ id }) => !done.has(id));
  const report = (count: number) =>
    session.progress.update({ done: rows.length - missing.length + count, total: rows.length, unit: "replies" });
  session.progress.start(name);
  if (missing.length > 0) {
    const reserveBytes = answersReserveBytes(recipe.distill, recipe.evaluate.maxReplyTokens);
    const reserve = "endpoint" in by ? await reserveDisk(`${path}.reserve`, reserveBytes) : undefined; // its replies are paid for
    let file: JsonlAppender | undefined;
    try {
      const asked = { ...options, missing, worked: done.size > 0, full: reserve?.full, onProgress: report };
      for await (const reply of generate(asked)) {
        if (file === undefined && isOther) await rm(path); // not before there is something in their place
        file ??= await openJsonlAppender(path, reserve);
        const row: Prediction = { ...reply, model };
        await file.append(row);
        done.set(row.id, row);
      }
    } finally {
      await reserve?.close();
      await file?.close();
    }
    session.signal.throwIfAborted();
  }
  await arrangeJsonlFile(
    path,
    done,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id }) => done.get(id)!);
}

/** How replies are decoded, where it is not plainly the likeliest token: part of what a prediction is known by. */
export function nameDecoding({ reply }: Recipe): string {
  return reply.loopBan ? ", loop ban" : "";
}

async function* generate(options: {
  session: Session;
  by: Predictor;
  recipe: Recipe;
  missing: readonly Reply[];
  worked: boolean;
  full: AbortSignal | undefined;
  onProgress: (done: number) => void;
}): AsyncGenerator<Omit<Prediction, "model">, void> {
  const { session, by, recipe, missing, worked, full, onProgress } = options;
  const { maxReplyTokens: maxTokens, temperature } = recipe.evaluate;
  const shared = { seed: recipe.seed, maxTokens, temperature, signal: session.signal, onProgress };
  const { loopBan } = recipe.reply;
  if ("gguf" in by) {
    const mails = missing.map(({ id, email }) => ({ id, email: renderEmail(email) }));
    const made = generateReplies({ ...shared, loopBan, gguf: by.gguf, mails, mostContextTokens: mostContextTokens() });
    yield* made as AsyncGenerator<Omit<Prediction, "model">>; // never "abort": such a reply is not returned
    return;
  }
  const { endpoint, mailbox } = by;
  const { send, redacted } = await chooseSender(recipe, mailbox, [endpoint]);
  yield* answerByEndpoint({
    ...{ ...shared, role: "evaluate.predictor", endpoint, redacted, distill: recipe.distill, worked, full },
    systemPrompt: recipe.student.systemPrompt,
    mails: sendEach(missing, send),
  });
}

/** The mails as they are sent, each made when it is asked for. */
function* sendEach(rows: readonly Reply[], send: (email: Email) => SentEmail) {
  for (const { id, email } of rows) {
    const { text, restore } = send(email);
    yield { id, email: text, restore };
  }
}

/** The rows of `path` that are kept; those of another model say nothing of this one. */
async function resumePredictions(
  path: string,
  model: string,
): Promise<{ done: Map<string, Prediction>; isOther: boolean }> {
  if (!existsSync(path)) return { done: new Map(), isOther: false };
  await (await openJsonlAppender(path)).close(); // mends a torn last line
  const rows = await readPredictions(path);
  if ([...rows.values()].every((row) => row.model === model)) return { done: rows, isOther: false };
  return { done: new Map(), isOther: true };
}

/** A predictions file by id. Throws FormatError for a row that is none, and for a mail that is answered twice. */
export async function readPredictions(path: string): Promise<Map<string, Prediction>> {
  const rows = new Map<string, Prediction>();
  for await (const { line, value } of readJsonl(path)) {
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
    if (rows.has(row.id)) throw refuse("each mail once", `a second reply to the mail ${row.id}`);
    rows.set(row.id, row);
  }
  return rows;
}
