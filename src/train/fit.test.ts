import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compiled } from "../../scripts/fixtures/compiled.ts";
import { openSafetensors } from "../formats/index.ts";
import { createRandom } from "../random.ts";
import { type OpenSession, withSession } from "../runtime/index.ts";
import { type Engine, withEngine } from "./engine.ts";
import { tinyFit, tinySettings } from "./fit.fixture.ts";
import { type FitProgress, type FitReport, fit, type StepRow } from "./fit.ts";
import { takeStep } from "./step.ts";
import { startTrained } from "./trained.ts";

let root: string;
let undisturbed: string;
let report: FitReport;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pocketreply-fit-"));
  undisturbed = join(root, "undisturbed");
  report = await fit(await tinyFit(undisturbed));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Every byte that training promises to reproduce: tensors, moments and states of regular checkpoints, best.json, and steps.jsonl without its timings. */
async function results(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = { "best.json": await readFile(join(folder, "best.json"), "utf8") };
  for (const name of (await readdir(join(folder, "checkpoints"))).filter(
    (one) => Number(one.slice(5)) % 3 === 0 || one === "step-000015",
  )) {
    for (const file of await readdir(join(folder, "checkpoints", name))) {
      found[`${name}/${file}`] = (await readFile(join(folder, "checkpoints", name, file))).toString("base64");
    }
  }
  found["steps.jsonl"] = (await readSteps(folder)).map((row) => JSON.stringify({ ...row, seconds: 0 })).join("\n");
  return found;
}

