/** One trainer of ours for bench/train.ts: reads a base, takes steps, prints one line of JSON. */
import { readLlamaConfig } from "../../src/model/index.ts";
import { createRandom } from "../../src/random.ts";
import { defaultRecipe } from "../../src/recipe.ts";
import { readTrainingBase, sessionsFor } from "../../src/train/index.ts";
import { type Example, startTrained, takeStep, withEngine } from "../../src/train/portable.ts";
import type { Measured, OurJob } from "./job.ts";

const job = JSON.parse(process.argv[2]) as OurJob; // written by bench/train.ts
const config = await readLlamaConfig(job.baseFolder);
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
const { threads } = job;
const read = { config, baseFolder: job.baseFolder, settings, examples, folder: job.int8Folder, threads };
const { base, int8 } = await readTrainingBase(read);
const trained = startTrained({ config, base, baseName: "random", settings, seed: 1 });
const openSession = sessionsFor({ int8, threads });
const options = { config, base, int8: int8?.projections, trained, settings, openSession };
await withEngine(options, async (engine) => {
  const measured: Measured = { readySeconds: 0, losses: [], seconds: [], cpuSeconds: [], peakGiB: 0 };
  let firstDone = 0; // seconds since the process began
  for (let done = 0; done <= job.runs; done++) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const { loss } = await takeStep({ engine, trained, settings, examples, done, steps: 1000 });
    const { user, system } = process.cpuUsage(cpu);
    measured.losses.push(loss ?? Number.NaN);
    if (done === 0) {
      firstDone = performance.now() / 1000;
      continue;
    }
    measured.seconds.push((performance.now() - start) / 1000);
    measured.cpuSeconds.push((user + system) / 1e6);
  }
  measured.readySeconds = firstDone - Math.min(...measured.seconds); // the graph is opened in the first step
  measured.peakGiB = process.resourceUsage().maxRSS / 1024 ** 2;
  console.log(JSON.stringify(measured));
});
