/** What of a training lies on disk, and when: checkpoints by step and by the clock, best.json, and steps.jsonl cut back to what was saved. */
import { join } from "node:path";
import { openJsonlAppender, readJsonl, writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import {
  checkpointName,
  pruneCheckpoints,
  resumeCheckpoint,
  rewriteState,
  type TrainState,
  writeCheckpoint,
} from "./checkpoint.ts";
import type { OrderState } from "./order.ts";
import type { Trained } from "./trained.ts";

/** The state of a training as saved, and what saves it. */
export interface Keeper {
  /** Finished steps of the newest checkpoint; 0 at the start. */
  readonly step: number;
  /** Whether the validation due at `step` has been done. */
  readonly isValidated: boolean;
  /** Where the walk over the examples stood; undefined for a new training. */
  readonly order: OrderState | undefined;
  readonly best: TrainState["best"];
  readonly skipped: TrainState["skipped"];
  /** Counts a step that was taken or skipped. */
  count(skipped: boolean): void;
  /** Whether the newest checkpoint is older than train.checkpointMinutes. */
  isTime(): boolean;
  /** Saves the state after `step` steps, unless it is saved already. `validated` is false where its validation still comes. */
  save(step: number, at: OrderState, validated?: boolean): Promise<void>;
  /** Takes in the validation loss of the checkpoint at `step`, brings best.json up to date and deletes what nothing needs. */
  validated(step: number, validationLoss: number, isDue: (step: number) => boolean): Promise<void>;
}

/**
 * Goes on from the newest checkpoint below `paths.checkpoints`, or stands at the start. Brings best.json and steps.jsonl to that
 * state, wherever the process before was cut. Throws UserError for a checkpoint of another training.
 */
export async function openKeeper(options: {
  paths: { readonly steps: string; readonly checkpoints: string; readonly best: string };
  trained: Trained;
  settings: Recipe["train"];
  fingerprint: string;
}): Promise<Keeper> {
  const { paths, settings, fingerprint } = options;
  const { specs, weights, moments, adapterConfig } = options.trained;
  const into = { specs, weights, moments, fingerprint, adapter: adapterConfig !== null };
  const resumed = await resumeCheckpoint(paths.checkpoints, into);
  let { best, skipped } = resumed ?? { best: null, skipped: { total: 0, inARow: 0 } };
  let saved: TrainState | null = resumed;
  let savedAt = performance.now();
  if (best) await writeJsonFile(paths.best, bestReport(best));
  await keepSteps(paths.steps, resumed);
  return {
    step: resumed?.step ?? 0,
    isValidated: resumed?.validated ?? false,
    order: resumed?.order,
    get best() {
      return best;
    },
    get skipped() {
      return skipped;
    },
    count(isSkipped) {
      skipped = isSkipped ? { total: skipped.total + 1, inARow: skipped.inARow + 1 } : { ...skipped, inARow: 0 };
    },
    isTime: () => performance.now() - savedAt >= settings.checkpointMinutes * 60_000,
    async save(step, order, validated = true) {
      if (saved?.step === step) return;
      const state: TrainState = { step, order, fingerprint, best, validated, skipped };
      await writeCheckpoint(paths.checkpoints, { specs, weights, moments, state, adapter: adapterConfig });
      saved = state;
      savedAt = performance.now();
    },
    async validated(step, validationLoss, isDue) {
      if (!best || validationLoss < best.validationLoss) best = { step, validationLoss };
      saved = { ...saved!, best, validated: true };
      await rewriteState(paths.checkpoints, saved);
      await writeJsonFile(paths.best, bestReport(best));
      await pruneCheckpoints(paths.checkpoints, {
        best: best.step,
        keep: settings.keepCheckpoints,
        isValidated: isDue,
      });
    },
  };
}

/** The content of best.json. */
export function bestReport({ step, validationLoss }: NonNullable<TrainState["best"]>) {
  return { step, checkpoint: join("checkpoints", checkpointName(step)), validationLoss };
}

/** Drops the rows of steps.jsonl that will be computed again: those after the checkpoint, and the validation of one that is not validated. */
async function keepSteps(path: string, resumed: TrainState | null): Promise<void> {
  await (await openJsonlAppender(path)).close(); // mends a line that a crash cut
  const kept: unknown[] = [];
  if (resumed) {
    for await (const { value } of readJsonl(path)) {
      const { step, validationLoss } = value as { step: number; validationLoss?: number }; // our own file
      const again = step === resumed.step && validationLoss !== undefined && !resumed.validated;
      if (step <= resumed.step && !again) kept.push(value);
    }
  }
  await writeJsonlFile(path, kept);
}
