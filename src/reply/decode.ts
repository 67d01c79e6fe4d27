/** The loop that makes tokens: the prompt in chunks, then one token after the other over the key-value cache. */
import type { LlamaContextSequence, Token } from "node-llama-cpp";
import { PROMPT_CHUNK_TOKENS } from "./llama.ts";

/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0: always the likeliest token. */
  readonly temperature: number;
  /** The likeliest tokens that together reach this probability stay in the draw; 1 keeps all. Unused at temperature 0. */
  readonly topP?: number;
  /** Unused at temperature 0. */
  readonly seed?: number;
}

/** ours: llama.cpp's own defaults for a draw; a small model's long tail is noise. */
export const DEFAULT_TOP_P = 0.95;
export const TOP_K = 40;

/** Decodes from an empty cache: yields each new token until the caller leaves, or the signal aborts. The context must hold prompt and new tokens. */
export async function* decode(options: {
  sequence: LlamaContextSequence;
  prompt: readonly number[];
  sampling: SamplingOptions;
  signal?: AbortSignal;
}): AsyncGenerator<number, void> {
  const { sequence, sampling, signal } = options;
  const { temperature, topP = DEFAULT_TOP_P, seed } = sampling;
  const prompt = options.prompt as Token[];
  await sequence.clearHistory();
  let from = 0;
  for (; prompt.length - from > PROMPT_CHUNK_TOKENS; from += PROMPT_CHUNK_TOKENS) {
    if (signal?.aborted) return;
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(from, from + PROMPT_CHUNK_TOKENS));
  }
  const tokens = sequence.evaluate(prompt.slice(from), { temperature, topP, topK: TOP_K, seed, yieldEogToken: true });
  try {
    while (true) {
      if (signal?.aborted) return;
      const next = await tokens.next();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await tokens.return();
  }
}
