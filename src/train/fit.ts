/** The training loop: examples in, checkpoints and steps.jsonl out. Knows nothing of mail, tokenizers or files of a run. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import { invariant, UserError } from "../errors.ts";
import { openJsonlAppender, readJsonl, writeJsonFile } from "../formats/index.ts";
import { type LlamaConfig, parameterCount, type Weights } from "../model/index.ts";
import type { Recipe } from "../recipe.ts";
import { type OpenSession, withSession } from "../runtime/index.ts";
import type { KeptInt8Base } from "./base.ts";
import { checkpointName } from "./checkpoint.ts";
import { createClock } from "./clock.ts";
import { type BetweenRuns, withEngine } from "./engine.ts";
import { bestReport, type Keeper, openKeeper } from "./keeper.ts";
import { choosesRecompute, memoryHere } from "./memory.ts";
import { type Objective, objectiveLoss } from "./objective.ts";
import { createOrder, totalSteps } from "./order.ts";
import type { Example } from "./pack.ts";
import { type SkippedStep, type StepResult, takeStep } from "./step.ts";
import { startTrained } from "./trained.ts";
import { largestRun } from "./values.ts";

export interface FitOptions {
  readonly config: LlamaConfig;
  /** The base's weights in float32, but for those in `int8`. */
  readonly base: Weights;
  /** Of all its weights. */
  readonly baseDigest: string;
  /** Its projections in int8, where training takes them so. */
  readonly int8?: KeptInt8Base;
  /** Name of the base in adapter_config.json. */
  readonly baseName: string;
  readonly settings: Recipe["train"];
  readonly seed: number;
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  /** What the steps lower in place of the loss over completions; its units hold the sequences of `train` and `validation`. */
  readonly objective?: Objective;
  /** Trained tensors to start from, in place of a fresh adapter or the base's weights. */
  readonly start?: Weights;
  readonly paths: {
    readonly steps: string;
    readonly checkpoints: string;
    readonly best: string;
    /** Where the batch of a step is written that made training stop. */
    readonly badBatch: string;
  };
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
}

export interface FitProgress {
  readonly step: number;
  readonly steps: number;
  /** While the base is converted to int8 the steps are its layers. */
  readonly phase: "converting" | "training" | "saving" | "validating";
  /** Part of the current step, or of the validation, that is done, 0–1. */
  readonly part: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
  readonly trainLoss: number | null;
  readonly validationLoss: number | null;
  /** Steps that were skipped because a number in them was not finite. */
  readonly skipped: number;
}

/**
 * A row of steps.jsonl. Losses are means over completion tokens, in nats, or an objective's, whose figures stand beside it under their own
 * names; a skipped step has none where it is not finite.
 */
export interface StepRow extends Partial<Omit<StepResult, "figures">> {
  readonly step: number;
  readonly epoch: number;
  readonly skipped?: string;
  readonly seconds?: number;
  readonly validationLoss?: number;
}

export interface FitReport {
  readonly steps: number;
  readonly skippedSteps: number;
  readonly trainableParameters: number;
  readonly best: { readonly step: number; readonly checkpoint: string; readonly validationLoss: number };
  /** Validation loss before the first step. */
  readonly startLoss: number;
}

/** So many steps in a row that are not finite stop the training. */
const skipsInARow = 5;

/**
 * Trains until the last step, or goes on from the newest checkpoint of the same data and settings. The same options give the same
 * bits wherever the process was cut. Throws UserError for settings that cannot work and for steps that stay without finite numbers;
 * on abort writes a checkpoint and throws the signal's reason.
 */
