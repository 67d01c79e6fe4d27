/**
 * Checkpoints: `step-000100/` with the trained tensors (a PEFT adapter, or a whole model), the optimiser's moments and the
 * position in the data. A folder under its final name is complete: it is written beside and renamed.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { explainWriteError, FormatError, UserError } from "../errors.ts";
import {
  openSafetensors,
  readJsonFile,
  shapeSize,
  type TensorSource,
  writeJsonFile,
  writeSafetensors,
} from "../formats/index.ts";
import { PEFT_PREFIX, peftConfig, type TensorSpec } from "../model/index.ts";
import type { Moments } from "./optimizer.ts";
import type { OrderState } from "./order.ts";
import type { AdapterConfig } from "./trained.ts";

/** What training needs beyond tensors to go on bit for bit. */
export interface TrainState {
  /** Finished optimiser steps. */
  readonly step: number;
  readonly order: OrderState;
  /** Hash of examples and hyperparameters: a checkpoint of other data or another recipe is refused. */
  readonly fingerprint: string;
  readonly best: { readonly step: number; readonly validationLoss: number } | null;
  /** Whether the validation that is due at this step has been done; true where none is due. */
  readonly validated: boolean;
  /** Steps whose loss or gradient was not finite: all of them, and those just before this checkpoint. */
  readonly skipped: { readonly total: number; readonly inARow: number };
}

export const checkpointName = (step: number) => `step-${String(step).padStart(6, "0")}`;

