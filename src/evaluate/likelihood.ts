/** A17 over a list of references: what a GGUF finds likely along each, read once and kept; and the figures that come of it. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { bitsPerByte, exactMatch, top1Words } from "../checks/index.ts";
import { FormatError } from "../errors.ts";
import { openJsonlAppender, readJsonl } from "../formats/index.ts";
import { type MailWithReference, type ReadReference, readReferences } from "../reply/index.ts";

/** A row of the file: what one model makes of one reference. */
export interface LikelihoodRow {
  readonly id: string;
  readonly model: string;
  /** SHA-256 of the mail and the reference: a row counts only for the texts it was made of. */
  readonly texts: string;
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
 * as they come. A file of another model is removed: what it says is nothing of this one. Throws what the signal is aborted with.
 */
export async function collectLikelihoods(options: {
  path: string;
  /** What the rows are of; whatever changes a row must be in it. */
  model: string;
  gguf: string;
  references: readonly MailWithReference[];
  mostContextTokens: number;
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}): Promise<LikelihoodRow[]> {
  const { path, model, gguf, references, mostContextTokens, onProgress, signal } = options;
  const kept = await resume(path, model);
  const texts = new Map(references.map((one) => [one.id, digest(one)]));
  const rows = new Map([...kept].filter(([id, row]) => texts.get(id) === row.texts));
  const missing = references.filter(({ id }) => !rows.has(id));
  onProgress?.(rows.size);
  if (missing.length > 0) {
    const file = await openJsonlAppender(path);
    try {
      for await (const read of readReferences({ gguf, references: missing, mostContextTokens, signal })) {
        const row: LikelihoodRow = { model, texts: texts.get(read.id)!, ...toRow(read) };
        await file.append(row);
        rows.set(row.id, row);
        onProgress?.(rows.size);
      }
    } finally {
      await file.close();
    }
  }
  return references.map(({ id }) => rows.get(id)!);
}

function digest({ email, reference }: MailWithReference): string {
  return createHash("sha256")
    .update(JSON.stringify([email, reference]))
    .digest("hex");
}

function toRow({ id, tokens, shortened, unread }: ReadReference): Omit<LikelihoodRow, "model" | "texts"> {
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

async function resume(path: string, model: string): Promise<Map<string, LikelihoodRow>> {
  const rows = new Map<string, LikelihoodRow>();
  if (!existsSync(path)) return rows;
  await (await openJsonlAppender(path)).close(); // mends a torn last line
  for await (const { line, value } of readJsonl(path)) {
    const row = value as LikelihoodRow; // checked on the next line
    if (typeof row?.id !== "string" || typeof row.model !== "string" || typeof row.nats !== "number") {
      const fix = `Delete ${path}: it is then made again.`;
      throw new FormatError({
        path,
        where: `line ${line}`,
        expected: "what a model finds likely along a reference",
        got: "another row",
        fix,
      });
    }
    // A row of another model, or of a version that named its fields otherwise: the file is made again.
    if (row.model !== model || typeof row.top1 !== "number") {
      await rm(path);
      return new Map();
    }
    rows.set(row.id, row);
  }
  return rows;
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
