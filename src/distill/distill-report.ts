/** distill.json: what came out of a distillation, and what it took. */
import type { EndpointLabel } from "../builtin/index.ts";
import type { Price } from "../endpoint/index.ts";
import type { PromptStyle } from "../prompts/index.ts";
import type { Recipe } from "../recipe.ts";
import type { BatchOutcome } from "./batch/distill-batches.ts";
import type { JournalSettings } from "./journal-rows.ts";
import type { JournalTotals } from "./journal-totals.ts";
import type { ResultCounts } from "./results.ts";
import type { StepRules } from "./steps.ts";
import type { StopRule } from "./stop-rules.ts";

/** distill.json: what was done, by whom, what came out and what it cost. */
export interface DistillReport extends ResultCounts, Omit<JournalTotals, "calls" | "costUsd"> {
  /** Settings, rules and mails that these results were made of. */
  readonly fingerprint: string;
  readonly teacher: EndpointLabel;
  readonly judge: EndpointLabel;
  readonly emails: {
    readonly total: number;
    readonly duplicates: number;
    readonly fromOwner: number;
    readonly sampled: number;
  };
  /** The stop rule that ended the run before all mails were decided; null where none did. */
  readonly stopped: { readonly rule: StopRule; readonly detail: string } | null;
  readonly settings: JournalSettings;
  readonly rules: StepRules & StopRules;
  readonly prompts: PromptStyle;
  /** Names the decisions of a person that are in these results; null where there are none. */
  readonly reviewsDigest: string | null;
  readonly calls: JournalTotals["calls"];
  /** US dollars for all calls of this run folder; null where that of some is not known (`callsWithoutCost`). */
  readonly costUsd: number | null;
  /** The prices that the costs were computed with; null where none is known. */
  readonly prices: { readonly teacher: Price | null; readonly judge: Price | null };
  /** Parameters that an endpoint turned down and that were left out, by role. */
  readonly droppedParameters: { readonly teacher: readonly string[]; readonly judge: readonly string[] };
  /** What became of the requests that went out in batches; absent where none did. */
  readonly batch?: BatchOutcome["batch"];
}

/** When a run ends before its mails do; null: never. */
export type StopRules = Pick<Recipe["distill"], "accept" | "budgetUsd" | "budgetMinutes">;
