/** Training by preference: TRL's five steps of DPO (golden/preference), and the same bits wherever it was cut. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSafetensors } from "../../formats/index.ts";
import { adapterTensors, PEFT_PREFIX, readLlamaConfig, type Weights } from "../../model/index.ts";
import { tinyFit, tinySettings } from "../fit.fixture.ts";
import { type FitOptions, type FitProgress, fit, type StepRow } from "../fit.ts";
import type { Example } from "../pack.ts";
import { type MethodSettings, type PreferenceUnit, preferenceMethods, sequencesOf } from "./methods.ts";
import { preferenceObjective } from "./objective.ts";
import { digestOf, referenceSums } from "./reference.ts";

const golden = JSON.parse(
  await readFile(new URL("../../../golden/preference/golden.json", import.meta.url), "utf8"),
) as {
  training: {
    pairs: { prompt: number[]; chosen: number[]; rejected: number[] }[];
    reference: number[];
    steps: Record<string, number>[];
  };
};
const numbers = { beta: 0.1, gamma: 0.5, sft: 0.5, likedWeight: 1, dislikedWeight: 1 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pocketreply-preference-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function readSteps(folder: string): Promise<(StepRow & Record<string, number>)[]> {
  const text = await readFile(join(folder, "steps.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as StepRow & Record<string, number>);
}

/** `fit` on `units`, of which the last few validate, from `start`. */
async function options(
  folder: string,
  {
    units,
    start,
    settings,
    method = "dpo",
  }: { units: PreferenceUnit[]; start: Weights; settings: FitOptions["settings"]; method?: MethodSettings["method"] },
): Promise<FitOptions> {
  const tiny = await tinyFit(folder, settings);
  const all = sequencesOf(units);
  const reference = await referenceSums(all, {
    ...tiny,
    onProgress: undefined,
    start,
    path: join(folder, "reference.json"),
  });
  const objective = preferenceObjective({
    settings: { method, ...numbers },
    ...{ train: units, validation: units.slice(-2), reference, referenceDigest: digestOf(all, start) },
  });
  return { ...tiny, train: all, validation: sequencesOf(units.slice(-2)), objective, start };
}

test("five steps of DPO with its SFT term from an adapter: TRL's losses, gradient norms, rewards and reference", async () => {
  const { pairs, reference, steps } = golden.training;
  const base = fileURLToPath(new URL("../../../golden/train/", import.meta.url));
  const config = await readLlamaConfig(join(base, "base"));
  const settings = {
    ...tinySettings,
    ...{ batchSize: 6, accumulation: 1, epochs: 5, learningRate: 0.01, epsilon: 1e-3, warmupSteps: 0, maxGradNorm: 2 },
    schedule: "linear" as const,
  };
  const reader = await openSafetensors(join(base, "adapter", "adapter_model.safetensors"));
  const adapter: Weights = new Map();
  for (const { name, shape } of adapterTensors(config, settings.targets, settings.rank))
    adapter.set(name, await reader.readFloat32(PEFT_PREFIX + name, shape));
  await reader.close();
  const example = (id: string, prompt: number[], completion: number[]): Example => ({
    id,
    ids: Int32Array.from([...prompt, ...completion]),
    completionStart: prompt.length,
  });
  const units = pairs.map(
    ({ prompt, chosen, rejected }, i): PreferenceUnit => ({
      kind: "pair",
      chosen: example(`${i} chosen`, prompt, chosen),
      rejected: example(`${i} rejected`, prompt, rejected),
    }),
  );
  const folder = join(root, "golden");
  const given = await options(folder, { units, start: adapter, settings });
  const { sums } = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as { sums: number[] };
  const [chosen, rejected] = [sums.filter((_, i) => i % 2 === 0), sums.filter((_, i) => i % 2 === 1)];
  for (const [i, sum] of [...chosen, ...rejected].entries()) expect(sum).toBeCloseTo(reference[i], 4);
  await fit(given);
  const rows = (await readSteps(folder)).filter(({ loss }) => loss !== undefined);
  for (const [i, step] of steps.entries()) {
    expect(rows[i].loss).toBeCloseTo(step.loss, 4);
    expect(rows[i].gradNorm! / step.gradNorm).toBeCloseTo(1, 4);
    for (const [ours, theirs] of [
      ["chosenReward", "rewards/chosen"],
      ["rejectedReward", "rewards/rejected"],
      ["margin", "rewards/margins"],
      ["accuracy", "rewards/accuracies"],
    ].slice(0, i === 0 ? 3 : 4)) // at the start both sides are the reference's: which is ahead is rounding
      expect(rows[i][ours]).toBeCloseTo(step[theirs], 4);
  }
}, 60_000);

