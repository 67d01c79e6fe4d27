/** What a plan cannot count before the run: taken from the journal of an earlier one where it holds enough, else from the recipe. */
import type { Recipe } from "../recipe.ts";
import type { DistillReport } from "./distill-report.ts";

/** A number and where it comes from. */
export interface Assumption {
  readonly value: number;
  readonly from: string;
}

export interface PlanAssumptions {
  readonly refinementsPerMail: Assumption;
  readonly acceptedShare: Assumption;
  /** Completion tokens of a reply, and of a judgement. */
  readonly replyTokens: Assumption;
  readonly judgeTokens: Assumption;
  readonly latencyMs: Assumption;
  /** Calls made again because an answer was of no use, as a share of all others. */
  readonly extraCallsShare: Assumption;
}

/** What an earlier run over mails like these has measured: its report. */
export type PlanEvidence = Pick<
  DistillReport,
  "accepted" | "rejected" | "calls" | "okCalls" | "outcomes" | "okCompletionTokens" | "latencyMs" | "timedCalls"
>;

/** Fewer decided mails than this say too little. */
const FEWEST_MAILS = 20;

/** The assumptions of a plan, each with its source. */
export function assumptionsOf({ plan }: Pick<Recipe, "plan">, evidence: PlanEvidence | null): PlanAssumptions {
  const measured = plan.measured && evidence && evidence.accepted + evidence.rejected >= FEWEST_MAILS ? evidence : null;
  const choose = (
    name: Exclude<keyof Recipe["plan"], "measured" | "batchWaveHours">,
    amount: number | undefined,
    over: number | undefined,
    what: string,
  ): Assumption =>
    amount !== undefined && over
      ? { value: amount / over, from: `measured on ${over} ${what}` }
      : { value: plan[name], from: `assumed (plan.${name})` };
  const mails = measured ? measured.accepted + measured.rejected : undefined;
  const okReplies = measured ? measured.okCalls.generate + measured.okCalls.refine : undefined;
  const replyTokens = measured
    ? measured.okCompletionTokens.generate + measured.okCompletionTokens.refine || undefined
    : undefined;
  const ok = measured?.outcomes.ok;
  return {
    refinementsPerMail: choose("refinementsPerMail", measured?.okCalls.refine, mails, "mails"),
    acceptedShare: choose("acceptedShare", measured?.accepted, mails, "mails"),
    replyTokens: choose("replyTokens", replyTokens, okReplies, "replies"),
    judgeTokens: choose(
      "judgeTokens",
      measured?.okCompletionTokens.judge || undefined,
      measured?.okCalls.judge,
      "judgements",
    ),
    latencyMs: choose("latencyMs", measured?.latencyMs || undefined, measured?.timedCalls, "calls"),
    extraCallsShare:
      measured && ok
        ? { value: measured.outcomes.defect / ok, from: `measured on ${ok} calls` }
        : { value: 0, from: "assumed: every answer is usable" },
  };
}
