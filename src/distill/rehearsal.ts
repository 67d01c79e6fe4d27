/** A rehearsal: the same run against the built-in teacher, which keeps the same limits, takes as long and fails as often as a paid one is expected to. */

import { BUILTIN_MODEL, type BuiltinTeacherOptions } from "../builtin/index.ts";
import { endpointsOf, findPrice, isRedacted } from "../endpoint/index.ts";
import type { Recipe } from "../recipe.ts";
import type { DistillPlan } from "./distill-plan.ts";
import type { DistillReport } from "./distill-report.ts";

/** A second's worth of a limit may come at once, as providers that enforce a minute's limit in shorter pieces allow. */
const BURST_SHARE = 1 / 60;
const LEAST_TOKEN_BURST = 2000; // or the largest request would need a full bucket each time

/**
 * The recipe of a rehearsal and how its teacher behaves. `speed` runs the clock so many times faster: limits are multiplied,
 * waits divided. Prices stay those of the real endpoints, so that budgets are rehearsed as well.
 */
export function rehearsalOf(
  recipe: Recipe,
  plan: DistillPlan,
  speed: number,
): { recipe: Recipe; builtin: BuiltinTeacherOptions } {
  const { distill, rehearsal } = recipe;
  const { teacher, judge, isSame } = endpointsOf(recipe);
  const builtin = (endpoint: Recipe["teacher"]): Recipe["teacher"] => {
    const price = findPrice(endpoint) ?? { input: 0, cachedInput: 0, output: 0 };
    const { input, cachedInput, output } = price;
    return { ...endpoint, baseUrl: "builtin", model: BUILTIN_MODEL, price: { input, cachedInput, output } };
  };
  const slower = (ms: number) => Math.max(1, Math.round(ms / speed));
  const faster = (limit: number | null) => (limit === null ? null : limit * speed);
  const [requests, tokens] = [faster(distill.requestsPerMinute), faster(distill.tokensPerMinute)];
  return {
    recipe: {
      ...recipe,
      teacher: builtin(teacher),
      // The variable's name alone keeps two endpoints two.
      judge: isSame ? null : { ...builtin(judge), apiKeyEnv: `${judge.apiKeyEnv}_JUDGE` },
      distill: {
        ...distill,
        redact: isRedacted(recipe) ? "on" : "off",
        requestsPerMinute: requests,
        tokensPerMinute: tokens,
        budgetMinutes: distill.budgetMinutes === null ? null : distill.budgetMinutes / speed,
        timeoutMs: slower(distill.timeoutMs),
        backoffMs: slower(distill.backoffMs),
        maxBackoffMs: slower(distill.maxBackoffMs),
      },
    },
    builtin: {
      latencyMs: plan.assumptions.latencyMs.value / speed,
      ...(requests === null
        ? {}
        : { requestLimit: { perMinute: requests, burst: Math.max(1, Math.round(requests * BURST_SHARE)) } }),
      ...(tokens === null
        ? {}
        : { tokenLimit: { perMinute: tokens, burst: Math.max(LEAST_TOKEN_BURST, Math.round(tokens * BURST_SHARE)) } }),
      faults: { ...rehearsal, seed: recipe.seed },
    },
  };
}

/** One figure, planned and rehearsed; null where it is not known. */
export interface RehearsedFigure {
  readonly figure: string;
  readonly planned: number | null;
  readonly rehearsed: number | null;
  readonly unit: "count" | "share" | "minutes" | "usd" | "perMinute";
}

/** What happened against the plan. Minutes are those of the real run (`wallMs` at `speed`). */
export function compareRehearsal(
  plan: DistillPlan,
  report: DistillReport,
  wallMs: number,
  speed: number,
): RehearsedFigure[] {
  const { calls, tokens, money, time, assumptions } = plan;
  const made = report.calls.generate + report.calls.judge + report.calls.refine;
  const decided = report.accepted + report.rejected;
  const usedTokens = report.promptTokens + report.completionTokens;
  const minutes = (wallMs * speed) / 60_000;
  return [
    { figure: "mails decided", planned: plan.mails.expected, rehearsed: decided, unit: "count" },
    {
      figure: "share accepted",
      planned: assumptions.acceptedShare.value,
      rehearsed: decided ? report.accepted / decided : null,
      unit: "share",
    },
    { figure: "calls", planned: calls.total, rehearsed: made, unit: "count" },
    { figure: "tokens", planned: tokens.total, rehearsed: usedTokens, unit: "count" },
    { figure: "money", planned: money.usd, rehearsed: money.usd === null ? null : report.costUsd, unit: "usd" },
    { figure: "time", planned: time.minutes, rehearsed: minutes, unit: "minutes" },
    { figure: "calls a minute", planned: calls.total / time.minutes, rehearsed: made / minutes, unit: "perMinute" },
    {
      figure: "tokens a minute",
      planned: tokens.total / time.minutes,
      rehearsed: usedTokens / minutes,
      unit: "perMinute",
    },
    { figure: "tries that failed", planned: null, rehearsed: report.retries, unit: "count" },
    { figure: "answers of no use", planned: null, rehearsed: report.outcomes.defect, unit: "count" },
  ];
}
