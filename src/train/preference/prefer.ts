/** Training by preference: a finished fine-tuning and comparisons of replies in, checkpoints and the best one out. */
import { UserError } from "../../errors.ts";
import { readLlamaConfig } from "../../model/index.ts";
import type { Recipe } from "../../recipe.ts";
import { loadTokenizer } from "../../tokens/index.ts";
import { readTrainingBase } from "../base.ts";
import { readTrained } from "../checkpoint.ts";
import { type FitOptions, fit } from "../fit.ts";
import { memoryHere, requireMemory } from "../memory.ts";
import { totalSteps } from "../order.ts";
import { writeTensorboardRun } from "../tensorboard.ts";
import { baseModelName, layerProgress, type Split, type TrainOptions, type TrainReport } from "../train.ts";
import { startTrained } from "../trained.ts";
import { writeWandbRun } from "../wandb.ts";
import { type MethodSettings, needsReference, type PreferenceMethod, sequencesOf } from "./methods.ts";
import { preferenceObjective } from "./objective.ts";
import { digestOf, referenceSums } from "./reference.ts";
import { encodeLessons, type Lesson } from "./units.ts";

export interface PreferOptions extends Omit<TrainOptions, "rows" | "split" | "paths" | "wantsFloat32"> {
  readonly method: PreferenceMethod;
  readonly lessons: readonly Lesson[];
  /** Which mails are trained on and validated on; those of the test split are left out. */
  readonly split: Split;
  /** The checkpoint to go on from, and the digest of the base it was trained over. */
  readonly start: { readonly checkpoint: string; readonly baseDigest: string };
  readonly paths: Omit<TrainOptions["paths"], "split"> & { readonly reference: string };
  /** Another engine that takes the steps first; what it leaves is taken here. */
  readonly takeSteps?: (fit: FitOptions) => Promise<void>;
}

/** What a training by preference tells of itself. */
export interface TrainedPreferences extends TrainReport {
  readonly method: PreferenceMethod;
  /** Comparisons and single replies trained and validated on; left out are those of test mails, of two equal sides, and too long ones. */
  readonly lessons: {
    readonly train: number;
    readonly validation: number;
    readonly ofTest: number;
    readonly equal: readonly string[];
    readonly tooLong: readonly string[];
  };
  readonly settings: MethodSettings;
}

/** β where the recipe names none. */
const usualBeta: Record<PreferenceMethod, number> = {
  dpo: 0.1,
  ipo: 0.1,
  apo_zero: 0.1,
  simpo: 2,
  orpo: 0.1,
  kto: 0.1,
};

