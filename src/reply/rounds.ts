/**
 * Rounds: all replies in progress go one token on together, in one pass of the model.
 *
 * node-llama-cpp can batch sequences too, but pays some quarter of a millisecond a token for promises, locks and settings,
 * which is more than a small model takes to compute one. So the passes are made here, on the context of its binding: add
 * each sequence's token, decode, sample one sequence after the other.
 */
import type { LlamaContext, LlamaContextSequence, LlamaModel } from "node-llama-cpp";
import { readBinding, readSamplers, readSequenceId, type Sampler } from "./binding.ts";
import { PROMPT_CHUNK_TOKENS } from "./llama.ts";
import { createLoopBan } from "./loop-ban.ts";
import type { SamplingOptions } from "./sampling.ts";
import type { GgufTokenizer } from "./tokenizer.ts";

/** Decodes a prompt on one of the sequences: yields each new token until the caller leaves, or the signal aborts. */
export type RoundDecoder = (options: {
  readonly prompt: readonly number[];
  readonly sampling: SamplingOptions;
  readonly signal?: AbortSignal;
  /**
   * For several answers to one prompt: it is evaluated but for its last token, which is then taken like any other, and the next answer to the
   * same prompt on this sequence goes on from there. Answers are the same whether they had a prompt before them or not.
   */
  readonly keepPrompt?: boolean;
}) => AsyncGenerator<number, void>;

/** Tokens that a sequence wants evaluated, and what waits for the one that follows; null: none is wanted. */
interface Request {
  readonly sequence: number;
  readonly position: number;
  readonly tokens: Uint32Array;
  readonly sampler: Sampler | null;
  readonly resolve: (next: number) => void;
  readonly reject: (error: unknown) => void;
}

const NO_TOKEN = -1;

/** A decoder for each sequence of `context`, which from now on is used through them alone. */
export function openRounds(options: {
  context: LlamaContext;
  model: LlamaModel;
  tokenizer: GgufTokenizer;
  sequences: readonly LlamaContextSequence[];
}): RoundDecoder[] {
  const { context, model, sequences } = options;
  const loopBan = createLoopBan(options.tokenizer);
  const binding = readBinding(context);
  const createSampler = readSamplers(model);
  let members = 0;
  let waiting: Request[] = [];
  const kept = new Map<number, readonly number[]>();

  /** Makes the pass once every member has said what it needs. */
  function check(): void {
    if (waiting.length === 0 || waiting.length < members) return;
    const requests = waiting;
    waiting = [];
    pass(requests).catch((error: unknown) => {
      for (const { reject } of requests) reject(error);
    });
  }

  /** Prompts go alone, so that they are computed as they would be alone; then one token of each of the others. */
  async function pass(requests: readonly Request[]): Promise<void> {
    const results: { request: Request; next: number }[] = [];
    for (const request of requests.filter(({ tokens }) => tokens.length > 1)) {
      const [next] = await evaluate([request]);
      results.push({ request, next });
    }
    const steps = requests.filter(({ tokens }) => tokens.length === 1);
    const next = steps.length > 0 ? await evaluate(steps) : [];
    steps.forEach((request, i) => {
      results.push({ request, next: next[i] });
    });
    for (const { request, next } of results) request.resolve(next);
  }

  async function evaluate(requests: readonly Request[]): Promise<number[]> {
    binding.initBatch(requests.reduce((sum, { tokens }) => sum + tokens.length, 0));
    const rows = requests.map(({ sequence, position, tokens, sampler }) =>
      binding.addToBatch(sequence, position, tokens, Uint32Array.from(sampler === null ? [] : [tokens.length - 1])),
    );
    await binding.decodeBatch();
    const next: number[] = [];
    // One after the other: the first to ask for logits reorders the rows of all, while the others may be reading them.
    for (const [i, { sampler }] of requests.entries())
      next.push(sampler === null ? NO_TOKEN : await binding.sampleToken(rows[i][0], sampler));
    return next;
  }

  const ask = (request: Omit<Request, "resolve" | "reject">) =>
    new Promise<number>((resolve, reject) => {
      waiting.push({ ...request, resolve, reject });
      check();
    });

  /** Forgets what the sequence holds but for a kept prompt that is `prompt`; returns how many of its tokens are there. */
  function takeUp(sequence: number, prompt: readonly number[] | null): number {
    const before = kept.get(sequence);
    kept.delete(sequence);
    const isSame = before?.length === prompt?.length && before?.every((id, i) => id === prompt![i]);
    if (isSame && binding.removeTokenCellsFromSequence(sequence, prompt!.length - 1, -1)) return prompt!.length - 1;
    binding.disposeSequence(sequence);
    return 0;
  }

  async function* decode(
    sequence: number,
    { prompt, sampling, signal, keepPrompt = false }: Parameters<RoundDecoder>[0],
  ): AsyncGenerator<number, void> {
    const sampler = createSampler(sampling);
    const written: number[] = [];
    members++;
    try {
      let position = takeUp(sequence, keepPrompt ? prompt : null);
      const last = prompt.length - 1;
      const end = keepPrompt ? last : last - (last % PROMPT_CHUNK_TOKENS); // what follows is sampled from
      while (position < end) {
        if (signal?.aborted) return;
        const tokens = Uint32Array.from(prompt.slice(position, Math.min(position + PROMPT_CHUNK_TOKENS, end)));
        await ask({ sequence, position, tokens, sampler: null });
        position += tokens.length;
      }
      if (keepPrompt) kept.set(sequence, prompt);
      let tokens = Uint32Array.from(prompt.slice(position));
      while (!signal?.aborted) {
        const next = await ask({ sequence, position, tokens, sampler });
        position += tokens.length;
        tokens = Uint32Array.of(next);
        yield next;
        written.push(next);
        if (sampling.loopBan !== false) sampler.forbid(loopBan(written));
      }
    } finally {
      sampler.dispose();
      members--;
      check();
    }
  }

  return sequences.map((sequence) => {
    const id = readSequenceId(sequence);
    return (options) => decode(id, options);
  });
}
