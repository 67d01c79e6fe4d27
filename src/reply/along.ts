/**
 * A model read along a given text: what it would have said at each place, shown everything before it. One pass gives the logits of all places
 * at once (teacher forcing).
 */
import type { LlamaContext, LlamaContextSequence, LlamaModel } from "node-llama-cpp";
import { invariant, UserError } from "../errors.ts";
import {
  PLACES_A_PASS,
  READERS,
  readBinding,
  readPlaces,
  readSamplers,
  readSequenceId,
  type Sampler,
} from "./binding.ts";
import { PROMPT_CHUNK_TOKENS } from "./llama.ts";

/** One reader's: over all tokens, and over the likeliest. */
interface Samplers {
  readonly all: Sampler;
  readonly near: Sampler;
}

/** A place in the text. */
export interface ReadToken {
  /** The token that stands there. */
  readonly id: number;
  /** Its ln p; -Infinity where p is smaller than a float32 can say, some e^-103. */
  readonly logProb: number;
  /** The likeliest token in its place. */
  readonly likeliest: number;
}

/**
 * Reads `ids` from place `start` on, which is 1 or more: the first token has nothing before it. The context must hold all of them. Throws
 * what the signal is aborted with, between two passes.
 */
export type ReadAlong = (options: {
  ids: readonly number[];
  start: number;
  signal?: AbortSignal;
}) => Promise<ReadToken[]>;

/** ours: tokens behind the likeliest among which the text's own is looked for before all are: a sort of so few takes a fiftieth of the time. */
const NEAR = 256;

const NOT_A_NUMBER =
  "llama.cpp computed NaN for the model's next token. The weights hold a value that is no number, or this CPU's kernel fails on the shape of " +
  "the model (Q8_0 with rows of 32 values, on CPUs with AMX). Export the model anew, or to gguf-f16.";

/**
 * A reader over `sequence`, the only one of `context`, which from now on is used through the reader alone. What stands before `start` is kept
 * for the next text that begins with the same. How a text is cut into passes depends on itself alone, and so does every number.
 */
export function openReadAlong(options: {
  context: LlamaContext;
  model: LlamaModel;
  sequence: LlamaContextSequence;
}): ReadAlong {
  const { context, model } = options;
  const binding = readBinding(context);
  const sequence = readSequenceId(options.sequence);
  const createSampler = readSamplers(model);
  let held: readonly number[] = [];

  async function evaluate(tokens: readonly number[], position: number, places: readonly number[]) {
    binding.initBatch(tokens.length);
    const rows = binding.addToBatch(sequence, position, Uint32Array.from(tokens), Uint32Array.from(places));
    await binding.decodeBatch();
    return rows;
  }

  /** All but the last token before `start`, whose logits are wanted. */
  async function hold(prompt: readonly number[], signal: AbortSignal | undefined): Promise<void> {
    if (prompt.length === held.length && prompt.every((id, i) => id === held[i])) {
      if (binding.removeTokenCellsFromSequence(sequence, prompt.length, -1)) return;
    }
    held = [];
    binding.disposeSequence(sequence);
    for (let from = 0; from < prompt.length; from += PROMPT_CHUNK_TOKENS) {
      signal?.throwIfAborted();
      await evaluate(prompt.slice(from, from + PROMPT_CHUNK_TOKENS), from, []);
    }
    held = prompt;
  }

  /**
   * The probability of the likeliest token is exact. Of another near it the ratio of both is asked for, which the tokens left out do not change;
   * of one further off all are, which is slow.
   */
  async function readPlace(row: number, { all, near }: Samplers, id: number): Promise<ReadToken> {
    const [likeliest, , confidence] = await binding.sampleToken(row, all, false, true);
    if (Number.isNaN(confidence)) throw new UserError(NOT_A_NUMBER);
    if (id === likeliest) return { id, logProb: Math.log(confidence!), likeliest };
    const close = await probabilitiesOf(row, near, [likeliest, id]);
    if (close[0] && close[1]) return { id, logProb: Math.log(confidence!) + Math.log(close[1] / close[0]), likeliest };
    const [probability] = await probabilitiesOf(row, all, [id]);
    invariant(probability !== undefined, `token id ${id} has no probability`);
    return { id, logProb: Math.log(probability), likeliest };
  }

  /** Of each of `ids` among the tokens that the sampler keeps. */
  async function probabilitiesOf(row: number, sampler: Sampler, ids: readonly number[]) {
    const [, flat = []] = await binding.sampleToken(row, sampler, true, false);
    return ids.map((id): number | undefined => {
      for (let i = 0; i < flat.length; i += 2) if (flat[i] === id) return flat[i + 1];
      return undefined;
    });
  }

  return async ({ ids, start, signal }) => {
    invariant(start >= 1 && start <= ids.length, `reading starts at ${start} of ${ids.length} tokens`);
    await hold(ids.slice(0, start - 1), signal);
    const read: ReadToken[] = [];
    const samplers = Array.from(
      { length: READERS },
      (): Samplers => ({
        all: createSampler({ temperature: 0 }),
        near: createSampler({ temperature: 1, topP: 1, topK: NEAR }),
      }),
    );
    try {
      for (let from = start - 1; from < ids.length - 1; from += PLACES_A_PASS) {
        signal?.throwIfAborted();
        const tokens = ids.slice(from, Math.min(from + PLACES_A_PASS, ids.length - 1));
        const rows = await evaluate(tokens, from, [...tokens.keys()]);
        const found: ReadToken[] = [];
        await readPlaces(rows.length, async (i, reader) => {
          found[i] = await readPlace(rows[i], samplers[reader], ids[from + i + 1]);
        });
        read.push(...found);
      }
    } finally {
      for (const { all, near } of samplers) {
        all.dispose();
        near.dispose();
      }
    }
    return read;
  };
}
