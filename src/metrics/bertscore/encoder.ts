/** An encoder ready to run: found, checked, its first layers loaded, texts to vectors by length. */

import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import { UserError } from "../../errors.ts";
import { type HostTensor, type Session, withSession } from "../../runtime/index.ts";
import { type DownloadProgress, fetchModel } from "../../sources/hub/index.ts";
import { type EncoderTokenizer, loadEncoderTokenizer } from "../../tokens/index.ts";
import { type EncoderConfig, type EncoderFamily, readEncoderConfig } from "./encoder/config.ts";
import { buildEncoderStage } from "./encoder/graph.ts";
import { buildMatchingGraph, encoderFeeds, planEncoderStages, stageTensors } from "./encoder/run.ts";
import { openEncoderWeights } from "./encoder/weights.ts";
import { knownEncoderName, RECOMMENDED_LAYERS } from "./layers.ts";

/** Which encoder, and how it runs. */
export interface EncoderOptions {
  /** A folder in Hugging Face layout, or a name on the hub (`roberta-large`, `microsoft/deberta-base@main`). */
  readonly encoder: string;
  /** How many layers run; default: the recommended layer of a known encoder. */
  readonly layer?: number;
  /** RoBERTa without a space before the first word, as bert_score with use_fast_tokenizer. */
  readonly fastTokenizer?: boolean;
  /** The longest sequence in tokens; default: what the tokenizer or the model names. */
  readonly maxTokens?: number;
  readonly threads?: number;
  /** Hears of a download. */
  readonly onDownload?: DownloadProgress;
  readonly signal?: AbortSignal;
}

/** An open encoder. */
export interface Encoder {
  readonly name: string;
  readonly layer: number;
  readonly maxTokens: number;
  readonly tokenizer: EncoderTokenizer;
  /** Numbers in a vector, D. */
  readonly width: number;
  /** SHA-256 over the weights that run and the tokenizer, in hex. */
  readonly fingerprint: string;
  /** The vectors of equally long texts, each of length 1.  → [T, D] for each text */
  embed(texts: readonly (readonly number[])[]): Promise<Float32Array[]>;
  /** How many texts of `tokens` tokens go into one call of `embed`. */
  textsPerRun(tokens: number): number;
  /** The best match of every token: of the candidate in the reference, and the other way. */
  match(candidate: Float32Array, reference: Float32Array): Promise<{ precision: Float32Array; recall: Float32Array }>;
}

/** Weights of one ONNX model; the format ends at 2 GB, and a smaller piece needs less memory while it is made. */
const STAGE_BYTES = 500_000_000;
/** Tokens of one run: enough for full speed, few enough that the widest layer stays in the cache of a processor. */
const RUN_TOKENS = 1024;
/** The attention scores of one run. */
const SCORES_BYTES = 64_000_000;

/** Families whose slow tokenizer takes `add_prefix_space` in bert_score. */
const PREFIXED: readonly EncoderFamily[] = ["roberta"];

/** Opens the encoder, hands it to `use` and closes it. Throws UserError for an encoder that is not there, not supported, or has no such layer. */
export async function withEncoder<T>(options: EncoderOptions, use: (encoder: Encoder) => Promise<T>): Promise<T> {
  const folder = await findEncoder(options);
  const config = await readEncoderConfig(folder);
  const name = nameOf(options.encoder, folder, config);
  const layer = chooseLayer(name, config, options.layer);
  const prefixSpace = PREFIXED.includes(config.family) && !options.fastTokenizer;
  const tokenizer = await loadEncoderTokenizer(folder, { prefixSpace });
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new UserError(
      `${folder}: the tokenizer has ${tokenizer.vocabularySize} tokens, the encoder vectors for ${config.vocabularySize}. Their files do not belong together.`,
    );
  }
  const maxTokens = chooseLimit(config, tokenizer, options.maxTokens);
  const weights = await openEncoderWeights(folder, config, layer);
  const sessions: Session[] = [];
  const stages = planEncoderStages(config, layer, STAGE_BYTES);

  /** Opens the stages from `index` on, one inside the other, so that each is closed whatever happens. */
  const openFrom = async (index: number): Promise<T> => {
    if (index < stages.length) {
      const stage = stages[index];
      const onnx = buildEncoderStage({ config, weights: await weights.read(stageTensors(config, stage)), stage });
      return withSession(onnx, { threads: options.threads }, (session) => {
        sessions.push(session);
        return openFrom(index + 1);
      });
    }
    const fingerprint = createHash("sha256").update(weights.fingerprint()).update(tokenizer.fingerprint).digest("hex");
    return withSession(buildMatchingGraph(config.hiddenSize), { threads: options.threads }, (matching) =>
      use({
        name,
        layer,
        maxTokens,
        tokenizer,
        width: config.hiddenSize,
        fingerprint,
        embed: (texts) => runStages(sessions, config, texts),
        textsPerRun: (tokens) =>
          Math.max(1, Math.floor(Math.min(RUN_TOKENS / tokens, SCORES_BYTES / (4 * config.heads * tokens * tokens)))),
        match: (candidate, reference) => runMatching(matching, config.hiddenSize, candidate, reference),
      }),
    );
  };
  try {
    return await openFrom(0);
  } finally {
    await weights.close();
  }
}

