/** The torch engine against ours, on the same tiny training. Needs Python with torch: POCKETREPLY_TORCH names it; without, this says that it is skipped. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyFit, tinySettings } from "../train/fit.fixture.ts";
import { fit } from "../train/fit.ts";
import type { StepRow } from "../train/index.ts";
import { writeJob } from "./job.ts";
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

function expectSame(rows: readonly StepRow[]): void {
  expect(rows.map(({ step, validationLoss }) => [step, validationLoss === undefined])).toEqual(
    ours.map(({ step, validationLoss }) => [step, validationLoss === undefined]),
  );
  for (const [i, row] of rows.entries()) {
    const { seconds, loss, gradNorm, validationLoss, ...exact } = ours[i];
    expect(row).toMatchObject(exact);
    if (loss !== undefined) expect(Math.abs(row.loss! - loss)).toBeLessThan(1e-5);
    if (gradNorm !== undefined) expect(row.gradNorm! / gradNorm).toBeCloseTo(1, 4);
    if (validationLoss !== undefined) expect(Math.abs(row.validationLoss! - validationLoss)).toBeLessThan(1e-5);
  }
}

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

  test("two processes give the losses of one", async () => {
    const folder = join(root, "two");
    const at = await job(folder);
    const torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"];
    const run = spawnSync(python!, [...torchrun, join(at, "train.py"), "--out", folder], { encoding: "utf8" });
    expect(run.status, run.stderr).toBe(0);
    expectSame(await readSteps(folder));
    expect((await readdir(join(folder, "checkpoints"))).filter((name) => name.endsWith(".partial"))).toEqual([]);
  }, 300_000);

  test("one of two processes killed: the job ends, and the next start goes on to the same losses", async () => {
    const folder = join(root, "rank");
    const at = await job(folder);
    const torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"];
    const command = [...torchrun, join(at, "train.py"), "--out", folder, "--timeout", "60"];
    const child = spawn(python!, command, { stdio: "ignore" });
    const ended = once(child, "exit") as Promise<[number | null]>;
    const steps = join(folder, "steps.jsonl");
    const isUnderWay = async () => existsSync(steps) && (await readFile(steps, "utf8")).includes('"step": 8,');
    while (!(await isUnderWay()) && child.exitCode === null) await sleep(20);
    const ranks = spawnSync("pgrep", ["-P", `${child.pid}`], { encoding: "utf8" })
      .stdout.trim()
      .split("\n")
      .map(Number);
    expect(ranks.length).toBeGreaterThanOrEqual(2);
    process.kill(ranks.at(-1)!, "SIGKILL");
    const [code] = await ended;
    expect(code).not.toBe(0);
    expect((await readSteps(folder)).length).toBeLessThan(ours.length);
    const again = spawnSync(python!, command, { encoding: "utf8" });
    expect(again.status, again.stderr).toBe(0);
    expectSame(await readSteps(folder));
  }, 240_000);

  test("a job folder changed by hand is refused by name", async () => {
    const at = await job(join(root, "edited"));
    await cp(join(at, "examples.json"), join(at, "plan.jsonl"));
    await expect(runTorch({ folder: at, out: join(root, "edited"), python: python! })).rejects.toThrow(
      /plan\.jsonl is not the file that this job was written with/,
    );
  });
});
