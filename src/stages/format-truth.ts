/** What exported files are compared with: the trainer's own forward pass in float32. */
import type { ExportWeights } from "../export/index.ts";
import { type LlamaConfig, loraNames, readBaseWeights, type Weights } from "../model/index.ts";
import { type Forward, withForward } from "../train/index.ts";
import { largest } from "./format-run.ts";

/** A mail as it is compared. */
export interface Question {
  readonly id: string;
  readonly email: string;
  readonly prompt: readonly number[];
  /** The prompt and the beginning of the teacher's reply. */
  readonly ids: readonly number[];
}

/** A token of a reply that is not the likeliest to the trainer, or to the merged weights. */
interface Difference {
  readonly mail: string;
  /** Which token of the reply, from 1 on. */
  readonly token: number;
  readonly written: number;
  readonly likeliest: number;
  readonly to: "trainer" | "merged";
}

/** ln p of the trainer at each place of each question, and the tokens of `written` that are not the likeliest to it or to the merged weights. */
export async function readTruth(options: {
  base: string;
  config: LlamaConfig;
  weights: ExportWeights;
  questions: readonly Question[];
  written: readonly (readonly number[])[];
}) {
  const { base, config, weights, questions, written } = options;
  const texts = written.map((reply, i) => ({
    ids: [...questions[i].prompt, ...reply],
    completionStart: questions[i].prompt.length,
  }));
  const longest = Math.max(...questions.map(({ ids }) => ids.length), ...texts.map(({ ids }) => ids.length));
  const differing = async (forward: Forward, to: Difference["to"]) => {
    const found: Difference[] = [];
    for (const [i, text] of texts.entries())
      (await forward(text)).forEach((logits, place) => {
        const likeliest = largest(logits);
        if (likeliest !== written[i][place])
          found.push({ mail: questions[i].id, token: place + 1, written: written[i][place], likeliest, to });
      });
    return found;
  };
  const tuned = await mergedWeights(weights);
  const merged = await withForward({ config, base: tuned, longest }, (forward) => differing(forward, "merged"));
  const adapter = weights.adapter ?? undefined;
  const own = adapter
    ? { base: await readBaseWeights(base, config), adapter: await adapterOf(adapter) }
    : { base: tuned, adapter: undefined };
  return withForward({ config, ...own, longest }, async (forward) => {
    const truth: Float32Array[][] = [];
    for (const { ids, prompt } of questions)
      truth.push((await forward({ ids, completionStart: prompt.length })).map(logSoftmax));
    return { truth, trainer: await differing(forward, "trainer"), merged };
  });
}

async function mergedWeights(weights: ExportWeights): Promise<Weights> {
  const merged: Weights = new Map();
  for (const { name } of weights.tensors) merged.set(name, await weights.read(name));
  return merged;
}

async function adapterOf(adapter: NonNullable<ExportWeights["adapter"]>) {
  const weights: Weights = new Map();
  const modules = [...adapter.modules.keys()];
  for (const module of modules) {
    const { a, b } = await adapter.readPair(module);
    const [nameA, nameB] = loraNames(module);
    weights.set(nameA, a).set(nameB, b);
  }
  return { strength: adapter, targets: [...new Set(modules.map((module) => module.split(".").at(-1)!))], weights };
}

function logSoftmax(logits: Float32Array): Float32Array {
  const most = logits[largest(logits)];
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - most);
  const shift = most + Math.log(total);
  return logits.map((logit) => logit - shift);
}
