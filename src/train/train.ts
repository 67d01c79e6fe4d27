/** The train stage: accepted replies in, checkpoints and the best one out. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { writeJsonFile } from "../formats/index.ts";
import { readLlamaConfig } from "../model/index.ts";
import type { Recipe } from "../recipe.ts";
import { loadTokenizer } from "../tokens/index.ts";
import { readTrainingBase } from "./base.ts";
import { encodeReplies, type TrainRow } from "./examples.ts";
import { type FitOptions, type FitProgress, type FitReport, fit } from "./fit.ts";
import { memoryHere, requireMemory } from "./memory.ts";
import { settingsNotes } from "./schedule.ts";
import { writeTensorboardRun } from "./tensorboard.ts";
import { writeWandbRun } from "./wandb.ts";

/** split.json: which reply stands where. Later stages read it. */
export interface Split {
  readonly seed: number;
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

export interface TrainOptions {
  readonly recipe: Recipe;
  readonly rows: readonly TrainRow[];
  /** Which of the rows stands where. */
  readonly split: Omit<Split, "seed">;
  /** Hugging Face folder of the base. */
  readonly baseFolder: string;
  /** How the adapter names its base; else as config.json or the folder does. */
  readonly baseName?: string;
  readonly paths: {
    readonly split: string;
    readonly steps: string;
    readonly checkpoints: string;
    readonly best: string;
    readonly badBatch: string;
    readonly int8Base: string;
    readonly wandb: string;
    readonly tensorboard: string;
  };
  readonly threads?: number;
  /** Whether the base is wanted in float32 even where the settings ask for int8: for another engine. */
  readonly wantsFloat32?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
  /** Called before training with what a person should know of base and settings. */
  readonly onNote?: (note: string) => void;
}

export interface TrainReport extends FitReport {
  readonly examples: { readonly train: number; readonly validation: number; readonly test: number };
  /** Mails that lost their tail to fit train.maxTokens. */
  readonly truncated: number;
  /** Replies too long for train.maxTokens, left out. */
  readonly tooLong: readonly string[];
  /** Replies without a token to learn, left out. */
  readonly masked: readonly string[];
  /** Of the base's weights: `export` refuses to merge into others. */
  readonly baseDigest: string;
  /** What a person should know of the settings. */
  readonly notes: readonly string[];
}

/** A training before its first step: what `fit` takes, and what the report says beside it. */
export interface PreparedTraining {
  readonly fit: FitOptions;
  readonly about: Omit<TrainReport, keyof FitReport>;
}

/**
 * Writes split.json, tokenises the replies with the base's tokenizer and chat template, and reads the base.
 * Throws UserError for a base or replies that cannot be used.
 */
export async function prepareTraining(options: TrainOptions): Promise<PreparedTraining> {
  const { recipe, rows, split, baseFolder, paths, threads, wantsFloat32, signal, onProgress, onNote } = options;
  const config = await readLlamaConfig(baseFolder);
  await writeJsonFile(paths.split, { seed: recipe.seed, ...split });

  const tokenizer = await loadTokenizer(baseFolder);
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new UserError(
      `${baseFolder}: tokenizer.json has ${tokenizer.vocabularySize} tokens, config.json only ${config.vocabularySize}. The folder mixes two models; copy it again.`,
    );
  }
  const encoded = encodeReplies(rows, tokenizer, recipe);
  const notes = settingsNotes(split.train.length, recipe.train);
  for (const note of notes) onNote?.(note);
  const pick = (ids: readonly string[]) => ids.flatMap((id) => encoded.examples.get(id) ?? []);
  requireMemory(config, recipe.train, memoryHere());
  const train = pick(split.train);
  const base = await readTrainingBase({
    ...{ config, baseFolder, settings: recipe.train, examples: train, folder: paths.int8Base, wantsFloat32 },
    ...{ threads, signal, onNote, onLayer: layerProgress(config.layers, onProgress) },
  });
  return {
    fit: {
      config,
      ...base,
      baseName: options.baseName ?? (await baseModelName(baseFolder)),
      settings: recipe.train,
      seed: recipe.seed,
      train,
      validation: pick(split.validation),
      paths,
      threads,
      signal,
      onProgress,
    },
    about: {
      examples: { train: split.train.length, validation: split.validation.length, test: split.test.length },
      truncated: encoded.truncated,
      tooLong: encoded.tooLong,
      masked: encoded.masked,
      baseDigest: base.baseDigest,
      notes,
    },
  };
}

/** Tells of a base that is converted as of a training whose steps are its layers. */
export function layerProgress(layers: number, onProgress: TrainOptions["onProgress"]): (done: number) => void {
  const started = performance.now();
  const nothing = { part: 0, tokensPerSecond: 0, trainLoss: null, validationLoss: null, skipped: 0 };
  return (done) => {
    const seconds = (performance.now() - started) / 1000;
    const secondsLeft = done === 0 ? 0 : (seconds / done) * (layers - done);
    onProgress?.({ step: done, steps: layers, phase: "converting", secondsLeft, ...nothing });
  };
}

/** Fine-tunes what `prepareTraining` makes of the options; goes on from the newest checkpoint. Throws UserError as it does. */
export async function trainModel(options: TrainOptions): Promise<TrainReport> {
  return finishTraining(await prepareTraining(options), options);
}

/** Takes the steps that are left, none where another engine took them all, and writes the run for Weights & Biases and TensorBoard. */
export async function finishTraining(
  { fit: fitOptions, about }: PreparedTraining,
  { recipe, paths }: Pick<TrainOptions, "recipe" | "paths">,
): Promise<TrainReport> {
  const report = await fit(fitOptions);
  await writeWandbRun({ folder: paths.wandb, steps: paths.steps, recipe });
  await writeTensorboardRun({ folder: paths.tensorboard, steps: paths.steps });
  return { ...report, ...about };
}

/** `_name_or_path` of config.json where it is given, else the folder's own name: never an absolute path. */
export async function baseModelName(folder: string): Promise<string> {
  const json = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as { _name_or_path?: unknown };
  return typeof json._name_or_path === "string" && !json._name_or_path.startsWith("/")
    ? json._name_or_path
    : basename(folder);
}
