/** What a journal's rows add up to: calls, outcomes, tokens, time and money. */
import type { AttemptRow, JournalRow } from "./journal-rows.ts";
import type { StepRow } from "./steps.ts";

/** The sums of all rows, this session's and earlier ones'. */
export interface JournalTotals {
  readonly calls: Readonly<Record<StepRow["kind"], number>>;
  /** Of these, the usable ones. */
  readonly okCalls: Readonly<Record<StepRow["kind"], number>>;
  readonly outcomes: Readonly<Record<StepRow["outcome"], number>>;
  readonly retries: number;
  readonly clampedScores: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens that the provider had cached, of `promptTokens`. */
  readonly cachedPromptTokens: number;
  /** Completion tokens of usable answers, by kind of call. */
  readonly okCompletionTokens: Readonly<Record<StepRow["kind"], number>>;
  /** Milliseconds of the tries that were answered, added up over `timedCalls`. */
  readonly latencyMs: number;
  readonly timedCalls: number;
  /** US dollars for all tokens that were counted. */
  readonly costUsd: number;
  /** The most that tries without a whole answer may have cost on top: nobody knows whether they were billed. */
  readonly lostUsd: number;
  /** Answers whose cost is not known: no price, or no token counts. */
  readonly callsWithoutCost: number;
  /** Answers for which the endpoint gave no token counts. */
  readonly callsWithoutUsage: number;
  readonly sessions: number;
  /** Time from each session's start to its last row, added up. */
  readonly wallMs: number;
}

/** Totals that grow with each row. `priceRow` gives the cost of a row that was written when no price was known. */
export function createTotals(priceRow: (row: AttemptRow) => number | null = () => null): {
  readonly totals: JournalTotals;
  add(row: JournalRow): void;
} {
  const totals = {
    calls: { generate: 0, judge: 0, refine: 0 },
    okCalls: { generate: 0, judge: 0, refine: 0 },
    outcomes: { ok: 0, defect: 0, refused: 0, unanswered: 0 },
    retries: 0,
    clampedScores: 0,
    promptTokens: 0,
    completionTokens: 0,
    cachedPromptTokens: 0,
    okCompletionTokens: { generate: 0, judge: 0, refine: 0 },
    latencyMs: 0,
    timedCalls: 0,
    costUsd: 0,
    lostUsd: 0,
    callsWithoutCost: 0,
    callsWithoutUsage: 0,
    sessions: 0,
    wallMs: 0,
  };
  let sessionStart = 0;
  let earlier = 0; // wallMs of the sessions before
  return {
    totals,
    add(row) {
      if ("journal" in row) {
        totals.sessions++;
        sessionStart = Date.parse(row.at);
        earlier = totals.wallMs;
        return;
      }
      totals.wallMs = earlier + Math.max(0, Date.parse(row.at) - sessionStart);
      if ("lostUsd" in row) {
        totals.lostUsd += row.lostUsd;
        return;
      }
      totals.calls[row.kind]++;
      if (row.outcome === "ok") totals.okCalls[row.kind]++;
      totals.outcomes[row.outcome]++;
      totals.retries += row.retries;
      totals.clampedScores += row.clamped?.length ?? 0;
      totals.promptTokens += row.usage?.promptTokens ?? 0;
      totals.completionTokens += row.usage?.completionTokens ?? 0;
      totals.cachedPromptTokens += row.usage?.cachedPromptTokens ?? 0;
      if (row.outcome === "ok") totals.okCompletionTokens[row.kind] += row.usage?.completionTokens ?? 0;
      if (row.latencyMs !== null) {
        totals.latencyMs += row.latencyMs;
        totals.timedCalls++;
      }
      const answered = row.outcome === "ok" || row.outcome === "defect";
      if (answered && !row.usage) totals.callsWithoutUsage++;
      const cost = row.costUsd ?? priceRow(row);
      totals.costUsd += cost ?? 0;
      if (answered && cost === null) totals.callsWithoutCost++;
    },
  };
}
