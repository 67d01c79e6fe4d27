/**
 * Whole optimiser steps through the trainer itself (gradients, clipping, AdamW, checkpoints, validation) at a given shape with
 * random weights: seconds a step, tokens a second, peak memory.
 *
 *   npx tsx bench/train-steps.ts --shape llama-3.2-1b --steps 3        # about 12 GB of memory and 4 minutes
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readJsonl } from "../src/formats/index.ts";
import { baseTensors } from "../src/model/index.ts";
import { createRandom } from "../src/random.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { type StepRow, fit as takeSteps } from "../src/train/fit.ts";
import type { Example } from "../src/train/pack.ts";
import { randomWeights, shapes } from "./train-shapes.ts";

const { values } = parseArgs({
  options: {
    shape: { type: "string", default: "pocket" },
    steps: { type: "string", default: "3" },
    sequences: { type: "string", default: "4" },
    sequence: { type: "string", default: "256" },
    completion: { type: "string", default: "60" },
  },
});
const [steps, sequences, sequence, completion] = [
  values.steps,
  values.sequences,
  values.sequence,
  values.completion,
].map(Number);
const config = shapes[values.shape];
const random = createRandom(1);
const makeExamples = (count: number, name: string): Example[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${name}-${i}`,
    ids: Int32Array.from({ length: sequence }, () => random.integer(config.vocabularySize)),
    completionStart: sequence - completion,
  }));
const rowTokens = sequences * sequence;
const settings = {
  ...defaultRecipe().train,
  ...{ batchSize: sequences, accumulation: 1, epochs: 1, warmupSteps: 1, checkpointEvery: steps, rowTokens },
  ...{ maxTokens: rowTokens, learningRate: 1e-4 },
};

const folder = await mkdtemp(join(tmpdir(), "pocketreply-bench-"));
try {
  const paths = {
    steps: join(folder, "steps.jsonl"),
    checkpoints: join(folder, "checkpoints"),
    best: join(folder, "best.json"),
    badBatch: join(folder, "bad-batch.json"),
  };
  const { trainableParameters } = await takeSteps({
    ...{ config, base: randomWeights(baseTensors(config)), baseName: "random", settings, seed: 1, paths },
    ...{ train: makeExamples(steps * sequences, "train"), validation: makeExamples(1, "validation") },
  });
  const rows: StepRow[] = [];
  for await (const { value } of readJsonl(paths.steps)) rows.push(value as StepRow);
  const seconds = rows.flatMap((row) => row.seconds ?? []).sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)];
  console.log(`${values.shape}, LoRA, ${trainableParameters} trainable parameters, ${cpus().length} cores`);
  console.log(`losses ${rows.map(({ loss, validationLoss }) => (loss ?? validationLoss)?.toFixed(3)).join(" ")}`);
  console.log(
    `${seconds.length} steps of ${rowTokens} tokens: median ${median.toFixed(1)} s, ${(rowTokens / median).toFixed(1)} tokens a second, ` +
      `peak memory ${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(2)} GiB`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
