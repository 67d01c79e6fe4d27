/** A17 over a list of references: what a GGUF finds likely along each, read once and kept; and the figures that come of it. */
import { createHash } from "node:crypto";
import { bitsPerByte, exactMatch, top1Words } from "../checks/index.ts";
import { FormatError } from "../errors.ts";
import { collectAnswers, digestQuestion } from "../formats/index.ts";
import { type MailWithReference, type ReadReference, readReferences } from "../reply/index.ts";

/** A row of the file: what one model makes of one reference. */
export interface LikelihoodRow {
  readonly id: string;
  readonly model: string;
  /** The digest of the model and the texts that it was made of. */
  readonly question?: string;
  /** In rows of earlier versions: SHA-256 of the mail and the reference. */
  readonly texts?: string;
  /** Why the reference was not read: it does not fit the context; null where it was. */
  readonly unread: string | null;
  /** Whether the mail lost its tail to fit the context. */
  readonly shortened: boolean;
  /** Tokens of the reference and the one that ends it, and the bytes of its text. */
  readonly tokens: number;
  readonly bytes: number;
  /** Σ −ln p. */
  readonly nats: number;
  /** Tokens whose probability is too small for a float32: each counts as the smallest that it holds. */
  readonly belowFloat: number;
  /** Tokens that are the likeliest in their place. */
  readonly top1: number;
  /** See `top1Words`. */
  readonly words: readonly (number | null)[];
  /** The likeliest tokens along the reference, put together: the teacher-forced text, which the model never wrote. */
  readonly likeliest: string;
}

/** How likely the references are to a model: the content of evaluation.json and bench.json. */
export interface LikelihoodFigures {
  readonly references: number;
  /** References that do not fit the context, left out. */
  readonly unread: number;
  /** Mails that lost their tail to fit. */
  readonly shortened: number;
  readonly tokens: number;
  readonly bytes: number;
  /** Nats a token, the end of each reply counted: what training calls the loss. Comparable within one vocabulary. */
  readonly loss: number;
  readonly bitsPerByte: number;
  readonly belowFloat: number;
  /** The share of tokens that are the likeliest in their place. */
  readonly top1: number;
  /** ExactMatch at N = 1, 2, … 15 words, and their weighted mean; null where no reference is as long. */
  readonly exactMatch: { readonly byLength: readonly (number | null)[]; readonly mean: number | null };
}

/** The figures of a run. */
export interface RunLikelihood {
  /** Null where an endpoint answered, or no reference fits the context. */
  readonly student: LikelihoodFigures | null;
  readonly base: LikelihoodFigures | null;
  /** Why there are none of the model. */
  readonly missing: string | null;
}

/** −ln of the smallest number above 0 that a float32 holds. */
const MOST_NATS = 149 * Math.LN2;

/**
 * The rows of `references`, in their order: those that `path` holds of the same model and texts, and the rest read with `gguf` and appended
 * as they come. Throws what the signal is aborted with.
 */
export async function collectLikelihoods(options: {
  path: string;
  /** What the rows are of; whatever changes a row must be in it. */
  model: string;
  gguf: string;
  /** Laid over `gguf`. */
  adapter?: string;
  references: readonly MailWithReference[];
  mostContextTokens: number;
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}): Promise<LikelihoodRow[]> {
  const { path, model, gguf, adapter, references, mostContextTokens, onProgress, signal } = options;
  const byId = new Map(references.map((one) => [one.id, one]));
  async function* make(missing: readonly { id: string }[]): AsyncGenerator<LikelihoodRow> {
    const asked = missing.map(({ id }) => byId.get(id)!);
    for await (const read of readReferences({ gguf, adapter, references: asked, mostContextTokens, signal }))
      yield { model, ...sumAlong(read) };
  }
  const rows = await collectAnswers({
    path,
    questions: references.map((one) => ({ id: one.id, digest: digestQuestion(model, one.email, one.reference) })),
    readRow: (value, line) => readRow(value, line, path),
    isAnswerTo: (row) => row.model === model && row.texts === digestTexts(byId.get(row.id)!) && "top1" in row,
    belongs: (row) => row.model === model,
    make,
    onProgress,
  });
  return references.map(({ id }) => rows.get(id)!);
}

function digestTexts({ email, reference }: MailWithReference): string {
  return createHash("sha256")
    .update(JSON.stringify([email, reference]))
    .digest("hex");
}

function readRow(value: unknown, line: number, path: string): LikelihoodRow {
  const row = value as LikelihoodRow; // checked on the next line
  if (typeof row?.id === "string" && typeof row.model === "string" && typeof row.nats === "number") return row;
  const fix = `Delete ${path}: it is then made again.`;
  throw new FormatError({
    path,
    where: `line ${line}`,
    expected: "what a model finds likely along a reference",
    got: "another row",
    fix,
  });
}

/** What a model makes of one reference, its tokens added up. */
export function sumAlong({ id, tokens, shortened, unread }: ReadReference): Omit<LikelihoodRow, "model"> {
  const known = tokens.filter(({ logProb }) => logProb !== Number.NEGATIVE_INFINITY);
  const belowFloat = tokens.length - known.length;
  return {
    id,
    unread,
    shortened,
    tokens: tokens.length,
    bytes: tokens.reduce((sum, { bytes }) => sum + bytes.length, 0),
    nats: known.reduce((sum, { logProb }) => sum - logProb, 0) + belowFloat * MOST_NATS,
    belowFloat,
    top1: tokens.filter(({ isTop1 }) => isTop1).length,
    words: top1Words(tokens),
    likeliest: Buffer.concat(tokens.map(({ likeliest }) => likeliest ?? new Uint8Array()))
      .toString("utf8")
      .trim(),
  };
}

/** The figures over all rows; null where none could be read. Every token counts alike, as in training. */
export function summarizeLikelihoods(rows: readonly LikelihoodRow[]): LikelihoodFigures | null {
  const read = rows.filter(({ unread }) => unread === null);
  if (read.length === 0) return null;
  const sum = (of: (row: LikelihoodRow) => number) => read.reduce((total, row) => total + of(row), 0);
  const tokens = sum((row) => row.tokens);
  const bytes = sum((row) => row.bytes);
  const nats = sum((row) => row.nats);
  return {
    references: read.length,
    unread: rows.length - read.length,
    shortened: read.filter(({ shortened }) => shortened).length,
    tokens,
    bytes,
    loss: nats / tokens,
    bitsPerByte: bitsPerByte(nats, bytes),
    belowFloat: sum((row) => row.belowFloat),
    top1: sum((row) => row.top1) / tokens,
    exactMatch: exactMatch(read.map(({ words }) => words)),
  };
}
