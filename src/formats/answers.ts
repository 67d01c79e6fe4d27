/**
 * Files of answers (predictions, likelihoods, the bench's replies, judgements): a row an answer, appended as it comes, named by the
 * digest of the question that it answers. One policy when work is taken up again: the answer to an unchanged question is never asked
 * for again, a changed question is asked anew, and no answer is thrown away: those to former questions go into a file beside.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import {
  arrangeJsonlFile,
  type JsonlAppender,
  openJsonlAppender,
  openReservedAppender,
  readJsonl,
  writeJsonlFile,
} from "./jsonl.ts";
import { reserveDisk } from "./reserve.ts";

/** What is asked, with everything that shapes the answer in its digest. */
export interface Question {
  readonly id: string;
  readonly digest: string;
}

/** A row of a file of answers. */
export interface AnswerRow {
  readonly id: string;
  /** The digest of what it answers; rows of earlier versions have none. */
  readonly question?: string;
}

/** Names a question by all that shapes its answer: 32 hexadecimal digits of a SHA-256. */
export function digestQuestion(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** Makes a row of a line's value, or throws FormatError. */
export type ReadRow<Row> = (value: unknown, line: number) => Row;

/** The rows of `path`, in their order; none where the file is not there. */
export async function* readAnswers<Row>(path: string, readRow: ReadRow<Row>): AsyncGenerator<Row> {
  if (!existsSync(path)) return;
  for await (const { line, value } of readJsonl(path)) yield readRow(value, line);
}

/**
 * Opens (or starts) a file of answers that stay side by side, mends a torn last line and gives every row to `onRow`. `reserveBytes`
 * of the disk are kept back for answers under way; throws UserError where they do not fit.
 */
export async function openAnswers<Row>(options: {
  path: string;
  reserveBytes: number;
  readRow: ReadRow<Row>;
  onRow: (row: Row) => void;
}): Promise<Awaited<ReturnType<typeof openReservedAppender>>> {
  const { path, reserveBytes, readRow, onRow } = options;
  const file = await openReservedAppender(path, reserveBytes);
  try {
    for await (const row of readAnswers(path, readRow)) onRow(row);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

/** Where answers to former questions of `path` stand. */
export function earlierAnswers(path: string): string {
  return path.replace(/(\.jsonl)?$/, ".earlier.jsonl");
}

/** Lines on their way to the file while the next answer is taken: they go out together. */
const AHEAD = 4;

/**
 * The answers to `questions`, in their order: those that `path` or the file beside it holds, and the rest from `make`, appended as they
 * come; in the end the file is in order. What it held of another source stays until the first answer is there, then goes aside.
 */
export async function collectAnswers<Row extends AnswerRow>(options: {
  path: string;
  questions: readonly Question[];
  readRow: ReadRow<Row>;
  /** Whether a row of an earlier version, which has no digest, answers the question of its id. */
  isAnswerTo: (row: Row, question: Question) => boolean;
  /** Whether a row to which nothing is asked now may stay: it is of the same source. */
  belongs: (row: Row) => boolean;
  /** Once `full` aborts the disk is full: nothing further may be begun, and there is room for the answers under way. */
  make: (missing: readonly Question[], full: AbortSignal) => AsyncIterable<Row>;
  /** Disk space kept back for answers that are paid for. */
  reserveBytes?: number;
  onProgress?: (done: number) => void;
}): Promise<Map<string, Row>> {
  const { path, questions, make, reserveBytes = 0, onProgress } = options;
  const held = await sortHeld(options);
  const { rows, answered } = held;
  const missing = questions.filter(({ id }) => !answered.has(id));
  onProgress?.(answered.size);
  if (missing.length > 0) {
    const digests = new Map(missing.map(({ id, digest }) => [id, digest]));
    const reserve = reserveBytes > 0 ? await reserveDisk(`${path}.reserve`, reserveBytes) : undefined;
    let file: JsonlAppender | undefined;
    const writing: Promise<void>[] = [];
    try {
      for await (const made of make(missing, reserve?.full ?? new AbortController().signal)) {
        const row: Row = { ...made, question: digests.get(made.id) };
        if (file === undefined) await held.setAside(); // not before there is something in its place
        file ??= await openJsonlAppender(path, reserve);
        const written = file.append(row);
        written.catch(() => {}); // thrown below
        writing.push(written);
        if (writing.length > AHEAD) await writing.shift();
        rows.set(row.id, row);
        answered.add(row.id);
        onProgress?.(answered.size);
      }
      await Promise.all(writing);
    } finally {
      await reserve?.close();
      await file?.close();
    }
  } else await held.setAside();
  const ids = questions.map(({ id }) => id).filter((id) => answered.has(id));
  await arrangeJsonlFile(path, rows, ids);
  return new Map(ids.map((id) => [id, rows.get(id)!]));
}

/** What is there: the rows that stay, which of them answer, and a way to put the others aside. */
async function sortHeld<Row extends AnswerRow>(options: {
  path: string;
  questions: readonly Question[];
  readRow: ReadRow<Row>;
  isAnswerTo: (row: Row, question: Question) => boolean;
  belongs: (row: Row) => boolean;
}) {
  const { path, questions, readRow, isAnswerTo, belongs } = options;
  if (existsSync(path)) await (await openJsonlAppender(path)).close(); // mends a torn last line
  const asked = new Map(questions.map((question) => [question.id, question]));
  const rows = new Map<string, Row>();
  const answered = new Set<string>();
  const former: Row[] = [];
  for await (const row of readAnswers(path, readRow)) {
    const question = asked.get(row.id);
    const isAnswer =
      question !== undefined &&
      (row.question === undefined ? isAnswerTo(row, question) : row.question === question.digest);
    if (isAnswer) answered.add(row.id);
    if (isAnswer || (question === undefined && belongs(row))) rows.set(row.id, row);
    else former.push(row);
  }
  const beside = earlierAnswers(path);
  const inBoth = new Set(former.map((row) => JSON.stringify(row))); // a crash came between the two files
  const left: Row[] = [];
  const taken: Row[] = [];
  for await (const row of readAnswers(beside, (value) => value as Row)) {
    // written by setAside
    if (inBoth.has(JSON.stringify(row))) continue;
    if (row.question === undefined || row.question !== asked.get(row.id)?.digest || answered.has(row.id))
      left.push(row);
    else {
      rows.set(row.id, row);
      answered.add(row.id);
      taken.push(row);
    }
  }
  return {
    rows,
    answered,
    async setAside(): Promise<void> {
      if (former.length > 0) await writeJsonlFile(beside, [...left, ...taken, ...former]);
      if (former.length > 0 || taken.length > 0) await writeJsonlFile(path, rows.values());
      if (taken.length > 0) await writeJsonlFile(beside, [...left, ...former]); // not before they stand in the other file
    },
  };
}
