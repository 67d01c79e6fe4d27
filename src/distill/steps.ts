/**
 * The state machine of one mail (paper §3.1): generate → judge → accept, or refine with the judge's scores and feedback,
 * at most so many times → reject. A mail's state is nothing but its journal rows: `nextStep` reads them and says what
 * comes next, so a run that was killed and one that was not take the same way.
 */
import {
  averageScore,
  type CallKind,
  criteria,
  type Defective,
  type Feedback,
  type PromptData,
  type Scores,
} from "../prompts/index.ts";

/** How a journalled call came out. "ok" counts; "defect": an answer that cannot be used; "refused": the endpoint turned this mail down; "unanswered": all tries failed. */
export type Outcome = "ok" | "defect" | "refused" | "unanswered";

/** The part of a journal row that decides what happens next. */
export interface StepRow {
  readonly kind: CallKind;
  /** 0 for the first draft, n for the n-th refinement; a judgement has the round of the draft it judges. */
  readonly round: number;
  readonly outcome: Outcome;
  /** The reply, for an "ok" generate or refine. */
  readonly reply?: string;
  /** For an "ok" judge. */
  readonly scores?: Scores;
  readonly feedback?: Feedback;
  /** What went wrong, for the other outcomes. */
  readonly error?: string;
  /** What the model said, for a "defect". */
  readonly answer?: string;
}

/** A draft and what the judge said of it. */
export interface Draft {
  readonly reply: string;
  readonly scores: Scores;
  readonly feedback: Feedback;
}

export type RejectionReason = "threshold" | Exclude<Outcome, "ok">;

/** What comes next. `drafts` are the judged ones, in order. */
export type Step =
  | {
      readonly step: "call";
      readonly drafts: readonly Draft[];
      readonly data: PromptData;
      readonly round: number;
      /** 0, or n for the n-th repeat after a defect. */
      readonly repeat: number;
      /** The answer that could not be used, on a repeat. */
      readonly defective?: Defective;
    }
  | { readonly step: "accept"; readonly drafts: readonly Draft[] }
  | {
      readonly step: "reject";
      readonly drafts: readonly Draft[];
      readonly reason: RejectionReason;
      readonly detail: string;
    };

/** When a reply is good enough and when to stop trying. */
export interface StepRules {
  readonly threshold: number;
  readonly rule: "minimum" | "mean";
  readonly refinements: number;
  /** An answer that cannot be used is asked for again so often; then the mail is rejected. */
  readonly defectRepeats: number;
  /** A mail on which the endpoint fails this often, all retries used each time, while it answers others, is given up. */
  readonly failedPasses: number;
}

/** The rules among the numbers of a recipe. */
export function stepRulesOf({ threshold, rule, refinements, defectRepeats, failedPasses }: StepRules): StepRules {
  return { threshold, rule, refinements, defectRepeats, failedPasses };
}

/** The next step for a mail after the calls in `rows` (any order between rounds, order of calls within one). */
export function nextStep(email: string, rows: readonly StepRow[], rules: StepRules): Step {
  const drafts: Draft[] = [];
  for (let round = 0; ; round++) {
    const last = drafts.at(-1);
    const write: PromptData = last ? { kind: "refine", email, ...last } : { kind: "generate", email };
    const written = settle({ data: write, round, rows, drafts, rules });
    if ("step" in written) return written;
    const reply = written.reply!;
    const judged = settle({ data: { kind: "judge", email, reply }, round, rows, drafts, rules });
    if ("step" in judged) return judged;
    drafts.push({ reply, scores: judged.scores!, feedback: judged.feedback! });
    if (isAccepted(judged.scores!, rules)) return { step: "accept", drafts };
    if (round >= rules.refinements) {
      const detail = `no draft of ${drafts.length} reached ${rules.threshold} (${rules.rule} of the four scores)`;
      return { step: "reject", drafts, reason: "threshold", detail };
    }
  }
}

/** Whether scores reach the threshold: by their mean, or each of them. */
export function isAccepted(scores: Scores, rules: Pick<StepRules, "threshold" | "rule">): boolean {
  return scoreOf(scores, rules.rule) >= rules.threshold - 1e-9; // a mean of decimals may fall a rounding error short
}

/** The one number that a run holds against its threshold. */
export function scoreOf(scores: Scores, rule: StepRules["rule"]): number {
  return rule === "mean" ? averageScore(scores) : Math.min(...criteria.map((criterion) => scores[criterion]));
}

/** The row that answers this call, or the step that follows because there is none yet. */
function settle(call: {
  data: PromptData;
  round: number;
  rows: readonly StepRow[];
  drafts: readonly Draft[];
  rules: StepRules;
}): StepRow | Step {
  const { data, round, rows, drafts, rules } = call;
  const calls = rows.filter((row) => row.kind === data.kind && row.round === round);
  const answer = calls.find((row) => row.outcome === "ok");
  if (answer) return answer;
  for (const [outcome, limit] of [
    ["refused", 1],
    ["defect", rules.defectRepeats + 1],
    ["unanswered", rules.failedPasses],
  ] as const) {
    const failed = calls.filter((row) => row.outcome === outcome);
    if (failed.length >= limit) {
      const times = failed.length > 1 ? `, ${failed.length} times` : "";
      return {
        step: "reject",
        drafts,
        reason: outcome,
        detail: `${data.kind}: ${failed.at(-1)!.error ?? outcome}${times}`,
      };
    }
  }
  const defects = calls.filter((row) => row.outcome === "defect");
  const last = defects.at(-1);
  if (!last) return { step: "call", drafts, data, round, repeat: 0 };
  const defective = { answer: last.answer ?? "", defect: last.error ?? "it was of no use" };
  return { step: "call", drafts, data, round, repeat: defects.length, defective };
}
