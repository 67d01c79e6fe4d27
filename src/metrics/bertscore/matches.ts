/**
 * Matches of pairs on disk, so that a run that was cut goes on where it was, and the same pairs under other weights (idf), batches or baselines
 * need no encoder run. A file an encoder, layer and limit of tokens, append-only; it holds digests and numbers, no text:
 *
 *     {"pair": SHA-256 of both texts, "precision": base64 of float32 [M], "recall": base64 of float32 [N]}
 *
 * Every write begins on a new line, so that a line that was torn by a kill, or by another process, is one row lost and made again.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { explainWriteError } from "../../errors.ts";
import { cacheFolder } from "../../sources/hub/index.ts";
import type { EncodedText } from "./embeddings.ts";
import type { Encoder } from "./encoder.ts";

/** The best match of every token of a candidate in a reference, and the other way. */
export interface Match {
  readonly precision: Float32Array; //   [M]
  readonly recall: Float32Array; //      [N]
}

/** Two texts that were, or will be, matched. */
export interface MatchedTexts {
  readonly candidate: EncodedText;
  readonly reference: EncodedText;
}

/** Matches that outlive the process. */
export interface MatchStore {
  /** The match of a pair where it is known. */
  get(pair: MatchedTexts): Match | undefined;
  add(pair: MatchedTexts, match: Match): void;
  /** Resolves when all that was added is in the file. */
  save(): Promise<void>;
}

/** Where matches are kept unless a caller names another folder: beside downloaded encoders. */
export function matchesFolder(): string {
  return join(cacheFolder(), "bertscore");
}

/** ours: half a million pairs of short mails; a file that is larger is begun anew. */
const MOST_BYTES = 512_000_000;

/** The store in `folder` for `encoder`, with what it knows of `pairs`. Rows that cannot be read count as not there. */
export async function openMatches(
  folder: string,
  encoder: Pick<Encoder, "fingerprint" | "layer" | "maxTokens">,
  pairs: readonly MatchedTexts[],
): Promise<MatchStore> {
  const { fingerprint, layer, maxTokens } = encoder;
  const path = join(folder, `${fingerprint.slice(0, 16)}-L${layer}-${maxTokens}.jsonl`);
  const wanted = new Map(pairs.map((pair) => [pairKey(pair), pair]));
  const known = new Map<string, Match>();
  const size = (await stat(path).catch(() => null))?.size ?? 0;
  if (size > MOST_BYTES) await rm(path);
  else if (size > 0) {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const row = parseRow(line);
      const pair = row && wanted.get(row.pair);
      if (pair && row.precision.length === pair.candidate.ids.length && row.recall.length === pair.reference.ids.length)
        known.set(row.pair, row);
    }
  }
  let unsaved: string[] = [];
  return {
    get: (pair) => known.get(pairKey(pair)),
    add(pair, { precision, recall }) {
      unsaved.push(
        JSON.stringify({ pair: pairKey(pair), precision: encodeFloats(precision), recall: encodeFloats(recall) }),
      );
    },
    async save() {
      if (unsaved.length === 0) return;
      try {
        await mkdir(folder, { recursive: true });
        await appendFile(path, `\n${unsaved.join("\n")}\n`);
      } catch (error) {
        throw explainWriteError(error, path);
      }
      unsaved = [];
    },
  };
}

function pairKey({ candidate, reference }: MatchedTexts): string {
  return createHash("sha256").update(`${candidate.key} ${reference.key}`).digest("base64");
}

function parseRow(line: string): (Match & { pair: string }) | null {
  try {
    const { pair, precision, recall } = JSON.parse(line) as Record<string, unknown>;
    if (typeof pair !== "string" || typeof precision !== "string" || typeof recall !== "string") return null;
    return { pair, precision: decodeFloats(precision), recall: decodeFloats(recall) };
  } catch {
    return null; // an empty or a torn line
  }
}

function encodeFloats({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function decodeFloats(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4));
}
