/** The training loop: examples in, checkpoints and steps.jsonl out. Knows nothing of mail, tokenizers or files of a run. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import { invariant, UserError } from "../errors.ts";
import { openJsonlAppender, readJsonl, writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import { type LlamaConfig, parameterCount, type Weights } from "../model/index.ts";
import type { Recipe } from "../recipe.ts";
import { type OpenSession, withSession } from "../runtime/index.ts";
import { checkpointName, resumeCheckpoint, type TrainState, writeCheckpoint } from "./checkpoint.ts";
import { createClock } from "./clock.ts";
import { withEngine } from "./engine.ts";
import { createOrder, type OrderState, totalSteps } from "./order.ts";
import type { Example } from "./pack.ts";
import { type StepResult, takeStep } from "./step.ts";
import { startTrained } from "./trained.ts";

export interface FitOptions {
  readonly config: LlamaConfig;
  readonly base: Weights;
  /** Name of the base in adapter_config.json. */
  readonly baseName: string;
  readonly settings: Recipe["train"];
  readonly seed: number;
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly paths: { readonly steps: string; readonly checkpoints: string; readonly best: string };
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
}

export interface FitProgress {
  readonly step: number;
  readonly steps: number;
  /** Part of the current step that is done, 0–1. */
  readonly withinStep: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
  readonly trainLoss: number | null;
  readonly validationLoss: number | null;
}

/** A row of steps.jsonl. Losses are means over completion tokens, in nats. */
export interface StepRow extends Partial<StepResult> {
  readonly step: number;
  readonly epoch: number;
  readonly seconds?: number;
  readonly validationLoss?: number;
}

export interface FitReport {
  readonly steps: number;
  readonly trainableParameters: number;
  readonly best: { readonly step: number; readonly checkpoint: string; readonly validationLoss: number };
  /** Validation loss before the first step. */
  readonly startLoss: number;
}

/**
 * Trains until the last step, or goes on from the newest checkpoint of the same data and settings. The same options give the same
 * bits wherever the process was cut. Throws UserError for settings that cannot work; on abort writes a checkpoint and throws the signal's reason.
 */
export async function fit(options: FitOptions): Promise<FitReport> {
  const { config, base, settings, seed, train, validation, paths, threads, signal, onProgress } = options;
  checkExamples(options);
  const trained = startTrained(options);
  const { specs, weights, moments, adapterConfig } = trained;
  const fingerprint = fingerprintOf(options);
  const resumed = await resumeCheckpoint(paths.checkpoints, {
    ...{ specs, weights, moments, fingerprint },
    adapter: adapterConfig !== null,
  });
  const order = createOrder(train.length, resumed?.order ?? seed);
  const sequencesPerStep = settings.batchSize * settings.accumulation;
  const steps = totalSteps(train.length, sequencesPerStep, settings.epochs);
  const clock = createClock(train, settings.epochs, order.state());
  let best = resumed?.best ?? null;
  let trainLoss: number | null = null;
  let validationLoss: number | null = best?.validationLoss ?? null;

  const report = (step: number, withinStep: number) =>
    onProgress?.({ step, steps, withinStep, trainLoss, validationLoss, ...clock.now() });
  const save = async (step: number, at: OrderState) => {
    const state: TrainState = { step, order: at, fingerprint, best };
    await writeCheckpoint(paths.checkpoints, { specs, weights, moments, state, adapter: adapterConfig });
    if (best) await writeJsonFile(paths.best, bestReport(best));
  };

  await keepStepsUpTo(paths.steps, resumed?.step ?? -1);
  const log = await openJsonlAppender(paths.steps);
  try {
    const openSession: OpenSession = (model, use) => withSession(model, { threads }, use);
    await withEngine({ config, base, trained, settings, openSession }, async (engine) => {
      const measureAndSave = async (step: number) => {
        validationLoss = await engine.meanLoss(validation, signal);
        await log.append({ step, epoch: order.state().epoch, validationLoss } satisfies StepRow);
        if (!best || validationLoss < best.validationLoss) best = { step, validationLoss };
        await save(step, order.state());
      };
      if (!resumed) await measureAndSave(0);

      for (let done = resumed?.step ?? 0; done < steps; done++) {
        const before = order.state();
        const examples = order.next(sequencesPerStep).map((index) => train[index]);
        const betweenRuns = async (finishedTokens: number, part: number) => {
          if (finishedTokens > 0) clock.done(finishedTokens);
          report(done, part);
          await yieldToEvents();
          if (!signal?.aborted) return;
          await save(done, before);
          throw signal.reason;
        };
        const started = performance.now();
        const row = await takeStep({ engine, trained, settings, examples, betweenRuns, done, steps });
        const seconds = Math.round(performance.now() - started) / 1000;
        trainLoss = row.loss;
        await log.append({ ...row, seconds, epoch: before.epoch } satisfies StepRow);
        if ((done + 1) % settings.checkpointEvery === 0 || done + 1 === steps) await measureAndSave(done + 1);
        report(done + 1, 0);
      }
    });
  } finally {
    await log.close();
  }
  invariant(best, "training ended without a validated checkpoint");
  return {
    steps,
    trainableParameters: parameterCount(specs),
    best: bestReport(best),
    startLoss: await firstValidationLoss(paths.steps),
  };
}

/** The content of best.json. */
function bestReport({ step, validationLoss }: NonNullable<TrainState["best"]>): FitReport["best"] {
  return { step, checkpoint: join("checkpoints", checkpointName(step)), validationLoss };
}

function checkExamples({ train, validation, settings }: FitOptions): void {
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

/** A hash of everything that decides the result: data, settings, shape, seed and a sample of the base. */
function fingerprintOf({ config, base, settings, seed, train, validation }: FitOptions): string {
  const hash = createHash("sha256").update(JSON.stringify({ config, settings, seed }));
  for (const { id, ids, completionStart } of [...train, ...validation])
    hash.update(`${id} ${completionStart} `).update(ids);
  for (const [name, data] of base) hash.update(name).update(data.subarray(0, 1024));
  return hash.digest("hex").slice(0, 16);
}

/** Drops rows of steps.jsonl after `step`: they will be computed again. */
async function keepStepsUpTo(path: string, step: number): Promise<void> {
  const kept: unknown[] = [];
  if (step >= 0) for await (const { value } of readJsonl(path)) if ((value as StepRow).step <= step) kept.push(value);
  await writeJsonlFile(path, kept);
}

async function firstValidationLoss(path: string): Promise<number> {
  for await (const { value } of readJsonl(path)) {
    const row = value as StepRow; // our own file
    if (row.validationLoss !== undefined) return row.validationLoss;
  }
  throw new UserError(`${path} has no validation loss. Delete it and the checkpoints beside it to train again.`);
}
