/**
 * judgements.jsonl: every answer of a judge, written before anything relies on it. Append-only, keyed by who judged and what
 * was judged, so that a run that was cut, or the same reply of another run, is paid for once. Rows of several judges stand
 * side by side; what an answer means is read from it anew each time.
 *
 *     {"key": …, "judge": …, "id": …, "repeat": 0, "answer": "…", "refusal": null, "finish": "stop", "usage": …, "latencyMs": …, "retries": 0, "at": …}
 */
import { z } from "zod";
import type { Completion } from "../endpoint/index.ts";
import { FormatError } from "../errors.ts";
import { openAnswers, type ReadRow, readAnswers } from "../formats/index.ts";

/** One answer that was paid for. */
export interface JudgementRow {
  /** Digest of the judge's identity, the mail and the reply or replies. */
  readonly key: string;
  /** The judge's identity. */
  readonly judge: string;
  /** The mail's id, for a person who reads the file. */
  readonly id: string;
  /** 0, or n for the n-th repeat after an answer that could not be used. */
  readonly repeat: number;
  readonly answer: string;
  readonly refusal: string | null;
  readonly finish: string | null;
  readonly usage: Completion["usage"];
  readonly latencyMs: number;
  /** Failed tries before this answer. */
  readonly retries: number;
  /** When it came, ISO 8601. */
  readonly at: string;
}

const rowSchema: z.ZodType<JudgementRow> = z.object({
  key: z.string(),
  judge: z.string(),
  id: z.string(),
  repeat: z.number().int().min(0),
  answer: z.string(),
  refusal: z.string().nullable(),
  finish: z.string().nullable(),
  usage: z.object({ promptTokens: z.number(), completionTokens: z.number() }).nullable(),
  latencyMs: z.number(),
  retries: z.number(),
  at: z.string(),
});

/** The journal, open to append. */
export interface JudgementJournal {
  /** Aborts with a UserError when the disk is full: no new call may be made, and there is room for the rows of those in flight. */
  readonly full: AbortSignal;
  /** Resolves when the row is in the file. */
  append(row: JudgementRow): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens (or starts) the journal, mends a torn last line and gives every row whose key is wanted to `onRow`, in their order.
 * Throws FormatError where a line is no row, UserError where the reserve does not fit on the disk.
 */
export function openJudgements(options: {
  path: string;
  /** Disk space kept back beside it for rows of calls in flight. */
  reserveBytes: number;
  wants: (key: string) => boolean;
  onRow: (row: JudgementRow) => void;
}): Promise<JudgementJournal> {
  const { path, reserveBytes, wants, onRow } = options;
  return openAnswers({ path, reserveBytes, readRow: rowReader(path), onRow: (row) => wants(row.key) && onRow(row) });
}

/** The rows of a journal; none where the file is not there. */
export function readJudgements(path: string): AsyncGenerator<JudgementRow> {
  return readAnswers(path, rowReader(path));
}

function rowReader(path: string): ReadRow<JudgementRow> {
  return (value, line) => {
    const row = rowSchema.safeParse(value);
    if (row.success) return row.data;
    throw new FormatError({
      path,
      where: `line ${line}`,
      expected: "an answer of a judge",
      got: row.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
      fix: `To judge anew, delete ${path} (its answers would have to be paid for again).`,
    });
  };
}