/** Writes one checkpoint below `folder` and returns its path. Throws UserError when the disk is full or not writable; nothing half-written stays. */
export async function writeCheckpoint(
  folder: string,
  content: {
    specs: readonly TensorSpec[];
    weights: ReadonlyMap<string, Float32Array>;
    moments: ReadonlyMap<string, Moments>;
    state: TrainState;
    adapter: AdapterConfig | null;
  },
): Promise<string> {
  const { specs, weights, moments, state, adapter } = content;
  const path = join(folder, checkpointName(state.step));
  const partial = `${path}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const tensors = (prefix: string, pick: (name: string) => Float32Array): TensorSource[] =>
      specs.map(({ name, shape }) => ({ name: prefix + name, shape, dtype: "F32", data: pick(name) }));
    const prefix = adapter ? PEFT_PREFIX : "";
    await writeSafetensors(
      join(partial, adapter ? "adapter_model.safetensors" : "model.safetensors"),
      tensors(prefix, (name) => weights.get(name)!),
      { format: "pt" },
    );
    if (adapter) await writeJsonFile(join(partial, "adapter_config.json"), peftConfig(adapter, adapter));
    await writeSafetensors(join(partial, "optimizer.safetensors"), [
      ...tensors("m.", (name) => moments.get(name)!.m),
      ...tensors("v.", (name) => moments.get(name)!.v),
    ]);
    await writeJsonFile(join(partial, "state.json"), state);
    await rm(path, { recursive: true, force: true });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    throw explainWriteError(error, path);
  }
  return path;
}

/** Replaces the state of a checkpoint that is there, in one rename: its tensors stay. */
export async function rewriteState(folder: string, state: TrainState): Promise<void> {
  await writeJsonFile(join(folder, checkpointName(state.step), "state.json"), state);
}

/**
 * Deletes the checkpoints that nothing needs. Kept are the best one, the two newest, and of those that were validated (`isValidated`)
 * the newest `keep`.
 */
export async function pruneCheckpoints(
  folder: string,
  options: { best: number | null; keep: number; isValidated: (step: number) => boolean },
): Promise<void> {
  const steps = await checkpointSteps(folder);
  const kept = new Set([
    ...(options.best === null ? [] : [options.best]),
    ...steps.slice(-2),
    ...steps.filter(options.isValidated).slice(-options.keep),
  ]);
  for (const step of steps.filter((one) => !kept.has(one))) {
    const path = join(folder, checkpointName(step));
    await rename(path, `${path}.partial`); // a folder under its final name is complete, even where the process is killed now
    await rm(`${path}.partial`, { recursive: true, force: true });
  }
}

/** The steps of the complete checkpoints below `folder`, oldest first. */
async function checkpointSteps(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.flatMap((name) => (/^step-\d{6,}$/.test(name) ? [Number(name.slice(5))] : [])).sort((a, b) => a - b);
}

/** Reads the newest complete checkpoint below `folder` into `weights` and `moments`; null where there is none. Throws UserError for a checkpoint of another training, or one that is damaged. */
export async function resumeCheckpoint(
  folder: string,
  into: {
    specs: readonly TensorSpec[];
    weights: ReadonlyMap<string, Float32Array>;
    moments: ReadonlyMap<string, Moments>;
    fingerprint: string;
    adapter: boolean;
  },
): Promise<TrainState | null> {
  const { specs, weights, moments, fingerprint, adapter } = into;
  const [newest, before] = (await checkpointSteps(folder)).reverse();
  if (newest === undefined) return null;
  const path = join(folder, checkpointName(newest));
  const next = before === undefined ? "training begins anew" : `training goes on from ${checkpointName(before)}`;
  const orDamaged = (error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    const place =
      error instanceof FormatError ? `${error.path}, ${error.where}` : error.message.replace(/\.[^.]*\.$/, "");
    throw new UserError(`The checkpoint ${path} is damaged (${place}). Delete that folder: ${next}.`);
  };
  const state = await readJsonFile(join(path, "state.json"))
    .then((value) => checkState(value, path))
    .catch(orDamaged);
  if (state.fingerprint !== fingerprint) {
    throw new UserError(
      `${path} was made from other replies, another base or other training settings, so training cannot go on from it. Use another run folder with --run, or delete ${folder} to train again.`,
    );
  }
  const trained = join(path, adapter ? "adapter_model.safetensors" : "model.safetensors");
  const optimizer = join(path, "optimizer.safetensors");
  try {
    await fill(trained, specs, adapter ? PEFT_PREFIX : "", (name) => weights.get(name)!);
    await fill(optimizer, specs, "m.", (name) => moments.get(name)!.m);
    await fill(optimizer, specs, "v.", (name) => moments.get(name)!.v);
  } catch (error) {
    orDamaged(error);
  }
  return state;
}

/**
 * The trained tensors of a finished checkpoint, to start another training from. Throws UserError where it holds an adapter of other
 * numbers or of another base, or a tensor of another shape.
 */
export async function readTrained(
  path: string,
  { specs, adapter }: { specs: readonly TensorSpec[]; adapter: AdapterConfig | null },
): Promise<Map<string, Float32Array>> {
  if (adapter) {
    const expected = peftConfig(adapter, adapter);
    const got = (await readJsonFile(join(path, "adapter_config.json"))) as Partial<typeof expected>; // compared below
    const keys = ["base_model_name_or_path", "r", "lora_alpha", "use_rslora", "target_modules"] as const;
    const other = keys.filter((key) => JSON.stringify(got[key]) !== JSON.stringify(expected[key]));
    if (other.length > 0)
      throw new UserError(
        `${path} holds another adapter than this training has: ${other.map((key) => `${key} is ${JSON.stringify(got[key])}, not ${JSON.stringify(expected[key])}`).join("; ")}. Go on from the run it was trained in, with that run's recipe.`,
      );
  }
  const weights = new Map(specs.map(({ name, shape }) => [name, new Float32Array(shapeSize(shape))]));
  const file = join(path, adapter ? "adapter_model.safetensors" : "model.safetensors");
  await fill(file, specs, adapter ? PEFT_PREFIX : "", (name) => weights.get(name)!);
  return weights;
}

async function fill(
  path: string,
  specs: readonly TensorSpec[],
  prefix: string,
  target: (name: string) => Float32Array,
): Promise<void> {
  const reader = await openSafetensors(path);
  try {
    for (const { name, shape } of specs) target(name).set(await reader.readFloat32(prefix + name, shape));
  } finally {
    await reader.close();
  }
}

function checkState(value: unknown, path: string): TrainState {
  const state = value as TrainState; // checked on the next line
  if (typeof state?.step !== "number" || typeof state.fingerprint !== "string" || !Array.isArray(state.order?.random)) {
    throw new FormatError({
      path: join(path, "state.json"),
      where: "top",
      expected: "a training state",
      got: "something else",
    });
  }
  return state;
}