describe("a training by preference", () => {
  const settings = {
    ...tinySettings,
    batchSize: 3,
    accumulation: 1,
    epochs: 2,
    checkpointEvery: 2,
    learningRate: 1e-3,
  };
  /** The prompt twice is better than the prompt and noise; one noise repeats itself. */
  async function units(method: MethodSettings["method"]): Promise<PreferenceUnit[]> {
    const { train } = await tinyFit(root);
    const noisy = ({ id, ids, completionStart }: Example): Example => ({
      id: `${id} noise`,
      ids: Int32Array.from(ids, (token, i) => (i < completionStart ? token : (token * 7 + 3) % 96)),
      completionStart,
    });
    const made = train.slice(0, 9).map((chosen, i, all): PreferenceUnit => {
      if (method === "kto")
        return {
          kind: "single",
          reply: i % 3 === 0 ? noisy(chosen) : chosen,
          liked: i % 3 !== 0,
          mismatched: noisy(all.at(i - 1)!),
        };
      return { kind: "pair", chosen, rejected: noisy(chosen) };
    });
    const reply = noisy(train[10]);
    const last: PreferenceUnit[] =
      method === "kto"
        ? []
        : [
            { kind: "imitate", reply: train[9] },
            { kind: "avoid", reply, avoided: [...reply.ids.slice(reply.completionStart)].map((_, i) => i === 1) },
          ];
    return [...last, ...made];
  }
  /** Everything but timings. */
  async function results(folder: string): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    found.steps = (await readSteps(folder)).map((row) => JSON.stringify({ ...row, seconds: 0 })).join("\n");
    for (const name of (await readdir(join(folder, "checkpoints"))).sort().slice(-1))
      for (const file of await readdir(join(folder, "checkpoints", name)))
        found[`${name}/${file}`] = (await readFile(join(folder, "checkpoints", name, file))).toString("base64");
    return found;
  }

  test.each(preferenceMethods)(
    "%s learns, and gives the same bits when it was cut after 1, 3 and 4 steps",
    async (method) => {
      const start: Weights = new Map();
      const [whole, cut] = [join(root, method, "whole"), join(root, method, "cut")];
      const made = await units(method);
      const report = await fit(await options(whole, { units: made, start, settings, method }));
      expect(report.best.validationLoss).toBeLessThan(report.startLoss);
      const last = (await readSteps(whole)).at(-1)!;
      const epochs = (await readSteps(whole)).flatMap(({ loss, epoch }) => (loss === undefined ? [] : epoch));
      expect(epochs.slice(0, epochs.length / 2)).toEqual(epochs.slice(epochs.length / 2).map((epoch) => epoch - 1)); // each step its own
      expect(new Set(epochs)).toEqual(new Set([0, 1]));
      expect(last.validationChosenReward).toBeGreaterThan((await readSteps(whole))[0].validationChosenReward);
      for (const at of [1, 3, 4]) {
        const controller = new AbortController();
        const onProgress = ({ step, phase, part }: FitProgress) => {
          if (phase === "training" && step === at && part > 0) controller.abort(new Error("cut"));
        };
        const given = await options(cut, { units: made, start, settings, method });
        await expect(fit({ ...given, signal: controller.signal, onProgress })).rejects.toThrow("cut");
      }
      await fit(await options(cut, { units: made, start, settings, method }));
      expect(await results(cut)).toEqual(await results(whole));
    },
    60_000,
  );

  test("goes on neither from another start nor with other numbers", async () => {
    const made = await units("dpo");
    const folder = join(root, "dpo", "whole");
    const other = await options(folder, { units: made, start: new Map(), settings, method: "ipo" });
    await expect(fit(other)).rejects.toThrow("was made from other replies, another base or other training settings");
  });
});
