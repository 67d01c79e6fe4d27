/** Short trainings side by side: every combination of a few settings over the same part of the replies, the best validation loss first. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import { loadRecipe, type Recipe, stageOfKey } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { finishTraining, prepareTraining } from "../train/index.ts";
import type { StageContext } from "./stage.ts";
import { describeProgress, requireReplies, trainOptions } from "./train.ts";

/** ours: replies that a short training sees, and the most that it is validated on. */
const [trainedOn, validatedOn] = [240, 48];

/** A short training. */
export interface Tried {
  /** Such as `train.learningRate=1e-4`. */
  readonly settings: readonly string[];
  readonly steps: number;
  readonly startLoss: number;
  readonly validationLoss: number;
  readonly skippedSteps: number;
  readonly seconds: number;
}

/** sweep.json: the short trainings, best first, and what they were made on. */
export interface SweepReport {
  readonly replies: number;
  readonly validatedOn: number;
  readonly tried: readonly Tried[];
}

/**
 * Tries every combination of `sweep`, such as `["train.learningRate=1e-4,3e-4", "train.batchSize=8,16"]`: one epoch over the same replies from the
 * same start. What is done is kept in the run's sweep/ and not done again. Throws UserError for settings that training does not have.
 */
export async function sweepStage(context: StageContext, sweep: readonly string[]): Promise<SweepReport> {
  const { paths } = context.folder;
  const combinations = combine(sweep);
  await requireReplies(context);
  const tried: Tried[] = [];
  let size = { replies: 0, validatedOn: 0 };
  for (const [i, settings] of combinations.entries()) {
    const name = `sweep ${i + 1} of ${combinations.length}, ${settings.join(" ")}`;
    const found = await tryOut(context, settings, name);
    size = found.size;
    tried.push(found.tried);
  }
  tried.sort((a, b) => a.validationLoss - b.validationLoss);
  const report = { ...size, tried };
  await writeJsonFile(join(paths.folder, "sweep", "sweep.json"), report);
  return report;
}

/** Every choice of one value for each key. */
export function combine(sweep: readonly string[]): string[][] {
  let all: string[][] = [[]];
  for (const one of sweep) {
    const [, key, values] = /^([^=]+)=(.+)$/.exec(one) ?? [];
    if (key === undefined || !key.startsWith("train.") || !isTrainKey(key))
      throw new UserError(
        `--sweep takes settings of the training, each with its values, such as train.learningRate=1e-4,3e-4; not "${one}".`,
      );
    all = all.flatMap((settings) => values.split(",").map((value) => [...settings, `${key}=${value.trim()}`]));
  }
  return all;
}

function isTrainKey(key: string): boolean {
  try {
    return stageOfKey(key) === "train";
  } catch {
    return false;
  }
}

async function tryOut(context: StageContext, settings: readonly string[], name: string) {
  const { folder, session } = context;
  const recipe = shortened(await loadRecipe(folder.paths.recipe, settings));
  const digest = createHash("sha256")
    .update(JSON.stringify([settings, recipe.train]))
    .digest("hex")
    .slice(0, 12);
  const paths = runPaths(join(folder.paths.folder, "sweep", digest));
  const result = join(paths.folder, "result.json");
  type Found = { tried: Tried; size: { replies: number; validatedOn: number } };
  if (existsSync(result)) return (await readJsonFile(result)) as Found; // written below
  await mkdir(paths.folder, { recursive: true });
  session.progress.start(name);
  const started = performance.now();
  const options = {
    ...(await trainOptions({ ...context, folder: { ...folder, recipe } })),
    recipe,
    paths: { ...paths, int8Base: folder.paths.int8Base },
  };
  const { fit, about } = await prepareTraining({
    ...options,
    onProgress: (progress) => session.progress.update(describeProgress(progress)),
  });
  const [train, validation] = [fit.train.slice(0, trainedOn), fit.validation.slice(0, validatedOn)];
  const { steps, best, startLoss, skippedSteps } = await finishTraining(
    { fit: { ...fit, train, validation }, about },
    { recipe, paths },
  );
  const seconds = Math.round((performance.now() - started) / 1000);
  const tried: Tried = { settings, steps, startLoss, validationLoss: best.validationLoss, skippedSteps, seconds };
  const found: Found = { tried, size: { replies: train.length, validatedOn: validation.length } };
  await rm(paths.checkpoints, { recursive: true, force: true });
  await writeJsonFile(result, found);
  session.progress.finish(`✓ ${name}: validation ${startLoss.toFixed(3)} → ${best.validationLoss.toFixed(3)}`);
  return found;
}

/** One epoch whose warm-up is a tenth of it at most, validated at its end. */
function shortened(recipe: Recipe): Recipe {
  const { train } = recipe;
  const steps = Math.ceil(trainedOn / (train.batchSize * train.accumulation));
  const warmupSteps = Math.min(train.warmupSteps, Math.floor(steps / 10));
  return { ...recipe, train: { ...train, epochs: 1, warmupSteps, checkpointEvery: steps } };
}
