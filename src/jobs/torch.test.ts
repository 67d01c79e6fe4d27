/** The torch engine against ours, on the same tiny training. Needs Python with torch: POCKETREPLY_TORCH names it; without, this says that it is skipped. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mountSmallDisk } from "../../scripts/fixtures/small-disk.ts";
import { tinyFit, tinySettings } from "../train/fit.fixture.ts";
import { type FitOptions, fit } from "../train/fit.ts";
import { type Example, lossTokens, preferenceMethods, type StepRow, startTrained } from "../train/index.ts";
import { type MethodSettings, type PreferenceUnit, sequencesOf, weigh } from "../train/preference/methods.ts";
import { preferenceObjective } from "../train/preference/objective.ts";
import { digestOf, referenceSums } from "../train/preference/reference.ts";
import { type PlannedStep, writeJob } from "./job.ts";
import { runTorch } from "./torch.ts";

const python = process.env.POCKETREPLY_TORCH;
const baseFolder = fileURLToPath(new URL("../../golden/train/base/", import.meta.url));
/** 30 steps: six epochs of five. */
const settings = { ...tinySettings, epochs: 6 };

let root: string;
let ours: StepRow[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pocketreply-torch-"));
  await fit(await tinyFit(join(root, "ours"), settings));
  ours = await readSteps(join(root, "ours"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function readSteps(folder: string): Promise<StepRow[]> {
  return (await readFile(join(folder, "steps.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as StepRow);
}

/** A job folder of the training in `folder`, written beside it. */
async function job(folder: string): Promise<string> {
  const at = join(folder, "job");
  await mkdir(folder, { recursive: true });
  await writeJob(at, { fit: await tinyFit(folder, settings), baseFolder });
  return at;
}

function expectSame(rows: readonly StepRow[], expected: readonly StepRow[] = ours): void {
  const isValidation = ({ step, validationLoss }: StepRow) => [step, validationLoss !== undefined];
  expect(rows.map(isValidation)).toEqual(expected.map(isValidation));
  for (const [i, row] of rows.entries()) {
    const { seconds, loss, gradNorm, validationLoss, step, epoch, ...figures } = expected[i];
    expect(row).toMatchObject({ step, epoch });
    if (loss !== undefined) expect(Math.abs(row.loss! - loss)).toBeLessThan(1e-5);
    if (gradNorm !== undefined) expect(row.gradNorm! / gradNorm).toBeCloseTo(1, 4);
    if (validationLoss !== undefined) expect(Math.abs(row.validationLoss! - validationLoss)).toBeLessThan(1e-5);
    const theirs = row as unknown as Record<string, number>; // counts, learning rate, and what an objective tells
    for (const [name, value] of Object.entries(figures)) {
      if (/accuracy$/i.test(name) && step <= 2) continue; // the weights are still the reference's: which side is ahead is rounding
      expect(theirs[name], name).toBeCloseTo(value as number, 4);
    }
  }
}

/** The command that starts so many processes. */
const torchrun = (processes: number, at: string, ...more: string[]) => [
  ...["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", `${processes}`],
  ...[join(at, "train.py"), ...more],
];

const disk = python === undefined ? null : mountSmallDisk(1 << 20);
afterAll(() => disk?.close());

describe.skipIf(python === undefined)("the torch engine", () => {
  test("gives our losses over 30 steps, killed in the middle", async () => {
    const folder = join(root, "killed");
    const at = await job(folder);
    const controller = new AbortController();
    const stop = runTorch({
      ...{ folder: at, out: folder, python: python!, signal: controller.signal },
      onProgress: ({ step }) => step === 13 && controller.abort(new Error("stopped")),
    });
    await expect(stop).rejects.toThrow("stopped");
    expect((await readSteps(folder)).length).toBeLessThan(ours.length);
    await runTorch({ folder: at, out: folder, python: python! });
    expectSame(await readSteps(folder));
  }, 300_000);

  test("ours goes on from its checkpoint, and it from ours", async () => {
    const folder = join(root, "switched");
    const controller = new AbortController();
    const onProgress = ({ step }: { step: number }) => step === 10 && controller.abort(new Error("stopped"));
    await expect(fit({ ...(await tinyFit(folder, settings)), signal: controller.signal, onProgress })).rejects.toThrow(
      "stopped",
    );
    const at = await job(folder);
    const second = new AbortController();
    const stop = runTorch({
      ...{ folder: at, out: folder, python: python!, signal: second.signal },
      onProgress: ({ step }) => step === 20 && second.abort(new Error("stopped")),
    });
    await expect(stop).rejects.toThrow("stopped");
    const report = await fit(await tinyFit(folder, settings));
    expectSame(await readSteps(folder));
    const best = JSON.parse(await readFile(join(root, "ours", "best.json"), "utf8")) as { step: number };
    expect(report.best.step).toBe(best.step);
  }, 300_000);

  test("three processes give the losses of one, also where a step's rows do not divide by three", async () => {
    const folder = join(root, "three");
    const at = await job(folder);
    const plan = (await readFile(join(at, "plan.jsonl"), "utf8")).trim().split("\n");
    const rows = plan.map((line) => (JSON.parse(line) as PlannedStep).rows.length);
    expect(rows.some((count) => count % 3 !== 0)).toBe(true);
    const run = spawnSync(python!, torchrun(3, at, "--out", folder), { encoding: "utf8" });
    expect(run.status, run.stderr).toBe(0);
    expectSame(await readSteps(folder));
    expect((await readdir(join(folder, "checkpoints"))).filter((name) => name.endsWith(".partial"))).toEqual([]);
  }, 300_000);

  test.each([
    ["killed", "SIGKILL", /another process of this job ended|Signal 9 \(SIGKILL\)/],
    ["that hangs", "SIGSTOP", /did not answer for 20 s .*start the job again/],
  ] as const)(
    "one of two processes %s: the job ends with a message, and the next start goes on to the same losses",
    async (name, signal, message) => {
      const folder = join(root, `rank ${name}`);
      const at = await job(folder);
      const command = torchrun(2, at, "--out", folder, "--timeout", "20");
      const child = spawn(python!, command, { stdio: ["ignore", "ignore", "pipe"] });
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      const ended = once(child, "close") as Promise<[number | null]>;
      const steps = join(folder, "steps.jsonl");
      const isUnderWay = async () => existsSync(steps) && (await readFile(steps, "utf8")).includes('"step": 8,');
      while (!(await isUnderWay()) && child.exitCode === null) await sleep(20);
      const ranks = spawnSync("pgrep", ["-P", `${child.pid}`], { encoding: "utf8" })
        .stdout.trim()
        .split("\n")
        .map(Number);
      expect(ranks.length).toBeGreaterThanOrEqual(2);
      process.kill(ranks.at(-1)!, signal);
      const [code] = await ended;
      expect(code).not.toBe(0);
      expect(said).toMatch(message);
      expect((await readSteps(folder)).length).toBeLessThan(ours.length);
      const again = spawnSync(python!, command, { encoding: "utf8" });
      expect(again.status, again.stderr).toBe(0);
      expectSame(await readSteps(folder));
    },
    300_000,
  );

  test.skipIf(disk === null)(
    "a volume that fills: said where, nothing half-written, and it goes on to the same losses when there is room",
    async () => {
      const at = await job(join(root, "full"));
      const out = join(disk!.folder, "full");
      const onProgress = ({ step, phase }: { step: number; phase: string }) =>
        step === 8 && phase === "training" && disk!.fill();
      await expect(runTorch({ folder: at, out, python: python!, onProgress })).rejects.toThrow(
        /error: .*full\/.* could not be written \(.*[Nn]o space left.*make room there and start again/s,
      );
      const steps = await readSteps(out); // each a whole line
      expect(steps.length).toBeLessThan(ours.length);
      const left = await readdir(out, { recursive: true });
      expect(left.filter((name) => name.endsWith(".partial"))).toEqual([]);
      disk!.free();
      await runTorch({ folder: at, out, python: python! });
      expectSame(await readSteps(out));
    },
    300_000,
  );

  test("a job folder changed by hand, or of other data than the results so far, is refused by name", async () => {
    const folder = join(root, "edited");
    const at = await job(folder);
    const run = () => runTorch({ folder: at, out: folder, python: python! });
    await cp(join(at, "job.json"), join(root, "job.json"));
    await appendFile(join(at, "job.json"), "\n");
    await expect(run()).rejects.toThrow(
      /job\.json is not the file that this job was written with .*npx pocketreply job/,
    );
    await cp(join(root, "job.json"), join(at, "job.json"));
    await cp(join(at, "examples.json"), join(at, "plan.jsonl"));
    await expect(run()).rejects.toThrow(/plan\.jsonl is not the file that this job was written with/);
    const other = { ...(await tinyFit(join(root, "other"), settings)), seed: 12 };
    await writeJob(at, { fit: other, baseFolder });
    await expect(run()).rejects.toThrow(
      /step-000000 was made from other replies, another base or other training settings/,
    );
    await rm(join(at, "SHA256SUMS"));
    await expect(run()).rejects.toThrow(/this is no whole job folder/);
  }, 300_000);
});

/** Pairs, a reply to imitate and one with a token to avoid; single replies for KTO. */
function makeUnits(train: readonly Example[], method: MethodSettings["method"]): PreferenceUnit[] {
  const noisy = ({ id, ids, completionStart }: Example): Example => ({
    id: `${id} noise`,
    ids: Int32Array.from(ids, (token, i) => (i < completionStart ? token : (token * 7 + 3) % 96)),
    completionStart,
  });
  if (method === "kto")
    return train.slice(0, 9).map((reply, i, all) => ({
      ...{ kind: "single", liked: i % 3 !== 0, mismatched: noisy(all.at(i - 1)!) },
      reply: i % 3 === 0 ? noisy(reply) : reply,
    }));
  const avoided = noisy(train[10]);
  return [
    ...train.slice(0, 9).map((chosen) => ({ kind: "pair" as const, chosen, rejected: noisy(chosen) })),
    { kind: "imitate", reply: train[9] },
    { kind: "avoid", reply: avoided, avoided: Array.from({ length: lossTokens(avoided) }, (_, i) => i === 1) },
  ];
}

const numbers = { beta: 0.1, gamma: 0.5, sft: 0.5, likedWeight: 1, dislikedWeight: 0.8 };

/** Reads what the test says of units and the log p of their tokens, and prints what preference.py makes of them. */
const WEIGH = `
import json, sys, types
sys.path.insert(0, sys.argv[1])
import torch
from preference import Preference
for line in sys.stdin:
    about = json.loads(line)
    job = types.SimpleNamespace(json={"preference": about}, loss_tokens=lambda rows: [len(about["logps"][i]) for row in rows for i in row],
        examples=[(torch.tensor(ids), start) for ids, start in about["examples"]])
    loss, weights, figures = Preference(job).weigh(range(len(about["units"])), {i: torch.tensor(x) for i, x in enumerate(about["logps"])})
    print(json.dumps({"loss": loss, "weights": [w.tolist() for w in weights.values()], "figures": figures}))`;

describe.skipIf(python === undefined)("preferences with the torch engine", () => {
  test("every method weighs as ours does", async () => {
    const { train } = await tinyFit(join(root, "weigh"), settings);
    const cases = preferenceMethods.map((method, seed) => {
      const units = makeUnits(train, method);
      const sequences = sequencesOf(units);
      const logps = sequences.map((one, i) =>
        Float32Array.from({ length: lossTokens(one) }, (_, t) => -0.2 - ((i * 7 + t * 3 + seed) % 11) / 3),
      );
      const logProbabilities = new Map(sequences.map((one, i) => [one, logps[i]]));
      const reference = new Map(sequences.map((one, i) => [one, -2 - (i % 5)]));
      const own = { method, ...numbers };
      const objective = preferenceObjective({
        settings: own,
        train: units,
        validation: [],
        reference,
        referenceDigest: "",
      });
      const told = { ...objective.description, train: units.length, batchSize: units.length };
      const examples = sequences.map(({ ids, completionStart }) => [[...ids], completionStart]);
      const { figures } = objective.weigh(objective.units, logProbabilities);
      const { loss, weights } = weigh(units, own, { logProbabilities, reference });
      return {
        line: JSON.stringify({ ...told, examples, logps: logps.map((one) => [...one]) }),
        expected: { loss, figures, weights: sequences.map((one) => [...weights.get(one)!]) },
      };
    });
    const folder = fileURLToPath(new URL("../../backends/torch/", import.meta.url));
    const input = cases.map(({ line }) => line).join("\n");
    const { stdout, stderr } = spawnSync(python!, ["-c", WEIGH, folder], { input, encoding: "utf8" });
    const found = stdout.trim().split("\n");
    expect(found, stderr).toHaveLength(cases.length);
    for (const [i, { expected }] of cases.entries()) {
      const { loss, weights, figures } = JSON.parse(found[i]) as typeof expected;
      expect(loss).toBeCloseTo(expected.loss, 5);
      for (const [name, value] of Object.entries(expected.figures)) expect(figures[name], name).toBeCloseTo(value, 5);
      expect(Object.keys(figures).sort()).toEqual(Object.keys(expected.figures).sort());
      for (const [k, own] of expected.weights.entries())
        for (const [t, weight] of own.entries()) expect(weights[k][t]).toBeCloseTo(weight, 5);
    }
  }, 120_000);

  test("dpo gives our losses and figures, changing engines in the middle", async () => {
    const few = { ...settings, batchSize: 4, accumulation: 1, epochs: 4 };
    const options = async (folder: string): Promise<FitOptions> => {
      const tiny = await tinyFit(folder, few);
      const start = new Map(startTrained(tiny).weights);
      const units = makeUnits(tiny.train, "dpo");
      const validation = units.slice(-3);
      const all = sequencesOf(units);
      const path = join(folder, "reference.json");
      const reference = await referenceSums(all, { ...tiny, onProgress: undefined, start, path });
      const objective = preferenceObjective({
        ...{ settings: { method: "dpo", ...numbers }, train: units, validation, reference },
        referenceDigest: digestOf(all, start),
      });
      return { ...tiny, train: all, validation: sequencesOf(validation), objective, start };
    };
    const [calm, mixed] = [join(root, "dpo"), join(root, "dpo-torch")];
    await fit(await options(calm));
    const at = join(mixed, "job");
    await writeJob(at, { fit: await options(mixed), baseFolder });
    const controller = new AbortController();
    const stop = runTorch({
      ...{ folder: at, out: mixed, python: python!, signal: controller.signal },
      onProgress: ({ step }) => step === 7 && controller.abort(new Error("stopped")),
    });
    await expect(stop).rejects.toThrow("stopped");
    await fit(await options(mixed));
    const rows = await readSteps(calm);
    expect(rows.some((row) => "margin" in row)).toBe(true);
    expectSame(await readSteps(mixed), rows);
  }, 300_000);
});
