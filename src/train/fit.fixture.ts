/** A training small enough for tests: the tiny base of golden/train and made-up sequences. Run as a program (folder, and where it kills itself: phase, how many reports of it, milliseconds after) it prints a line for each report of progress. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, readBaseWeights, readLlamaConfig } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { defaultRecipe, type Recipe } from "../recipe.ts";
import { type FitOptions, fit } from "./fit.ts";
import type { Example } from "./pack.ts";

const baseFolder = fileURLToPath(new URL("../../golden/train/base/", import.meta.url));

export const tinySettings: Recipe["train"] = {
  ...defaultRecipe().train,
  rank: 4,
  alpha: 4,
  batchSize: 4,
  accumulation: 2,
  epochs: 3,
  learningRate: 5e-3,
  warmupSteps: 2,
  maxTokens: 32,
  rowTokens: 48,
  rowsPerRun: 2,
  checkpointEvery: 3,
};

/** Everything `fit` needs, writing below `folder`. */
export async function tinyFit(folder: string, settings: Recipe["train"] = tinySettings): Promise<FitOptions> {
  const config = await readLlamaConfig(baseFolder);
  const random = createRandom("tiny");
  // Copying sequences: the completion repeats the prompt, so that there is something to learn.
  const example = (id: string): Example => {
    const prompt = Array.from({ length: 4 + random.integer(8) }, () => random.integer(96));
    return { id, ids: Int32Array.from([...prompt, ...prompt]), completionStart: prompt.length };
  };
  const base = await readBaseWeights(baseFolder, config);
  return {
    config,
    base,
    baseDigest: digestOf(base),
    baseName: "tiny",
    settings,
    seed: 11,
    train: Array.from({ length: 38 }, (_, i) => example(`t${i}`)),
    validation: Array.from({ length: 5 }, (_, i) => example(`v${i}`)),
    paths: {
      steps: join(folder, "steps.jsonl"),
      checkpoints: join(folder, "checkpoints"),
      best: join(folder, "best.json"),
      badBatch: join(folder, "bad-batch.json"),
    },
    threads: 1,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, phase, count, delayMs] = process.argv.slice(2);
  let left = Number(count);
  await fit({
    ...(await tinyFit(folder)),
    onProgress: (report) => {
      process.stdout.write(`at step ${report.step} ${report.phase}\n`);
      // The runtime lets timers run only between its runs and while files are written, so the kill falls inside of them.
      if (report.phase === phase && --left === 0)
        setTimeout(() => process.kill(process.pid, "SIGKILL"), Number(delayMs));
    },
  });
}
