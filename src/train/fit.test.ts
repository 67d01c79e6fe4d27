import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { tinyFit, tinySettings } from "./fit.fixture.ts";
import { type FitReport, fit, type StepRow } from "./fit.ts";

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
function startFit(folder: string) {
  const fixture = fileURLToPath(new URL("./fit.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", fixture, folder], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const lines = () => printed.split("\n").filter(Boolean);
  const exited = once(child, "close").then(([code, signal]) => ({
    ...{ code: code as number | null, signal: signal as string | null },
    step: Number(lines().at(-1)?.replace("at step ", "") ?? -1),
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
  });

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
  }, 120_000);

  test("a checkpoint of other settings or data is refused, and says what to do", async () => {
    const other = await tinyFit(undisturbed, { ...tinySettings, learningRate: 1e-3 });
    await expect(fit(other)).rejects.toThrow(
      /was made from other replies, another base or other training settings.*Use another run folder with --run, or delete/s,
    );
  });

  test("a damaged checkpoint names the file", async () => {
    const folder = join(root, "damaged");
    await fit(await tinyFit(folder));
    const path = join(folder, "checkpoints", "step-000015", "optimizer.safetensors");
    await writeFile(path, (await readFile(path)).subarray(0, 2000));
    await expect(fit(await tinyFit(folder))).rejects.toThrow(path);
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
