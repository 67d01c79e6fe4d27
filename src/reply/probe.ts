/** The bare model, for comparing llama.cpp with our own forward pass: token ids in, ids or log-probabilities out. */
import type { LlamaContextSequence, Token } from "node-llama-cpp";
import { UserError } from "../errors.ts";
import { encodeFittingPrompt } from "../tokens/index.ts";
import { openModel, PROMPT_CHUNK_TOKENS } from "./llama.ts";
import { readFrame } from "./prompt.ts";

/** A model that is only asked for tokens and probabilities. Whoever opens it closes it. */
export interface Probe {
  readonly vocabularySize: number;
  /** The prompt of a mail in at most `maxTokens` ids, as replies have it: by the file's own template, system prompt and date. */
  encodePrompt(email: string, maxTokens: number): number[];
  /** Ids of a rendered prompt, its control tokens read as such, behind the begin token where the file says that one is added. */
  encodeRendered(prompt: string): number[];
  /** Whether a token ends a reply. */
  endsReply(id: number): boolean;
  /** Probabilities of the whole vocabulary for each token of `ids` from `start` on, which is 1 or more.  [N][V] */
  probabilitiesAlong(ids: readonly number[], start: number): Promise<Float32Array[]>;
  /** Ids of plain text, as llama.cpp makes them. */
  encode(text: string): number[];
  /** The `count` likeliest tokens after `ids`, one after the other over the key-value cache; end tokens do not stop it, unless `untilEnd` says so. */
  greedyTokens(ids: readonly number[], count: number, untilEnd?: boolean): Promise<number[]>;
  /** ln p of each token of the vocabulary to follow `ids`.  [V] */
  nextTokenLogProbs(ids: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Loads a GGUF with room for `contextTokens`. The key-value cache is F32 unless `cache` says F16, which is what replies
 * use: at F32 what differs from a forward pass is rounding of sums, at F16 keys and values are rounded to 11 bits too.
 */
export async function openProbe(
  path: string,
  options: { contextTokens?: number; cache?: "F32" | "F16"; threads?: number; adapter?: string } = {},
): Promise<Probe> {
  const { cache = "F32", threads, adapter } = options;
  const model = await openModel(path, { threads, adapter });
  const contextTokens = options.contextTokens ?? model.contextLength;
  const context = await model
    .createContext({
      contextSize: contextTokens,
      experimentalKvCacheKeyType: cache,
      experimentalKvCacheValueType: cache,
    })
    .catch(async (error: unknown) => {
      await model.close();
      throw error;
    });
  const sequence = context.getSequence();
  const { vocabularySize, encode } = model.tokenizer;
  const endsReply = (id: number) => model.tokenizer.endsReply(id);

  function check(ids: readonly number[], more: number): void {
    if (ids.length === 0) throw new UserError("No tokens were given; begin with the begin token.");
    const bad = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabularySize));
    if (bad !== undefined)
      throw new UserError(`Token ${bad} is not in the vocabulary of ${vocabularySize} of ${path}.`);
    if (ids.length + more > contextTokens) {
      throw new UserError(
        `${ids.length} tokens and ${more} more do not fit the context of ${contextTokens} of ${path}.`,
      );
    }
  }

  return {
    vocabularySize,
    encode,
    endsReply,
    encodePrompt(email, maxTokens) {
      const frame = readFrame(model, { mostContextTokens: contextTokens });
      return encodeFittingPrompt({ ...frame, tokenizer: model.tokenizer, email, maxTokens }).ids;
    },
    encodeRendered(prompt) {
      const { bos, shouldPrependBosToken } = model.model.tokens;
      const ids: number[] = model.model.tokenize(prompt, true);
      return shouldPrependBosToken && bos !== null ? [bos, ...ids] : ids;
    },
    async probabilitiesAlong(ids, start) {
      check(ids, 0);
      await sequence.clearHistory();
      const generateNext = { probabilities: true, options: { temperature: 0 } };
      const asked = (ids as Token[])
        .slice(0, -1)
        .map((token, i) => (i >= start - 1 ? ([token, { generateNext }] as const) : token));
      const outputs = await sequence.controlledEvaluate(asked as Parameters<typeof sequence.controlledEvaluate>[0]);
      return Array.from({ length: ids.length - start }, (_, i) => {
        const probabilities = new Float32Array(vocabularySize);
        for (const [token, p] of outputs[start - 1 + i]?.next.probabilities ?? []) probabilities[token] = p;
        return probabilities;
      });
    },
    async greedyTokens(ids, count, untilEnd = false) {
      check(ids, count);
      const found: number[] = [];
      if (count === 0) return found;
      for await (const id of decodeGreedily(sequence, ids as Token[])) {
        found.push(id);
        if (found.length === count || (untilEnd && endsReply(id))) break;
      }
      return found;
    },
    async nextTokenLogProbs(ids) {
      check(ids, 1);
      await sequence.clearHistory();
      const tokens = ids as Token[];
      const generateNext = { probabilities: true, options: { temperature: 0 } };
      const input = [...tokens.slice(0, -1), [tokens[tokens.length - 1], { generateNext }] as const];
      const outputs = await sequence.controlledEvaluate(input as Parameters<typeof sequence.controlledEvaluate>[0]);
      const logProbs = new Float32Array(vocabularySize).fill(Number.NEGATIVE_INFINITY);
      for (const [token, p] of outputs.at(-1)?.next.probabilities ?? []) logProbs[token] = Math.log(p);
      return logProbs;
    },
    close: () => model.close(),
  };
}

/** `openProbe(path).greedyTokens`, for a single question. */
export function greedyTokens(path: string, ids: readonly number[], count: number): Promise<number[]> {
  return withProbe(path, ids.length + count, (probe) => probe.greedyTokens(ids, count));
}

/** `openProbe(path).nextTokenLogProbs`, for a single question. */
export function nextTokenLogProbs(path: string, ids: readonly number[]): Promise<Float32Array> {
  return withProbe(path, ids.length + 1, (probe) => probe.nextTokenLogProbs(ids));
}

async function withProbe<T>(path: string, contextTokens: number, ask: (probe: Probe) => Promise<T>): Promise<T> {
  const probe = await openProbe(path, { contextTokens });
  try {
    return await ask(probe);
  } finally {
    await probe.close();
  }
}

/** Decodes from an empty cache the likeliest token after the other, until the caller leaves. The context must hold prompt and new tokens. */
async function* decodeGreedily(sequence: LlamaContextSequence, prompt: Token[]): AsyncGenerator<number, void> {
  await sequence.clearHistory();
  let from = 0;
  for (; prompt.length - from > PROMPT_CHUNK_TOKENS; from += PROMPT_CHUNK_TOKENS) {
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(from, from + PROMPT_CHUNK_TOKENS));
  }
  const tokens = sequence.evaluate(prompt.slice(from), { temperature: 0, yieldEogToken: true });
  try {
    while (true) {
      const next = await tokens.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await tokens.return();
  }
}
