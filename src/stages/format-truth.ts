/** What exported files are compared with: the trainer's own forward pass in float32. */
import type { ExportWeights } from "../export/index.ts";
import { type LlamaConfig, loraNames, readBaseWeights, type Weights } from "../model/index.ts";
import { type Forward, withForward } from "../train/index.ts";
import { largest } from "./format-run.ts";

/** A mail as it is compared. */
export interface Question {
  readonly email: string;
  readonly prompt: readonly number[];
  /** The prompt and the beginning of the teacher's reply. */
  readonly ids: readonly number[];
}

/** ln p of the trainer at each place of each question, and how many tokens of `written` are likeliest to it and to the merged weights. */
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
  const agreed = async (forward: Forward) => {
    let same = 0;
    for (const [i, text] of texts.entries())
      (await forward(text)).forEach((logits, place) => {
        if (largest(logits) === written[i][place]) same++;
      });
    return same;
  };
  const tuned = await mergedWeights(weights);
  const merged = await withForward({ config, base: tuned, longest }, agreed);
  const adapter = weights.adapter ?? undefined;
  const own = adapter
    ? { base: await readBaseWeights(base, config), adapter: await adapterOf(adapter) }
    : { base: tuned, adapter: undefined };
  return withForward({ config, ...own, longest }, async (forward) => {
    const truth: Float32Array[][] = [];
    for (const { ids, prompt } of questions)
      truth.push((await forward({ ids, completionStart: prompt.length })).map(logSoftmax));
    return { truth, trainer: await agreed(forward), merged };
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
