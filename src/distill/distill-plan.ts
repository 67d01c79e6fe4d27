/** What a plan says: calls, tokens, money and time before a call is made. */
import type { Price } from "../endpoint/index.ts";
import type { CallKind } from "../prompts/index.ts";
import type { PlanAssumptions } from "./plan-assumptions.ts";

/** A plan. Amounts are of the whole run, what an earlier session did included. */
export interface DistillPlan {
  readonly mails: { readonly sampled: number /** Needed for `distill.accept`, or all. */; readonly expected: number };
  readonly assumptions: PlanAssumptions;
  readonly calls: Readonly<Record<CallKind, number>> & { readonly total: number };
  /** o200k_base tokens of one call on average. */
  readonly tokensPerCall: Readonly<Record<CallKind, { readonly prompt: number; readonly completion: number }>>;
  readonly tokens: { readonly prompt: number; readonly completion: number; readonly total: number };
  readonly money: PlannedMoney;
  readonly time: PlannedTime;
  /** The same through the provider's batch API; null where none is known. */
  readonly batch: PlannedBatch | null;
  readonly redacted: boolean;
}

export interface PlannedMoney {
  /** US dollars; null where a price is not known. */
  readonly usd: number | null;
  readonly prices: { readonly teacher: Price | null; readonly judge: Price | null };
  /** Mails that `distill.budgetUsd` pays for; null without a budget or a price. */
  readonly mailsInBudget: number | null;
}

/** What can hold a run back, in the recipe's words. */
export type PlanBinding = "concurrency and latency" | "requests a minute" | "tokens a minute" | "the time budget";

export interface PlannedTime {
  /** Minutes of the run: the longest of the three below, at most the time budget. */
  readonly minutes: number;
  readonly binds: PlanBinding;
  /** Minutes if only this held it back; null where no such limit is given. */
  readonly byLatency: number;
  readonly byRequests: number | null;
  readonly byTokens: number | null;
  /** Share of the mails that `distill.budgetMinutes` leaves time for, in [0, 1]; null without one. */
  readonly shareInTime: number | null;
}

export interface PlannedBatch {
  readonly usd: number | null;
  /** Rounds of the batch API: write and judge, and the same again for each refinement. */
  readonly waves: number;
  /** Files of at most 50,000 requests and 200 MB, all waves together. */
  readonly files: number;
  /** If every wave takes the whole completion window. */
  readonly mostHours: number;
}