export async function fit(options: FitOptions): Promise<FitReport> {
  const { config, base, int8, settings, seed, train, validation, objective, paths, signal, onProgress } = options;
  checkExamples(options);
  const trained = startTrained(options);
  for (const [name, data] of options.start ?? []) trained.weights.get(name)!.set(data);
  const keeper = await openKeeper({ ...options, trained, fingerprint: fingerprintOf(options) });
  const units = objective?.units ?? train.map((example) => [example]);
  const order = createOrder(units.length, keeper.order ?? seed);
  const unitsPerStep = settings.batchSize * settings.accumulation;
  const steps = totalSteps(units.length, unitsPerStep, settings.epochs);
  const isDue = (step: number) => step % settings.checkpointEvery === 0 || step === steps;
  const clock = createClock(train, settings.epochs, {
    taken: order.state().taken / units.length,
    epoch: order.state().epoch,
  });
  let trainLoss: number | null = null;
  let validationLoss: number | null = keeper.best?.validationLoss ?? null;

  const report = (step: number, phase: FitProgress["phase"], part: number) =>
    onProgress?.({
      step,
      steps,
      phase,
      part,
      trainLoss,
      validationLoss,
      skipped: keeper.skipped.total,
      ...clock.now(),
    });
  if (keeper.step === steps && keeper.isValidated)
    return reportOf(keeper, options, parameterCount(trained.specs), steps); // no graph is built for nothing
  const log = await openJsonlAppender(paths.steps);
  try {
    const openSession = sessionsFor(options);
    const largest = largestRun([...train, ...validation], config, settings);
    const recompute = choosesRecompute(config, { ...settings, ...largest }, memoryHere());
    const engineOptions = { config, base, int8: int8?.projections, trained, settings, openSession, recompute };
    await withEngine(engineOptions, async (engine) => {
      const validate = async (step: number) => {
        const betweenRuns: BetweenRuns = async (_, part) => {
          report(step, "validating", part);
          signal?.throwIfAborted(); // the state was saved before
        };
        const found = objective
          ? await objectiveLoss(engine, { objective, size: unitsPerStep, betweenRuns })
          : { loss: await engine.meanLoss(validation, betweenRuns), figures: {} };
        validationLoss = found.loss;
        await log.append({ step, epoch: order.state().epoch, validationLoss, ...found.figures } satisfies StepRow);
        await keeper.validated(step, validationLoss, isDue);
      };
      if (!keeper.isValidated) {
        await keeper.save(keeper.step, order.state(), false);
        await validate(keeper.step);
      }

      for (let done = keeper.step; done < steps; done++) {
        const before = order.state();
        const batch = order.next(unitsPerStep).map((index) => units[index]);
        const examples = batch.flat();
        const betweenRuns: BetweenRuns = async (finishedTokens, part) => {
          if (finishedTokens > 0) clock.done(finishedTokens);
          report(done, "training", part);
          await yieldToEvents();
          if (!signal?.aborted) return;
          await keeper.save(done, before);
          throw signal.reason;
        };
        const started = performance.now();
        const skippedBefore = keeper.skipped.total;
        const taking = { engine, trained, settings, examples, objective, units: batch, betweenRuns };
        const { figures, ...row } = await takeStep({ ...taking, done, steps, skippedBefore });
        const seconds = Math.round(performance.now() - started) / 1000;
        trainLoss = row.loss ?? null;
        await log.append({ ...row, ...figures, seconds, epoch: order.state().epoch } satisfies StepRow);
        if ("skipped" in row && keeper.skipped.inARow + 1 >= skipsInARow) {
          await keeper.save(done, before);
          await stopAt(options, row, examples, done);
        }
        keeper.count("skipped" in row);
        if (isDue(done + 1) || keeper.isTime()) {
          report(done + 1, "saving", 0);
          await keeper.save(done + 1, order.state(), !isDue(done + 1));
        }
        if (isDue(done + 1)) await validate(done + 1);
        report(done + 1, "training", 0);
      }
    });
  } finally {
    await log.close();
  }
  return reportOf(keeper, options, parameterCount(trained.specs), steps);
}

/** Opens graphs over a base that may lie in files. */
export function sessionsFor({ int8, threads }: Pick<FitOptions, "int8" | "threads">): OpenSession {
  return (model, use) => withSession(model, { threads, constantsFolder: int8?.folder }, use);
}

/** What a finished training says of itself. */
async function reportOf(
  keeper: Keeper,
  { paths }: FitOptions,
  trainableParameters: number,
  steps: number,
): Promise<FitReport> {
  invariant(keeper.best, "training ended without a validated checkpoint");
  return {
    steps,
    skippedSteps: keeper.skipped.total,
    trainableParameters,
    best: bestReport(keeper.best),
    startLoss: await firstValidationLoss(paths.steps),
  };
}

/** Saves the batch of the last step and throws what a person can do. */
async function stopAt({ settings, paths }: FitOptions, row: SkippedStep, examples: readonly Example[], done: number) {
  const batch = examples.map(({ id, ids, completionStart }) => ({ id, ids: [...ids], completionStart }));
  await writeJsonFile(paths.badBatch, { step: row.step, skipped: row.skipped, batch });
  throw new UserError(
    `${skipsInARow} steps in a row (${row.step - skipsInARow + 1} to ${row.step}) were skipped because their numbers are not finite; in the last it was the ${row.skipped}. ` +
      `The weights are as before, in ${join(paths.checkpoints, checkpointName(done))}. Lower train.learningRate (now ${settings.learningRate}), or look at the batch in ${paths.badBatch}.`,
  );
}

/** Throws UserError where there is nothing to train or validate on, or a sequence is longer than a row. */
export function checkExamples({ train, validation, settings }: FitOptions): void {
  if (train.length === 0)
    throw new UserError("There is no reply to train on. Run distill first, or look at rejected.jsonl for the reasons.");
  if (validation.length === 0)
    throw new UserError(
      `There is no reply to validate on: ${train.length} replies are too few for train.validationFraction. Distill more mail, or raise it.`,
    );
  const longest = [...train, ...validation].reduce((max, { ids }) => Math.max(max, ids.length), 0);
  if (longest > settings.rowTokens) {
    throw new UserError(
      `A sequence has ${longest} tokens, but train.rowTokens is ${settings.rowTokens}. Set train.rowTokens to at least train.maxTokens (${settings.maxTokens}).`,
    );
  }
}

/** A hash of everything that decides the result: data, settings, shape, seed and base. */
export function fingerprintOf(options: FitOptions): string {
  const { config, baseDigest, settings, seed, train, validation, objective } = options;
  const { checkpointMinutes, keepCheckpoints, ...deciding } = settings; // when a state is saved or deleted changes no number
  const hash = createHash("sha256").update(JSON.stringify({ config, settings: deciding, seed, baseDigest }));
  for (const { id, ids, completionStart } of [...train, ...validation])
    hash.update(`${id} ${completionStart} `).update(ids);
  if (objective) hash.update(objective.digest); // it tells what training starts from too
  return hash.digest("hex").slice(0, 16);
}

async function firstValidationLoss(path: string): Promise<number> {
  for await (const { value } of readJsonl(path)) {
    const row = value as StepRow; // our own file
    if (row.validationLoss !== undefined) return row.validationLoss;
  }
  throw new UserError(`${path} has no validation loss. Delete it and the checkpoints beside it to train again.`);
}
