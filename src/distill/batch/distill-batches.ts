/** The batch side of the distill stage: what of a recipe and a run folder the waves need. */

import type { BuiltinTeacherOptions } from "../../builtin/index.ts";
import { endpointsOf } from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";
import type { Recipe } from "../../recipe.ts";
import type { StopRule, StopRuleMet } from "../stop-rules.ts";
import type { BatchRunOptions } from "./batch-run.ts";
import { withBatchApis } from "./endpoints.ts";
import { runBatches } from "./run-batches.ts";
import { type BatchCounts, type BatchPaths, readPendingBatches } from "./store.ts";

/** What came of the waves, beside the rows of the journal. */
export interface BatchOutcome {
  readonly stopped: { readonly rule: StopRule; readonly detail: string } | null;
  readonly droppedParameters: { readonly teacher: readonly string[]; readonly judge: readonly string[] };
  /** What became of all requests of this run folder. */
  readonly batch: BatchCounts;
}

/** Where batches are kept, if the recipe asks for them and the caller has a place for them; null: calls go out one by one. */
export function batchPathsOf({ distill }: Recipe, paths: Partial<BatchPaths>): BatchPaths | null {
  const { batches, batchFiles } = paths;
  return distill.mode === "batch" && batches !== undefined && batchFiles !== undefined ? { batches, batchFiles } : null;
}

/** Throws UserError where calls are to go out one by one while batches are under way, whose requests would be paid for twice. */
export async function refusePendingBatches({ batches, batchFiles }: Partial<BatchPaths>): Promise<void> {
  if (batches === undefined || batchFiles === undefined) return;
  const pending = await readPendingBatches({ batches, batchFiles });
  if (pending.length === 0) return;
  const requests = pending.reduce((sum, entry) => sum + entry.requests, 0);
  throw new UserError(
    `${pending.length === 1 ? "A batch" : `${pending.length} batches`} with ${requests.toLocaleString("en-US")} requests of this run folder ${pending.length === 1 ? "is" : "are"} under way at the provider. Go on with distill.mode=batch until they are in; or, to give them up and pay for the calls again, delete ${batches}.`,
  );
}

/** Takes every mail to its end by batches. `startTimer` begins the budget of time. */
export async function distillByBatches(
  options: Omit<
    BatchRunOptions,
    "apis" | "roleOf" | "stop" | "limits" | "pollMs" | "emptyWaves" | "deleteFiles" | "forgets"
  > & {
    recipe: Recipe;
    builtin?: BuiltinTeacherOptions;
    startTimer: (stop: AbortController) => NodeJS.Timeout | undefined;
  },
): Promise<BatchOutcome> {
  const { recipe, builtin, signal, startTimer } = options;
  const { batch, failuresInARow, unusableInARow } = recipe.distill;
  const { teacher, judge } = endpointsOf(recipe);
  return withBatchApis({ recipe, signal, builtin }, async (endpoints) => {
    const timer = startTimer(endpoints.stop);
    const { stopped, counts, dropped } = await runBatches({
      ...options,
      ...endpoints,
      limits: { ...batch, failuresInARow, unusableInARow },
      pollMs: batch.pollSeconds * 1000,
      emptyWaves: batch.emptyWaves,
      deleteFiles: batch.deleteFiles,
      forgets: (role) => (role === "judge" ? judge : teacher).baseUrl === "builtin",
    }).finally(() => clearTimeout(timer));
    const judgeDropped = endpoints.roleOf("judge") === "judge" ? dropped.judge : dropped.teacher;
    return {
      stopped: describe(stopped),
      droppedParameters: { teacher: dropped.teacher, judge: judgeDropped },
      batch: counts,
    };
  });
}

function describe(met: StopRuleMet | null): BatchOutcome["stopped"] {
  return met && { rule: met.rule, detail: met.message };
}
