/** One trainer of ours for bench/train.ts: loads random weights, takes steps, prints one line of JSON. */

import { baseTensors } from "../../src/model/index.ts";
import { createRandom } from "../../src/random.ts";
import { defaultRecipe } from "../../src/recipe.ts";
import { type OpenSession, withSession } from "../../src/runtime/index.ts";
import { type Example, startTrained, takeStep, withEngine } from "../../src/train/portable.ts";
import type { Job, Measured } from "./job.ts";
import { randomWeights, shapes } from "./shapes.ts";

const job = JSON.parse(process.argv[2]) as Job; // written by bench/train.ts
const config = shapes[job.shape];
const random = createRandom(1);
const examples = Array.from(
  { length: job.sequences },
  (_, i): Example => ({
    id: `${i}`,
    ids: Int32Array.from({ length: job.sequenceTokens }, () => random.integer(config.vocabularySize)),
    completionStart: job.sequenceTokens - job.completionTokens,
  }),
);
const settings = {
  ...defaultRecipe().train,
  ...{ baseDtype: job.dtype === "int8" ? ("int8" as const) : ("float32" as const), rank: job.rank, learningRate: 1e-4 },
  ...{ rowTokens: job.sequenceTokens, rowsPerRun: job.sequences, warmupSteps: 0 },
};
const base = randomWeights(baseTensors(config));
const trained = startTrained({ config, base, baseName: "random", settings, seed: 1 });
const openSession: OpenSession = (model, use) => withSession(model, { threads: job.threads }, use);
const options = { config, base, trained, settings, openSession, calibration: examples };
await withEngine({ ...options, releasesBase: true }, async (engine) => {
  const measured: Measured = { firstStepSeconds: 0, losses: [], seconds: [], cpuSeconds: [], peakGiB: 0 };
  for (let done = 0; done <= job.runs; done++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const { loss } = await takeStep({ engine, trained, settings, examples, done, steps: 1000 });
    const { user, system } = process.cpuUsage(cpu);
    measured.losses.push(loss ?? Number.NaN);
    if (done === 0)
      measured.firstStepSeconds = performance.now() / 1000; // since the process began
    else {
      measured.seconds.push((performance.now() - start) / 1000);
      measured.cpuSeconds.push((user + system) / 1e6);
    }
  }
  measured.peakGiB = process.resourceUsage().maxRSS / 1024 ** 2;
  console.log(JSON.stringify(measured));
});
