/** llama.cpp as the engine of an assistant: two sequences of one context, each keeping what it was last asked about. */
import type { LlamaContext, LlamaContextSequence } from "node-llama-cpp";
import { invariant, UserError } from "../errors.ts";
import type { AssistantModel, NextToken } from "./assistant/model.ts";
import { PLACES_A_PASS, readBinding, readPlaces, readSamplers, readSequenceId, type Sampler } from "./binding.ts";
import { type OpenModel, PROMPT_CHUNK_TOKENS } from "./llama.ts";

/** One sequence and the ids whose keys and values it holds. */
interface Slot {
  readonly sequence: number;
  held: readonly number[];
  usedAt: number;
}

/** ours: one for the mail, one for the frame without it, which the generality penalty asks about between two mails. */
export const ENGINE_SEQUENCES = 2;
/** Candidates among which a given token is looked for. */
const SCORED_AMONG = 256;

/** `next` and `score` over `context`, whose sequences from now on are used through them alone. */
export function openEngine(
  model: OpenModel,
  { context, sequences }: { context: LlamaContext; sequences: readonly LlamaContextSequence[] },
): Pick<AssistantModel, "next" | "score"> {
  const binding = readBinding(context);
  const slots: Slot[] = sequences.map((sequence) => ({ sequence: readSequenceId(sequence), held: [], usedAt: 0 }));
  const createSampler = readSamplers(model.model);
  const samplers = new Map<string, Sampler>();
  /** What llama.cpp still holds the logits of: places `from` on of what the slot holds, since the last pass. */
  let fresh: { slot: Slot; from: number; rows: ArrayLike<number> } | null = null;
  let calls = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** At temperature 1 with a top-k llama.cpp sorts k candidates, not the vocabulary: 50 times faster with 49,152 tokens. */
  const samplerOf = (count: number, reader: number): Sampler => {
    const key = `${count} ${reader}`;
    let sampler = samplers.get(key);
    if (sampler === undefined) {
      sampler = createSampler({ temperature: 1, topP: 1, seed: 0, topK: count });
      samplers.set(key, sampler);
    }
    return sampler;
  };

  async function candidates(row: number, count: number, reader = 0): Promise<NextToken[]> {
    const [, flat = []] = await binding.sampleToken(row, samplerOf(count, reader), true, false);
    const found: NextToken[] = [];
    for (let i = 0; i < flat.length; i += 2) found.push({ id: flat[i], logProb: Math.log(flat[i + 1]) });
    if (found.some(({ logProb }) => Number.isNaN(logProb)) || found.length === 0) throw new UserError(NO_NUMBER);
    return found;
  }

  /** The slot that holds most of `ids`; where neither holds half of it, the one that was not used for longer. */
  function choose(ids: readonly number[]): { slot: Slot; kept: number } {
    const found = slots.map((slot) => ({ slot, kept: commonStart(slot.held, ids) }));
    const [best] = found.toSorted((a, b) => b.kept - a.kept);
    if (2 * best.kept >= best.slot.held.length) return best;
    return found.toSorted((a, b) => a.slot.usedAt - b.slot.usedAt)[0];
  }

  /** Brings a slot to hold `ids`, and returns the rows of the logits behind places `start` to the end, chunk by chunk. */
  async function* evaluate(ids: readonly number[], start: number, signal: AbortSignal | undefined) {
    invariant(ids.length <= context.contextSize, `${ids.length} tokens fit the context of ${context.contextSize}`);
    const { slot, kept } = choose(ids);
    let from = Math.min(kept, start);
    slot.usedAt = ++calls;
    fresh = null;
    slot.held = slot.held.slice(0, from);
    if (from === 0) binding.disposeSequence(slot.sequence);
    else if (!binding.removeTokenCellsFromSequence(slot.sequence, from, -1)) {
      binding.disposeSequence(slot.sequence);
      from = 0;
    }
    while (from < ids.length) {
      signal?.throwIfAborted();
      const wanted = from >= start;
      const end = wanted ? from + PLACES_A_PASS : Math.min(from + PROMPT_CHUNK_TOKENS, start);
      const tokens = Uint32Array.from(ids.slice(from, Math.min(end, ids.length)));
      binding.initBatch(tokens.length);
      const rows = binding.addToBatch(
        slot.sequence,
        from,
        tokens,
        wanted ? Uint32Array.from(tokens.keys()) : new Uint32Array(),
      );
      await binding.decodeBatch();
      from += tokens.length;
      slot.held = ids.slice(0, from);
      if (!wanted) continue;
      fresh = { slot, from: from - tokens.length, rows };
      yield rows;
    }
  }

  /** The row of the logits behind `ids` where the last pass has them. */
  function rowOf(ids: readonly number[]): number | undefined {
    if (fresh === null || commonStart(fresh.slot.held, ids) < ids.length) return undefined;
    return fresh.rows[ids.length - 1 - fresh.from];
  }

  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = last.then(task);
    last = turn.catch(() => {});
    return turn;
  }

  return {
    next: (ids, { count, guess = [], signal }) =>
      inTurn(async () => {
        signal?.throwIfAborted();
        invariant(ids.length > 0, "nothing was given to go on from");
        const ahead = guess.slice(0, Math.max(0, Math.min(PLACES_A_PASS - 1, context.contextSize - ids.length)));
        if (rowOf(ids) === undefined) for await (const _ of evaluate([...ids, ...ahead], ids.length - 1, signal));
        return candidates(rowOf(ids)!, count);
      }),
    score: (ids, { start, signal }) =>
      inTurn(async () => {
        invariant(start >= 1 && start <= ids.length, `scoring starts at ${start} of ${ids.length} tokens`);
        const logProbs: number[] = [];
        if (start === ids.length) return logProbs;
        // The last place is evaluated too: who scores a beginning asks what follows it next.
        let from = start;
        for await (const rows of evaluate(ids, start - 1, signal)) {
          const places = [...rows].slice(0, ids.length - from);
          await readPlaces(places.length, async (i, reader) => {
            const likely = await candidates(places[i], SCORED_AMONG, reader);
            const found = likely.find(({ id }) => id === ids[from + i]);
            logProbs[from - start + i] = found?.logProb ?? likely[likely.length - 1].logProb - 1;
          });
          from += places.length;
        }
        return logProbs;
      }),
  };
}

const NO_NUMBER =
  "llama.cpp computed NaN for the model's next token: the weights hold a value that is no number. Export the model anew, or to gguf-f16.";

function commonStart(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
