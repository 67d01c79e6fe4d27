/** Replies of a model to the mails of the test split, one row a mail, resumable. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Reply } from "../distill/index.ts";
import { openJsonlAppender, readJsonFile, readJsonl } from "../formats/index.ts";
import { renderEmail } from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import { type GeneratedReply, generateReplies } from "../reply/index.ts";
import type { RunPaths } from "../run.ts";
import type { Split } from "../train/index.ts";
import type { Session } from "./session.ts";

/** A row of predictions.jsonl. */
export interface Prediction extends GeneratedReply {
  /** What wrote it; rows of another model are not mixed in. */
  readonly model: string;
}

/** The replies that are scored: the test split, or `evaluate.samples` of it chosen by seed; in the order of the split. */
export async function readTestReplies(paths: RunPaths, recipe: Recipe): Promise<Reply[]> {
  const { test } = (await readJsonFile(paths.split)) as Split; // written by train
  const rank = (id: string) => hashString(`${recipe.seed}/evaluate/${id}`);
  const chosen = new Set([...test].sort((a, b) => rank(a) - rank(b)).slice(0, recipe.evaluate.samples));
  return pickReplies(paths, (id) => chosen.has(id));
}

/** The accepted replies whose id passes, in the order of replies.jsonl. */
export async function pickReplies(paths: RunPaths, keep: (id: string) => boolean): Promise<Reply[]> {
  const rows: Reply[] = [];
  for await (const { value } of readJsonl(paths.replies)) {
    const row = value as Reply; // checked when train read it
    if (keep(row.id)) rows.push(row);
  }
  return rows;
}

/** Answers each mail of `rows` with `gguf` and appends to `path`; rows that are there already stay. Returns the reply to each, in order. */
export async function predict(options: {
  session: Session;
  name: string;
  gguf: string;
  model: string;
  path: string;
  rows: readonly Reply[];
  recipe: Recipe;
}): Promise<Prediction[]> {
  const { session, name, gguf, model, path, rows, recipe } = options;
  const { maxReplyTokens, temperature } = recipe.evaluate;
  const done = await resumePredictions(path, model);
  const missing = rows.filter(({ id }) => !done.has(id));
  const report = (count: number) =>
    session.progress.update({ done: rows.length - missing.length + count, total: rows.length, unit: "replies" });
  session.progress.start(name);
  if (missing.length > 0) {
    const file = await openJsonlAppender(path);
    try {
      const replies = generateReplies({
        gguf,
        mails: missing.map(({ id, email }) => ({ id, email: renderEmail(email) })),
        seed: recipe.seed,
        maxTokens: maxReplyTokens,
        temperature,
        signal: session.signal,
        onProgress: report,
      });
      for await (const reply of replies) {
        const row: Prediction = { ...reply, model };
        await file.append(row);
        done.set(row.id, row);
      }
    } finally {
      await file.close();
    }
    session.signal.throwIfAborted();
  }
  return rows.map(({ id }) => done.get(id)!);
}

/** The rows of `path` that are kept; a file of another model is removed: its replies say nothing of this one. */
async function resumePredictions(path: string, model: string): Promise<Map<string, Prediction>> {
  if (!existsSync(path)) return new Map();
  await (await openJsonlAppender(path)).close(); // mends a torn last line
  const rows = await readPredictions(path);
  if ([...rows.values()].every((row) => row.model === model)) return rows;
  await rm(path);
  return new Map();
}

/** A predictions file by id. */
export async function readPredictions(path: string): Promise<Map<string, Prediction>> {
  const rows = new Map<string, Prediction>();
  for await (const { value } of readJsonl(path)) {
    const row = value as Prediction; // written above
    rows.set(row.id, row);
  }
  return rows;
}
