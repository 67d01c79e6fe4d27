/** The answers of one model to the bench, one row a case, appended as they come: made once, scored as often as one likes. */
import { existsSync } from "node:fs";
import { FormatError, UserError } from "../../errors.ts";
import { arrangeJsonlFile, openJsonlAppender, openReservedAppender, readJsonl } from "../../formats/index.ts";
import type { BenchCase } from "./mails.ts";
import type { BenchAnswer } from "./summary.ts";

/** A row of the answers file: an answer, who gave it, and the digest of the mail it was given to. */
export interface AnswerRow extends BenchAnswer {
  readonly model: string;
  readonly email: string;
}

/**
 * The answers to `cases`, in their order: those that `path` holds for the same mail, and the rest from `generate`, appended as they come;
 * in the end the file is in order too. Throws UserError where it holds another model's answers. A row whose mail has changed is made again.
 */
export async function collectAnswers(options: {
  path: string;
  model: string;
  cases: readonly BenchCase[];
  /** Once `full` aborts the disk is full: no further case may be begun, and there is room for the answers under way. */
  generate: (cases: readonly BenchCase[], full: AbortSignal) => AsyncIterable<BenchAnswer>;
  /** Disk space kept back for answers that are paid for. */
  reserveBytes?: number;
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}): Promise<Map<string, BenchAnswer>> {
  const { path, model, cases, generate, reserveBytes = 0, onProgress, signal } = options;
  const kept = await readAnswers(path, model);
  const digests = new Map(cases.map(({ id, digest }) => [id, digest]));
  const answers = new Map([...kept].filter(([id, row]) => digests.get(id) === row.email));
  const missing = cases.filter(({ id }) => !answers.has(id));
  onProgress?.(answers.size);
  if (missing.length > 0) {
    const file = await openReservedAppender(path, reserveBytes);
    try {
      for await (const answer of generate(missing, file.full)) {
        const row: AnswerRow = { ...answer, model, email: digests.get(answer.id)! };
        await file.append(row);
        kept.delete(row.id);
        kept.set(row.id, row);
        answers.set(row.id, row);
        onProgress?.(answers.size);
      }
    } finally {
      await file.close();
    }
    signal?.throwIfAborted();
    const lost = missing.find(({ id }) => !answers.has(id));
    if (lost !== undefined)
      throw new UserError(`No reply to ${lost.id} came back. Run the same command again; it goes on.`);
  }
  const ids = cases.map(({ id }) => id);
  await arrangeJsonlFile(path, kept, ids);
  return new Map(ids.map((id) => [id, answers.get(id)!]));
}

/** The rows of `path` by id, the last of each; none where there is no file. Mends a torn last line. */
async function readAnswers(path: string, model: string): Promise<Map<string, AnswerRow>> {
  const rows = new Map<string, AnswerRow>();
  if (!existsSync(path)) return rows;
  await (await openJsonlAppender(path)).close();
  for await (const { line, value } of readJsonl(path)) {
    const row = value as AnswerRow; // checked on the next line
    if (typeof row?.id !== "string" || typeof row.reply !== "string" || typeof row.email !== "string") {
      throw new FormatError({
        path,
        where: `line ${line}`,
        expected: "an answer of the reply bench",
        got: "another row",
      });
    }
    if (row.model !== model) {
      throw new UserError(
        `${path} holds answers of another model (${row.model}), and this is ${model}. Give another folder with --out, or remove the file.`,
      );
    }
    rows.set(row.id, row);
  }
  return rows;
}
