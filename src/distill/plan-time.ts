/** How long a planned run takes under its limits, what binds it, and the same through a provider's batch API. */

import { endpointsOf, type Price } from "../endpoint/index.ts";
import { callKinds } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import type { DistillPlan, PlanBinding, PlannedBatch, PlannedTime } from "./distill-plan.ts";
import type { PlanAssumptions } from "./plan-assumptions.ts";

type Amounts = Pick<DistillPlan, "calls" | "tokensPerCall">;

/** Limits are each endpoint's own: where teacher and judge are two, their calls go side by side and the slower one counts. */
export function planTime(options: Amounts & { recipe: Recipe; assumptions: PlanAssumptions }): PlannedTime {
  const { recipe, calls, tokensPerCall, assumptions } = options;
  const { concurrency, requestsPerMinute, tokensPerMinute, budgetMinutes } = recipe.distill;
  const groups = endpointsOf(recipe).isSame ? [callKinds] : [["generate", "refine"] as const, ["judge"] as const];
  const most = (amount: (kind: (typeof callKinds)[number]) => number) =>
    Math.max(...groups.map((kinds) => kinds.reduce((sum, kind) => sum + amount(kind), 0)));
  const requests = most((kind) => calls[kind]);
  const tokens = most((kind) => calls[kind] * (tokensPerCall[kind].prompt + tokensPerCall[kind].completion));
  const latencyMinutes = assumptions.latencyMs.value / 60_000;
  // One mail takes its calls one after another, however many are in flight.
  const chain = latencyMinutes * 2;
  const byLatency = Math.max(chain, (requests / concurrency) * latencyMinutes);
  const byRequests = requestsPerMinute === null ? null : requests / requestsPerMinute;
  const byTokens = tokensPerMinute === null ? null : tokens / tokensPerMinute;
  const bounds: [PlanBinding, number][] = [
    ["concurrency and latency", byLatency],
    ["requests a minute", byRequests ?? 0],
    ["tokens a minute", byTokens ?? 0],
  ];
  const [binds, minutes] = bounds.reduce((worst, bound) => (bound[1] > worst[1] ? bound : worst));
  const shareInTime = budgetMinutes === null ? null : Math.min(1, budgetMinutes / minutes);
  const isCut = shareInTime !== null && shareInTime < 1;
  return {
    minutes: isCut ? budgetMinutes! : minutes,
    binds: isCut ? "the time budget" : binds,
    byLatency,
    byRequests,
    byTokens,
    shareInTime,
  };
}

const BYTES_A_TOKEN = 4; //         English in o200k_base; the rest of a line is small beside it

/** The batch side of a plan; null where the provider of teacher or judge is not known to have one. */
export function planBatch(
  options: Amounts & {
    recipe: Recipe;
    usd: number | null;
    prices: { teacher: Price | null; judge: Price | null };
  },
): PlannedBatch | null {
  const { recipe, calls, tokensPerCall, prices } = options;
  const [teacherShare, judgeShare] = [prices.teacher?.batchShare ?? null, prices.judge?.batchShare ?? null];
  if (teacherShare === null || judgeShare === null) return null;
  let usd = 0;
  for (const kind of callKinds) {
    const [price, share] = kind === "judge" ? [prices.judge!, judgeShare] : [prices.teacher!, teacherShare];
    const { prompt, completion } = tokensPerCall[kind];
    usd += (calls[kind] * (prompt * price.input + completion * price.output) * share) / 1e6;
  }
  const { refinements, batch } = recipe.distill;
  const waves = 2 * (1 + refinements);
  const filesOf = (kind: (typeof callKinds)[number], rounds: number) => {
    const bytes = calls[kind] * tokensPerCall[kind].prompt * BYTES_A_TOKEN;
    return Math.max(rounds, Math.ceil(calls[kind] / batch.requestsPerFile), Math.ceil(bytes / batch.bytesPerFile));
  };
  const files = filesOf("generate", 1) + filesOf("judge", 1 + refinements) + filesOf("refine", refinements);
  return { usd, waves, files, mostHours: waves * recipe.plan.batchWaveHours };
}
