/**
 * Many mails at once: several sequences of one context take a step together, so that the weights are read once for all.
 *
 * A reply must not depend on what else is being answered. So prompts are evaluated alone, and sequences are put together
 * only where llama.cpp computes a token alone and in a batch bit for bit alike, which is tried out first: so it is for
 * quantised weights (Q8_0, Q4_0), whose sums are integers, but not for F32 and F16, which take another kernel for one
 * row than for many. Where it is not, mails are answered one after the other.
 */
import type { BatchItem, LlamaContext, LlamaContextSequence, PrioritizedBatchItem, Token } from "node-llama-cpp";
import { createRandom } from "../random.ts";
import { type OpenModel, PROMPT_CHUNK_TOKENS } from "./llama.ts";

/** A context with its sequences, safe to run together. */
export interface Lanes {
  readonly context: LlamaContext;
  readonly sequences: readonly LlamaContextSequence[];
}

/** Whether so many sequences of a model can take a step together: found out once a process, for it takes some seconds on a larger model. */
const isInvariant = new Map<string, boolean>();

/** `count` sequences of `contextTokens` each, or a single one where batching would change a result. */
export async function openLanes(model: OpenModel, count: number, contextTokens: number): Promise<Lanes> {
  const batching = { itemPrioritizationStrategy: promptsAlone };
  const open = async (sequences: number): Promise<Lanes> => {
    const context = await model.createContext({
      contextSize: contextTokens,
      sequences,
      batchSize: Math.max(PROMPT_CHUNK_TOKENS, sequences),
      batching,
    });
    return { context, sequences: Array.from({ length: sequences }, () => context.getSequence()) };
  };
  const lanes = await open(count);
  if (count === 1) return lanes;
  const key = `${count} ${model.runKey}`;
  const found = isInvariant.get(key) ?? (await isBatchInvariant(lanes.sequences, model.tokenizer.vocabularySize));
  isInvariant.set(key, found);
  if (found) return lanes;
  await lanes.context.dispose();
  return open(1);
}

/** A prompt, when one waits, goes alone; else every sequence goes one token on. */
function promptsAlone({ items, size }: { items: readonly BatchItem[]; size: number }): PrioritizedBatchItem[] {
  const prompt = items.find(({ tokens }) => tokens.length > 1);
  if (prompt !== undefined) return [{ item: prompt, processAmount: Math.min(size, prompt.tokens.length) }];
  return items.slice(0, size).map((item) => ({ item, processAmount: 1 }));
}

/** Decodes the same tokens alone and in groups of every size, and compares the probability of each likeliest next token. */
async function isBatchInvariant(sequences: readonly LlamaContextSequence[], vocabularySize: number): Promise<boolean> {
  const random = createRandom("batch invariance");
  const draw = (length: number) => Array.from({ length }, () => random.integer(vocabularySize) as Token);
  const steps = sequences.length - 1; // step t is taken in groups of size t + 2
  const prompts = sequences.map((_, i) => draw(2 + 3 * i));
  const texts = sequences.map(() => draw(steps));
  const start = () =>
    inTurn(sequences, async (sequence, i) => {
      await sequence.clearHistory();
      await sequence.evaluateWithoutGeneratingNewTokens(prompts[i]);
    });

  await start();
  const alone = await inTurn(sequences, async (sequence, i) => {
    const found: number[] = [];
    for (const token of texts[i]) found.push(await confidence(sequence, token));
    return found;
  });
  await start();
  for (let t = 0; t < steps; t++) {
    const size = t + 2;
    for (let from = 0; from < sequences.length; from += size) {
      const group = sequences.slice(from, from + size);
      const found = await Promise.all(group.map((sequence, i) => confidence(sequence, texts[from + i][t])));
      if (found.some((value, i) => value !== alone[from + i][t])) return false;
    }
  }
  return true;
}

async function confidence(sequence: LlamaContextSequence, token: Token): Promise<number> {
  const generateNext = { confidence: true, options: { temperature: 0 } };
  const [output] = await sequence.controlledEvaluate([[token, { generateNext }]]);
  return output?.next.confidence ?? Number.NaN;
}

async function inTurn<T, R>(list: readonly T[], task: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of list.entries()) results.push(await task(item, index));
  return results;
}