/** Goes on from a checkpoint by `method`, or from where this training itself was cut. Throws UserError where there is nothing to learn from, or the base is another. */
export async function trainPreferences(options: PreferOptions): Promise<TrainedPreferences> {
  const { recipe, method, lessons, baseFolder, start, paths, threads, signal, onProgress, onNote } = options;
  const config = await readLlamaConfig(baseFolder);
  const sides = splitLessons(lessons, options.split, recipe);
  const tokenizer = await loadTokenizer(baseFolder);
  const train = encodeLessons(sides.train, tokenizer, recipe);
  const validation = encodeLessons(sides.validation, tokenizer, recipe);
  const equal = [...train.equal, ...validation.equal];
  requireLessons(lessons, { train: train.units.length, validation: validation.units.length, equal: equal.length });
  if (equal.length > 0) onNote?.(`${equal.length} comparisons of two equal replies are left out.`);

  const settings = loopSettings(recipe, train.units.length);
  requireMemory(config, settings, memoryHere());
  const sequences = { train: sequencesOf(train.units), validation: sequencesOf(validation.units) };
  const { baseDigest, ...base } = await readTrainingBase({
    ...{ config, baseFolder, settings, examples: sequences.train, folder: paths.int8Base, threads, signal, onNote },
    ...{ goesOn: true, wantsFloat32: options.takeSteps !== undefined },
    onLayer: layerProgress(config.layers, onProgress),
  });
  if (baseDigest !== start.baseDigest)
    throw new UserError(
      `${start.checkpoint} was trained over another base than the one in ${baseFolder} (digest ${start.baseDigest}, not ${baseDigest}). Put that base back, or train again.`,
    );
  const baseName = options.baseName ?? (await baseModelName(baseFolder));
  const shared = { config, ...base, baseDigest, baseName, settings, seed: recipe.seed, threads, signal };
  const { specs, adapterConfig: adapter } = startTrained(shared);
  const weights = await readTrained(start.checkpoint, { specs, adapter });
  const all = [...sequences.train, ...sequences.validation];
  const reference = needsReference(method)
    ? await referenceSums(all, { ...shared, start: weights, path: paths.reference })
    : new Map();
  const { likedWeight, dislikedWeight, gamma, sft, beta } = recipe.prefer;
  const numbers = { method, beta: beta ?? usualBeta[method], gamma, sft, likedWeight, dislikedWeight };
  const objective = preferenceObjective({
    settings: numbers,
    train: train.units,
    validation: validation.units,
    reference,
    referenceDigest: digestOf(all, weights),
  });
  const fitOptions: FitOptions = { ...shared, ...sequences, objective, start: weights, paths, onProgress };
  await options.takeSteps?.(fitOptions);
  const report = await fit(fitOptions);
  await writeWandbRun({ folder: paths.wandb, steps: paths.steps, recipe });
  await writeTensorboardRun({ folder: paths.tensorboard, steps: paths.steps });
  return {
    ...report,
    method,
    settings: numbers,
    lessons: {
      train: train.units.length,
      validation: validation.units.length,
      ofTest: sides.ofTest,
      equal,
      tooLong: [...train.tooLong, ...validation.tooLong],
    },
    examples: { train: train.units.length, validation: validation.units.length, test: options.split.test.length },
    truncated: 0,
    tooLong: [...train.tooLong, ...validation.tooLong],
    masked: [],
    baseDigest,
    notes: [],
  };
}

/** What the loop takes: the fine-tuning's adapter, the preference's steps. */
function loopSettings({ train, prefer }: Recipe, units: number): Recipe["train"] {
  const { batchSize, epochs, warmupFraction, checkpointEvery } = prefer;
  const steps = totalSteps(units, batchSize, epochs);
  return {
    ...train,
    ...{ batchSize, accumulation: 1, epochs, checkpointEvery },
    learningRate: prefer.learningRate ?? train.learningRate / 30,
    warmupSteps: Math.floor(warmupFraction * steps),
  };
}

/**
 * Lessons by the split of the fine-tuning, so that no held-out mail is learnt from. Where none falls on the validation mails, those of some
 * training mails are kept for it: train.validationFraction of the mails, at least one.
 */
function splitLessons(lessons: readonly Lesson[], split: Split, { train: { validationFraction } }: Recipe) {
  const side = new Map<string, "train" | "validation">([
    ...split.train.map((id) => [id, "train"] as const),
    ...split.validation.map((id) => [id, "validation"] as const),
  ]);
  const of = (name: "train" | "validation") => lessons.filter(({ id }) => side.get(id) === name);
  let [train, validation] = [of("train"), of("validation")];
  const ofTest = lessons.length - train.length - validation.length;
  if (validation.length === 0) {
    const mails = [...new Set(train.map(({ id }) => id))];
    const kept = new Set(mails.slice(0, mails.length > 1 ? Math.ceil(validationFraction * mails.length) : 0));
    validation = train.filter(({ id }) => kept.has(id));
    train = train.filter(({ id }) => !kept.has(id));
  }
  return { train, validation, ofTest };
}

function requireLessons(lessons: readonly Lesson[], found: { train: number; validation: number; equal: number }): void {
  if (found.train > 0 && found.validation > 0) return;
  const why =
    lessons.length === 0
      ? "there is none: no draft was ever sent back, and nobody edited one"
      : `of ${lessons.length}, ${found.equal} have two equal sides, and of the rest ${found.train} are of mails to train on and ${found.validation} of mails to validate on`;
  throw new UserError(
    `There are no comparisons of replies to learn from: ${why}. Accept, reject or edit replies in npx pocketreply view, raise distill.threshold in a new run, or let npx pocketreply improve make them.`,
  );
}
