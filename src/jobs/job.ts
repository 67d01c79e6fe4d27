/**
 * The job folder: everything that `backends/torch/train.py` needs to take the steps of a training elsewhere, and nothing it could choose
 * otherwise. Which sequences make up a step, how they are packed into rows, and at which learning rate, is decided here and written down.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, cp, link, mkdir, readdir, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { hashFile, writeFileAtomic, writeJsonFile, writeJsonlFile, writeSafetensors } from "../formats/index.ts";
import { baseTensors, peftConfig } from "../model/index.ts";
import {
  checkpointName,
  createOrder,
  type Example,
  type FitOptions,
  fingerprintOf,
  learningRateAt,
  lossTokens,
  type OrderState,
  openKeeper,
  packRows,
  startTrained,
  totalSteps,
} from "../train/index.ts";

/** One line of plan.jsonl: an optimiser step. */
export interface PlannedStep {
  /** Counted from 1. */
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  /** Packed rows of example numbers. */
  readonly rows: readonly (readonly number[])[];
  /** The units of an objective that the rows hold; none without one. */
  readonly units?: readonly number[];
  readonly sequences: number;
  readonly tokens: number;
  readonly lossTokens: number;
  /** Where the walk over the examples stands after this step. */
  readonly order: OrderState;
  /** Whether a checkpoint is saved and validated after it. */
  readonly validate: boolean;
}

/** The program that runs a job, and the packages it was tried with. */
const programFiles = ["train.py", "job.py", "keeper.py", "preference.py", "requirements.txt"];
const programFolder = fileURLToPath(new URL("../../backends/torch/", import.meta.url));

/**
 * Writes the job folder of a training in place of an older one. It starts where the training stands: at its newest checkpoint, or at the
 * beginning. `baseFolder` holds the base's config.json and, unless the base is a GGUF file, its safetensors, which are linked or copied.
 */
export async function writeJob(
  folder: string,
  { fit, baseFolder }: { fit: FitOptions; baseFolder: string },
): Promise<void> {
  const { settings, seed, train, validation, objective, paths } = fit;
  const fingerprint = fingerprintOf(fit);
  const trained = startTrained(fit);
  for (const [name, data] of fit.start ?? []) trained.weights.get(name)!.set(data);
  const keeper = await openKeeper({ ...fit, trained, fingerprint });
  if (keeper.step === 0) await keeper.save(0, createOrder(unitsOf(fit).length, seed).state(), false);

  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "base"), { recursive: true });
  for (const name of programFiles) await copyFile(join(programFolder, name), join(folder, name));
  await writeJsonlFile(join(folder, "plan.jsonl"), planSteps(fit));
  await writeExamples(folder, [...train, ...validation]);
  await placeBase(join(folder, "base"), fit, baseFolder);
  const newest = checkpointName(keeper.step);
  await cp(join(paths.checkpoints, newest), join(folder, "start", newest), { recursive: true });
  if (existsSync(paths.steps)) await copyFile(paths.steps, join(folder, "start", "steps.jsonl"));

  const { adapterConfig } = trained;
  await writeJsonFile(join(folder, "job.json"), {
    version: 2,
    fingerprint,
    seed,
    settings,
    adapter: adapterConfig,
    adapterConfig: adapterConfig && peftConfig(adapterConfig, adapterConfig),
    validationRows: numbered(packRows(validation, settings.rowTokens), [...train, ...validation]),
    preference: objective
      ? {
          ...objective.description,
          ...{ train: objective.units.length, batchSize: settings.batchSize * settings.accumulation },
        }
      : null,
  });
  await writeSums(folder);
}