async function readSteps(folder: string): Promise<StepRow[]> {
  return (await readFile(join(folder, "steps.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as StepRow);
}

/** Training in a process of its own; `reports(n)` waits for n reports of progress or the end. `step` is the last one reported, −1 for none. */
function startFit(folder: string, kill: readonly (string | number)[] = []) {
  const child = spawn(process.execPath, [compiled("src/train/fit.fixture.ts"), folder, ...kill.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const lines = () => printed.split("\n").filter(Boolean);
  const exited = once(child, "close").then(([code, signal]) => ({
    ...{ code: code as number | null, signal: signal as string | null },
    step: Number(lines().at(-1)?.split(" ")[2] ?? -1),
    phase: lines().at(-1)?.split(" ")[3],
  }));
  const reports = async (count: number) => {
    while (lines().length < count && child.exitCode === null) await sleep(2);
  };
  return { child, exited, reports };
}

describe("fit", () => {
  test("lowers the validation loss, keeps the best checkpoint, logs every step", async () => {
    expect(report.steps).toBe(15); // ceil(38 / 8) = 5 steps an epoch, 3 epochs
    expect(report.best.validationLoss).toBeLessThan(report.startLoss);
    const rows = await readSteps(undisturbed);
    const steps = rows.filter((row) => row.loss !== undefined);
    expect(steps.map((row) => row.step)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(steps[0].learningRate).toBe(0);
    expect(steps.map((row) => row.sequences)).toEqual([8, 8, 8, 8, 6, 8, 8, 8, 8, 6, 8, 8, 8, 8, 6]);
    const validated = rows.filter((row) => row.validationLoss !== undefined);
    expect(validated.map((row) => row.step)).toEqual([0, 3, 6, 9, 12, 15]);
    const lowest = validated.reduce((best, row) => (row.validationLoss! < best.validationLoss! ? row : best));
    expect(report.best.step).toBe(lowest.step);
    expect(JSON.parse(await readFile(join(undisturbed, "best.json"), "utf8"))).toEqual({
      step: lowest.step,
      checkpoint: `checkpoints/step-${String(lowest.step).padStart(6, "0")}`,
      validationLoss: lowest.validationLoss,
    });
  });

  test("packing and micro-batches do not change the gradient: one row a run or six give the same losses", async () => {
    const folder = join(root, "other-rows");
    await fit(await tinyFit(folder, { ...tinySettings, rowTokens: 24, rowsPerRun: 6 }));
    const [a, b] = [await readSteps(undisturbed), await readSteps(folder)];
    // Another summation order in float32, carried through 15 steps of Adam.
    for (const [i, row] of a.entries()) if (row.loss) expect(b[i].loss! / row.loss).toBeCloseTo(1, 3);
  });

  test("a finished training runs no step again", async () => {
    let progress = 0;
    await fit({ ...(await tinyFit(undisturbed)), onProgress: () => progress++ });
    expect(progress).toBe(0);
  });

  test("an abort at any moment resumes to the same bits", async () => {
    const expected = await results(undisturbed);
    for (const stopAfter of [1, 2, 7, 20, 33]) {
      const folder = join(root, `abort-${stopAfter}`);
      const controller = new AbortController();
      let calls = 0;
      const onProgress = () => {
        if (++calls === stopAfter) controller.abort(new Error("stopped"));
      };
      await expect(fit({ ...(await tinyFit(folder)), signal: controller.signal, onProgress })).rejects.toThrow(
        "stopped",
      );
      await fit(await tinyFit(folder));
      expect(await results(folder)).toEqual(expected);
    }
  }, 120_000);

  test("SIGKILL at ten random moments inside training ends at the same bits", async () => {
    const expected = await results(undisturbed);
    const folder = join(root, "killed");
    const random = createRandom("kill");
    const killedAt: number[] = [];
    for (let i = 0; i < 40 && killedAt.length < 10; i++) {
      const { child, exited, reports } = startFit(folder);
      await reports(1 + random.integer(24)); // of about 60 in all, 12 from one checkpoint to the next
      await sleep(random.integer(20));
      child.kill("SIGKILL");
      const { signal, step } = await exited;
      if (signal === "SIGKILL") killedAt.push(step);
      else await rm(folder, { recursive: true, force: true }); // finished before the kill: once more from the start
    }
    // Every kill fell after the first report of training and before the end of the process, and not all at one place.
    expect(killedAt).toHaveLength(10);
    expect(killedAt.every((step) => step >= 0 && step <= 15)).toBe(true);
    expect(new Set(killedAt).size).toBeGreaterThan(3);
    expect((await startFit(folder).exited).code).toBe(0);
    expect(await results(folder)).toEqual(expected);
  }, 240_000);

  // "saving" is over within a few ms, so most of its kills fall into the files being written; a late one falls behind the rename.
  test.each(["validating", "saving"])(
    "SIGKILL ten times while %s, and just after, ends at the same bits",
    async (phase) => {
      const expected = await results(undisturbed);
      const folder = join(root, `killed-${phase}`);
      let kills = 0;
      for (let i = 0; i < 10; i++) {
        // From every start on, the first or second time; a resumed process may begin with a validation, or have none left.
        const { exited } = startFit(folder, [phase, 1 + (i % 2), (i % 5) * 0.7]);
        const { signal } = await exited;
        if (signal === "SIGKILL") kills++;
        else await rm(folder, { recursive: true, force: true });
      }
      expect(kills).toBeGreaterThanOrEqual(8);
      expect((await startFit(folder).exited).code).toBe(0);
      expect(await results(folder)).toEqual(expected);
    },
    240_000,
  );

  test("an abort during validation keeps every step: they are saved before it is measured", async () => {
    const folder = join(root, "abort-validating");
    const controller = new AbortController();
    const options = await tinyFit(folder);
    const onProgress = ({ step, phase }: FitProgress) => {
      if (phase === "validating" && step === 6) controller.abort(new Error("stopped"));
    };
    await expect(fit({ ...options, signal: controller.signal, onProgress })).rejects.toThrow("stopped");
    expect(await readdir(join(folder, "checkpoints"))).toContain("step-000006");
    const trained: number[] = [];
    await fit({
      ...(await tinyFit(folder)),
      onProgress: ({ step, phase }) => phase === "training" && trained.push(step),
    });
    expect(Math.min(...trained)).toBe(6);
    expect(await results(folder)).toEqual(await results(undisturbed));
  });

  test("best.json that a kill left behind is brought up to the checkpoint, also where no step is left", async () => {
    const folder = join(root, "stale-best");
    await fit(await tinyFit(folder));
    const best = await readFile(join(folder, "best.json"), "utf8");
    await writeFile(join(folder, "best.json"), JSON.stringify({ step: 3, checkpoint: "checkpoints/step-000003" }));
    await fit(await tinyFit(folder));
    expect(await readFile(join(folder, "best.json"), "utf8")).toBe(best);
  });

  test("checkpoints come by the clock too and are pruned by rule: the best, the two newest, the newest validated", async () => {
    const folder = join(root, "clock");
    const seen = new Set<string>();
    const options = await tinyFit(folder, { ...tinySettings, checkpointMinutes: 1e-9, keepCheckpoints: 2 });
    const onProgress = ({ step, phase }: FitProgress) => {
      if (phase === "saving") seen.add(`${step}`);
    };
    const { best } = await fit({ ...options, onProgress });
    expect(seen.size).toBe(15);
    const kept = [...new Set([best.step, 12, 14, 15])].sort((a, b) => a - b);
    expect(await readdir(join(folder, "checkpoints"))).toEqual(
      kept.map((step) => `step-${String(step).padStart(6, "0")}`),
    );
    expect(best).toEqual(report.best);
  });

  test("a checkpoint of other settings or data is refused, and says what to do", async () => {
    const other = await tinyFit(undisturbed, { ...tinySettings, learningRate: 1e-3 });
    await expect(fit(other)).rejects.toThrow(
      /was made from other replies, another base or other training settings.*Use another run folder with --run, or delete/s,
    );
  });

  test("a damaged checkpoint names the file and the way out, which leads to the same training", async () => {
    const folder = join(root, "damaged");
    await fit(await tinyFit(folder));
    const best = await readFile(join(folder, "best.json"), "utf8");
    const newest = join(folder, "checkpoints", "step-000015");
    const before = (await readdir(join(folder, "checkpoints"))).at(-2);
    const wayOut = `Delete that folder: training goes on from ${before}.`;
    const [tensors, state] = [join(newest, "optimizer.safetensors"), join(newest, "state.json")];
    await writeFile(tensors, (await readFile(tensors)).subarray(0, 2000));
    const error = await fit(await tinyFit(folder)).catch((reason) => reason);
    expect(error.message).toContain(`The checkpoint ${newest} is damaged (${tensors}, `);
    expect(error.message).toContain(wayOut);
    await writeFile(state, "{");
    await expect(fit(await tinyFit(folder))).rejects.toThrow(`(${state}, the whole file). ${wayOut}`);
    await rm(state);
    await expect(fit(await tinyFit(folder))).rejects.toThrow(`(${state} does not exist). ${wayOut}`);
    await rm(newest, { recursive: true });
    await fit(await tinyFit(folder));
    expect(await readFile(join(folder, "best.json"), "utf8")).toBe(best);
  });

  test("settings that cannot work are refused before anything is written", async () => {
    const folder = join(root, "refused");
    const options = await tinyFit(folder);
    await expect(fit({ ...options, train: [] })).rejects.toThrow("There is no reply to train on");
    await expect(fit({ ...options, validation: [] })).rejects.toThrow("There is no reply to validate on");
    await expect(fit({ ...options, settings: { ...tinySettings, rowTokens: 8 } })).rejects.toThrow(
      "train.rowTokens is 8",
    );
    const typo = { ...tinySettings, targets: ["q_proj", "gate_porj"] };
    await expect(fit({ ...options, settings: typo })).rejects.toThrow(
      'train.targets: unknown "gate_porj". The projections that LoRA can adapt are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj.',
    );
    await expect(fit({ ...options, settings: { ...tinySettings, targets: [] } })).rejects.toThrow("no projection");
    await expect(readdir(folder)).rejects.toThrow("ENOENT");
  });
});

test("only the adapter moves, its size follows the formula, and full training moves everything", async () => {
  // Rank 4, D 32, q 32, kv 16, F 48, 2 layers: 4 · ((32+32)·2 + (32+16)·2 + (32+48)·3) · 2 = 3712
  expect(report.trainableParameters).toBe(3712);
  const options = await tinyFit(join(root, "frozen"));
  const before = new Map([...options.base].map(([name, data]) => [name, data.slice()]));
  await fit(options);
  expect(options.base).toEqual(before);
  const full = await fit(await tinyFit(join(root, "full"), { ...tinySettings, method: "full", learningRate: 1e-3 }));
  expect(full.trainableParameters).toBe([...before.values()].reduce((sum, data) => sum + data.length, 0));
  expect(full.best.validationLoss).toBeLessThan(full.startLoss);
});

describe("a number that is not finite", () => {
  /** A base whose token 200 is no number, in the examples that `isPoisoned` names. */
  async function poisoned(folder: string, isPoisoned: (index: number) => boolean) {
    const options = await tinyFit(folder);
    const base = new Map(options.base);
    const table = base.get("model.embed_tokens.weight")!;
    base.set("lm_head.weight", table);
    base.set("model.embed_tokens.weight", table.slice().fill(Number.NaN, 200 * 32, 201 * 32));
    const train = options.train.map((one, i) => (isPoisoned(i) ? { ...one, ids: one.ids.with(1, 200) } : one));
    return { ...options, base, config: { ...options.config, tiedEmbeddings: false }, train };
  }

  test("skips its step, counts and shows it, and every number that is kept stays finite", async () => {
    const folder = join(root, "one-bad");
    const shown: number[] = [];
    const options = await poisoned(folder, (index) => index === 7);
    const { skippedSteps, best, startLoss } = await fit({
      ...options,
      onProgress: ({ skipped }) => shown.push(skipped),
    });
    expect(skippedSteps).toBe(3); // once an epoch
    expect(shown.at(-1)).toBe(3);
    expect(best.validationLoss).toBeLessThan(startLoss);
    const skipped = (await readSteps(folder)).filter((row) => row.skipped !== undefined);
    expect(skipped).toHaveLength(3);
    expect(skipped.every((row) => row.skipped === "loss" && !("loss" in row))).toBe(true);
    for (const name of ["adapter_model.safetensors", "optimizer.safetensors"])
      expect(await countInfinite(join(folder, "checkpoints", "step-000015", name))).toBe(0);
  });

  test("five times in a row stops, with the batch and the last good state saved", async () => {
    const folder = join(root, "all-bad");
    const options = await poisoned(folder, () => true);
    const message = /5 steps in a row \(1 to 5\).*the loss.*step-000004.*Lower train\.learningRate.*bad-batch\.json/s;
    await expect(fit(options)).rejects.toThrow(message);
    const { step, batch } = JSON.parse(await readFile(join(folder, "bad-batch.json"), "utf8"));
    expect(step).toBe(5);
    expect(batch).toHaveLength(6); // 38 examples: the fifth step of an epoch takes what is left
    expect(batch[0].ids).toContain(200);
    expect(await countInfinite(join(folder, "checkpoints", "step-000004", "adapter_model.safetensors"))).toBe(0);
    await expect(fit(await poisoned(folder, () => true))).rejects.toThrow(message); // a resume comes to the same place
  });
});

test("a finite loss with a gradient that is not leaves weights and moments alone and names the tensor", async () => {
  const { config, base, settings, train } = await tinyFit(root);
  const trained = startTrained({ config, base, baseName: "tiny", settings, seed: 1 });
  const openSession: OpenSession = (model, use) => withSession(model, { threads: 1 }, use);
  await withEngine({ config, base, trained, settings, openSession }, async (engine) => {
    const name = "model.layers.1.mlp.up_proj.lora_B.weight";
    const spoilt: Engine = {
      ...engine,
      async lossAndGradients(examples) {
        const result = await engine.lossAndGradients(examples);
        result.gradients.get(name)![3] = Number.POSITIVE_INFINITY;
        return result;
      },
    };
    const copy = () => structuredClone({ weights: trained.weights, moments: trained.moments });
    const before = copy();
    const step = { trained, settings, examples: train.slice(0, 8), done: 4, steps: 9 };
    const skipped = await takeStep({ ...step, engine: spoilt });
    expect(skipped).toMatchObject({ step: 5, skipped: `gradient of ${name}`, loss: expect.any(Number) });
    expect(copy()).toEqual(before);
    await takeStep({ ...step, engine }); // the same step with its true gradients does move them
    expect(copy()).not.toEqual(before);
  });
});

async function countInfinite(path: string): Promise<number> {
  const reader = await openSafetensors(path);
  let count = 0;
  for (const name of reader.entries.keys())
    for (const value of await reader.readFloat32(name)) if (!Number.isFinite(value)) count++;
  await reader.close();
  return count;
}
