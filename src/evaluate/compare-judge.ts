/**
 * What a judge says of two systems on the same mails: its outcomes side by side with the paired difference, and its verdicts on the pairs.
 * Numbers of different judges are never put side by side.
 */
import { UserError } from "../errors.ts";
import type { JudgedPair, JudgedReply, JudgeReport, PairReport, Rate } from "../judge/index.ts";
import {
  digestItems,
  flipPair,
  type JudgeIdentity,
  measureRate,
  type PairSummary,
  refuseDifferentJudges,
  summarizePairs,
} from "../judge/index.ts";
import { detectableShare } from "../metrics/index.ts";
import { type PairedDifference, pairedDifference } from "./gate-pairs.ts";

/** A mail that both systems answered. */
interface AnsweredTwice {
  readonly a: AnsweredMail;
  readonly b: AnsweredMail;
}
interface AnsweredMail {
  readonly id: string;
  readonly threadId: string;
  readonly email: string;
  readonly student: { readonly text: string };
}

/** One outcome on both sides; a difference above 0 speaks for B. */
export interface OutcomeComparison {
  readonly name: "send-ready" | "usable";
  readonly a: Rate;
  readonly b: Rate;
  /** B minus A over the mails with a verdict on both sides, whole threads drawn; null where there is none. */
  readonly difference: PairedDifference | null;
  /** The difference over all mails if every missing verdict spoke against B, and for B. */
  readonly worst: number;
  readonly best: number;
  /** The smallest difference that these mails would show in 80 of 100 tries; null where none would be. */
  readonly detectable: number | null;
  readonly pValue: number; //      McNemar's exact test
  readonly adjustedP: number; //   by Holm, over all tests of the comparison
}

/** The replies of both systems, judged one by one by one judge. */
export interface OutcomesComparison {
  readonly judge: JudgeIdentity;
  readonly warnings: readonly string[];
  readonly items: number;
  /** Mails with a verdict on both sides. */
  readonly scored: number;
  readonly outcomes: readonly OutcomeComparison[];
}

/** The replies of both systems judged against each other; a win is one of B. */
export interface PairsComparison extends PairSummary {
  readonly judge: JudgeIdentity;
  readonly warnings: readonly string[];
  readonly adjustedP: number;
}

/** Everything a judge says of two systems. */
export interface JudgeComparison {
  readonly outcomes: OutcomesComparison | null;
  readonly pairs: PairsComparison | null;
  /** Why the outcomes cannot be compared, where both sides have some; null where they can. */
  readonly refusal: string | null;
}

/** A run's replies as a judge saw them. */
export interface JudgedRun {
  readonly name: string;
  readonly report: JudgeReport;
  readonly rows: readonly JudgedReply[];
}

/** Pairs as a judge saw them: `of` says whose wins they count. */
export interface JudgedPairs {
  readonly of: "a" | "b";
  readonly report: PairReport;
  readonly rows: readonly JudgedPair[];
}

/** What there is of a judge's work on the two systems. */
export interface JudgeFiles {
  readonly a: JudgedRun | null;
  readonly b: JudgedRun | null;
  readonly pairs: JudgedPairs | null;
}

/** The p-values of a comparison that is not corrected yet, in the order in which `correctJudge` takes them back. */
export function judgePValues({ outcomes, pairs }: JudgeComparison): number[] {
  return [
    ...(outcomes === null ? [] : outcomes.outcomes.map(({ pValue }) => pValue)),
    ...(pairs === null ? [] : [pairs.pValue]),
  ];
}

/** The comparison with its p-values corrected. */
export function correctJudge(comparison: JudgeComparison, adjusted: readonly number[]): JudgeComparison {
  const { outcomes, pairs } = comparison;
  return {
    ...comparison,
    outcomes: outcomes && {
      ...outcomes,
      outcomes: outcomes.outcomes.map((outcome, i) => ({ ...outcome, adjustedP: adjusted[i] })),
    },
    pairs: pairs && { ...pairs, adjustedP: adjusted[adjusted.length - 1] },
  };
}