async function runStages(
  sessions: readonly Session[],
  config: EncoderConfig,
  texts: readonly (readonly number[])[],
): Promise<Float32Array[]> {
  const feeds: Record<string, HostTensor> = { ...encoderFeeds(config, texts) };
  for (const session of sessions) {
    const { states, unit } = await session.run(feeds);
    feeds.hidden = states ?? unit;
    await yieldToEvents();
  }
  const all = feeds.hidden.data as Float32Array;
  const size = all.length / texts.length;
  return texts.map((_, i) => all.slice(i * size, (i + 1) * size));
}

async function runMatching(session: Session, width: number, candidate: Float32Array, reference: Float32Array) {
  const { precision, recall } = await session.run({
    candidate: { data: candidate, shape: [candidate.length / width, width] },
    reference: { data: reference, shape: [reference.length / width, width] },
  });
  return { precision: precision.data as Float32Array, recall: recall.data as Float32Array };
}

/** The folder of the encoder: as given, or from the hub. */
async function findEncoder({ encoder, onDownload, signal }: EncoderOptions): Promise<string> {
  const found = statSync(encoder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return encoder;
  if (found !== undefined)
    throw new UserError(
      `${encoder} is a file; an encoder is a folder with config.json, the tokenizer and model.safetensors.`,
    );
  return (await fetchModel({ name: encoder, onProgress: onDownload, signal })).folder;
}

/** The name in the signature: the one the tables know, else the folder's or the one that was given. */
function nameOf(given: string, folder: string, config: EncoderConfig): string {
  const path = resolve(folder);
  const ends = [
    given.split("@")[0],
    basename(path),
    join(basename(dirname(path)), basename(path)),
    config.sourceName ?? "",
  ];
  const known = ends.map(knownEncoderName).find((name) => name !== null);
  return known ?? (folder === given ? basename(path) : given);
}

function chooseLayer(name: string, config: EncoderConfig, asked: number | undefined): number {
  const layer = asked ?? RECOMMENDED_LAYERS[name];
  if (layer === undefined)
    throw new UserError(
      `No layer is recommended for ${name}. Choose one of 1 to ${config.layers}; about three quarters of the way up is usual.`,
    );
  if (Number.isInteger(layer) && layer >= 0 && layer <= config.layers) return layer;
  throw new UserError(`${name} has no layer ${layer}: it must be 0 (the embeddings) to ${config.layers}.`);
}

function chooseLimit(config: EncoderConfig, tokenizer: EncoderTokenizer, asked: number | undefined): number {
  const table = config.positionRows > 0 ? config.maxTokens : Number.POSITIVE_INFINITY;
  const limit = asked ?? Math.min(table, tokenizer.maxTokens ?? config.maxTokens);
  if (limit > table)
    throw new UserError(`The encoder has positions for ${config.maxTokens} tokens; maxTokens ${limit} is more.`);
  if (!Number.isInteger(limit) || limit < 3)
    throw new UserError(`maxTokens must be a whole number from 3 on, not ${limit}.`);
  return limit;
}
