/** The answers of one model to the bench, one row a case, appended as they come: made once, scored as often as one likes. */
import { FormatError, UserError } from "../../errors.ts";
import { collectAnswers, digestQuestion } from "../../formats/index.ts";
import type { BenchCase } from "./mails.ts";
import type { BenchAnswer } from "./summary.ts";

/** A row of an answers file: an answer, who gave it, and the digest of what it answers. */
type AnswerRow<Answer> = Answer & {
  readonly model: string;
  readonly question?: string;
  /** In rows of earlier versions: the digest of the mail. */
  readonly email?: string;
};

/**
 * The answers to `cases`, in their order: those that `path` holds of the same model to the same mail, and the rest from `generate`,
 * appended as they come. `model` names all that shapes an answer beside the mail.
 */
export async function collectBenchAnswers<Answer extends { readonly id: string } = BenchAnswer>(options: {
  path: string;
  model: string;
  cases: readonly BenchCase[];
  /** A field that every answer has, and what it holds: a row without it is none. Default: `reply`, a text. */
  sign?: readonly [keyof Answer, "string" | "object"];
  /** Once `full` aborts the disk is full: no further case may be begun, and there is room for the answers under way. */
  generate: (cases: readonly BenchCase[], full: AbortSignal) => AsyncIterable<Answer>;
  /** Disk space kept back for answers that are paid for. */
  reserveBytes?: number;
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}): Promise<Map<string, Answer>> {
  const { path, model, cases, generate, reserveBytes, onProgress, signal } = options;
  const sign = options.sign ?? (["reply", "string"] as const);
  const byId = new Map(cases.map((one) => [one.id, one]));
  async function* make(missing: readonly { id: string }[], full: AbortSignal): AsyncGenerator<AnswerRow<Answer>> {
    const asked = missing.map(({ id }) => byId.get(id)!);
    for await (const answer of generate(asked, full)) yield { ...answer, model };
  }
  const answers = await collectAnswers({
    path,
    questions: cases.map(({ id, digest }) => ({ id, digest: digestQuestion(model, digest) })),
    readRow: (value, line) => readRow<Answer>(value, { line, path, sign }),
    isAnswerTo: (row) => row.model === model && row.email === byId.get(row.id)!.digest,
    belongs: (row) => row.model === model,
    make,
    reserveBytes,
    onProgress,
  });
  signal?.throwIfAborted();
  const lost = cases.find(({ id }) => !answers.has(id));
  if (lost !== undefined)
    throw new UserError(`No reply to ${lost.id} came back. Run the same command again; it goes on.`);
  return answers;
}

function readRow<Answer>(
  value: unknown,
  { line, path, sign: [field, type] }: { line: number; path: string; sign: readonly [PropertyKey, string] },
): AnswerRow<Answer> {
  const row = value as { [key: PropertyKey]: unknown } | null; // checked on the next line
  if (typeof row?.id === "string" && typeof row[field] === type && typeof row.model === "string")
    return row as AnswerRow<Answer>;
  throw new FormatError({
    path,
    where: `line ${line}`,
    expected: "an answer of the reply bench",
    got: "another row",
  });
}