/** Compares what a judge says on the mails of `pairs`; null where there is nothing. p-values are not corrected yet. */
export function compareJudge(
  pairs: readonly AnsweredTwice[],
  { a, b, pairs: judged }: JudgeFiles,
): JudgeComparison | null {
  if ((a === null || b === null) && judged === null) return null;
  const refusal = a !== null && b !== null ? differentJudges(a, b) : null;
  return {
    outcomes: a !== null && b !== null && refusal === null ? compareOutcomes(pairs, a, b) : null,
    pairs: judged && comparePairs(pairs, judged),
    refusal,
  };
}

function differentJudges(a: JudgedRun, b: JudgedRun): string | null {
  try {
    refuseDifferentJudges({ name: a.name, judge: a.report.judge }, { name: b.name, judge: b.report.judge });
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

const PASSES = {
  "send-ready": (outcome: JudgedReply["outcome"]) => outcome === "send-ready",
  usable: (outcome: JudgedReply["outcome"]) => outcome !== "not-usable",
} as const;

function compareOutcomes(pairs: readonly AnsweredTwice[], a: JudgedRun, b: JudgedRun): OutcomesComparison {
  const [ofA, ofB] = [a, b].map(({ rows }) => new Map(rows.map(({ id, outcome }) => [id, outcome])));
  const compare = (name: OutcomeComparison["name"]): OutcomeComparison => {
    const score = (outcome: JudgedReply["outcome"] | undefined) =>
      outcome === null || outcome === undefined ? null : Number(PASSES[name](outcome));
    const items = pairs.map(({ a: { id, threadId } }) => ({
      threadId,
      run: score(ofB.get(id)),
      baseline: score(ofA.get(id)),
    }));
    const scored = items.filter(({ run, baseline }) => run !== null && baseline !== null);
    const difference = scored.length === 0 ? null : pairedDifference(scored);
    const { run = 0, baseline = 0, pValue = 1 } = difference?.discordant ?? {};
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      name,
      a: measureRate(items.map(({ threadId, baseline }) => ({ threadId, score: baseline }))),
      b: measureRate(items.map(({ threadId, run }) => ({ threadId, score: run }))),
      difference,
      worst: mean(items.map(({ run, baseline }) => (run ?? 0) - (baseline ?? 1))),
      best: mean(items.map(({ run, baseline }) => (run ?? 1) - (baseline ?? 0))),
      detectable: scored.length === 0 ? null : detectableShare(scored.length, (run + baseline) / scored.length),
      pValue,
      adjustedP: pValue,
    };
  };
  const hasBoth = pairs.filter(({ a: { id } }) => (ofA.get(id) ?? null) !== null && (ofB.get(id) ?? null) !== null);
  return {
    judge: b.report.judge,
    warnings: [...new Set([...a.report.warnings, ...b.report.warnings])],
    items: pairs.length,
    scored: hasBoth.length,
    outcomes: [compare("send-ready"), compare("usable")],
  };
}

function comparePairs(pairs: readonly AnsweredTwice[], { of, report, rows }: JudgedPairs): PairsComparison | null {
  const known = new Set(pairs.map(({ a: { id } }) => id));
  const shown = rows.filter(({ id }) => known.has(id)).map((row) => (of === "b" ? row : flipPair(row)));
  if (shown.length === 0) return null;
  const summary = summarizePairs(shown);
  return { judge: report.judge, warnings: report.warnings, ...summary, adjustedP: summary.pValue };
}

/** Whether a judge's pairs are of the replies of `of` against those of `against`. */
export function arePairsOf(
  { report, rows }: { report: PairReport; rows: readonly JudgedPair[] },
  of: readonly AnsweredMail[],
  against: readonly AnsweredMail[],
): boolean {
  const ask = ({ id, threadId, email, student }: AnsweredMail) => ({ id, threadId, email, reply: student.text });
  const others = new Map(against.map((item) => [item.id, item]));
  const compared = rows.flatMap(({ id }) => others.get(id) ?? []);
  return (
    report.runDigest === digestItems(of.map(ask)) &&
    compared.length === rows.length &&
    report.againstDigest === digestItems(compared.map(ask))
  );
}