/** SHA256SUMS, as sha256sum writes it: of every file that decides a number, but for the base's weights. Last: a folder with it is whole. */
async function writeSums(folder: string): Promise<void> {
  const start = (await readdir(join(folder, "start"), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const names = [
    ...programFiles,
    "job.json",
    "plan.jsonl",
    "examples.json",
    "tokens.i32",
    "base/config.json",
    ...start,
  ];
  const lines: string[] = [];
  for (const name of names) lines.push(`${await hashFile(join(folder, name))}  ${name}\n`);
  await writeFileAtomic(join(folder, "SHA256SUMS"), lines.join(""));
}

/** What the walk over the data goes over: the units of an objective, or each sequence by itself. */
function unitsOf({ train, objective }: Pick<FitOptions, "train" | "objective">): readonly (readonly Example[])[] {
  return objective?.units ?? train.map((example) => [example]);
}

/** Every step of a training, from the first: the same that `fit` takes. */
function planSteps(fit: Pick<FitOptions, "train" | "settings" | "seed" | "objective">): PlannedStep[] {
  const { train, settings, seed, objective } = fit;
  const { batchSize, accumulation, epochs, checkpointEvery, rowTokens } = settings;
  const all = unitsOf(fit);
  const steps = totalSteps(all.length, batchSize * accumulation, epochs);
  const order = createOrder(all.length, seed);
  return Array.from({ length: steps }, (_, done) => {
    const units = order.next(batchSize * accumulation);
    const examples = units.flatMap((index) => all[index]);
    const { epoch } = order.state(); // that of these examples: the next one begins with the next of them
    const step = done + 1;
    return {
      ...{ step, epoch, learningRate: learningRateAt(done, steps, settings) },
      rows: numbered(packRows(examples, rowTokens), train),
      ...(objective && { units }),
      sequences: examples.length,
      tokens: examples.reduce((sum, { ids }) => sum + ids.length, 0),
      lossTokens: examples.reduce((sum, example) => sum + lossTokens(example), 0),
      order: order.state(),
      validate: step % checkpointEvery === 0 || step === steps,
    };
  });
}

/** Rows of examples as rows of their numbers in `all`. */
function numbered(rows: readonly (readonly Example[])[], all: readonly Example[]): number[][] {
  const numbers = new Map(all.map((example, index) => [example, index]));
  return rows.map((row) => row.map((example) => numbers.get(example)!));
}

/** tokens.i32: the token ids of all sequences one after the other, little-endian; examples.json: how long each is and where its completion starts. */
async function writeExamples(folder: string, examples: readonly Example[]): Promise<void> {
  const ids = new Int32Array(examples.reduce((sum, example) => sum + example.ids.length, 0));
  let at = 0;
  for (const example of examples) {
    ids.set(example.ids, at);
    at += example.ids.length;
  }
  await writeFileAtomic(join(folder, "tokens.i32"), new Uint8Array(ids.buffer));
  await writeJsonFile(join(folder, "examples.json"), {
    lengths: examples.map((example) => example.ids.length),
    completionStarts: examples.map(({ completionStart }) => completionStart),
  });
}

/** The base as transformers reads it: its own files, or the float32 weights that a GGUF stands for. */
async function placeBase(to: string, { config, base }: FitOptions, from: string): Promise<void> {
  await copyFile(join(from, "config.json"), join(to, "config.json"));
  const files = (await readdir(from)).filter((name) => /^model.*\.safetensors(\.index\.json)?$/.test(name));
  for (const name of files)
    await link(join(from, name), join(to, name)).catch(() => copyFile(join(from, name), join(to, name)));
  if (files.length > 0) return;
  const tensors = baseTensors(config).map(({ name, shape }) => {
    const data = base.get(name);
    if (!data) throw new UserError(`${from}: the weight ${name} is not there.`);
    return { name, shape, dtype: "F32" as const, data };
  });
  await writeSafetensors(join(to, "model.safetensors"), tensors, { format: "pt" });
}

/** A short name for a job, the same for the same training: what clusters list it by. */
export function jobName(fingerprint: string): string {
  return `pocketreply-${createHash("sha256").update(fingerprint).digest("hex").slice(0, 8)}`;
}
