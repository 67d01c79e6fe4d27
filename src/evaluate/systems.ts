/** The systems of an evaluation: the model and the controls beside it, each a list of replies that is scored in the same way. */

import { CHECKS, type CheckName, checkReply, createGrounder, type Finding, type Grounding } from "../checks/index.ts";
import { splitReply } from "../mail/index.ts";
import type { Steps } from "../metrics/index.ts";
import {
  type BleuScore,
  bleuScore,
  type ChrfScore,
  type ConfidenceInterval,
  confidenceIntervalSteps,
  DOUBLE,
  type Measured,
  measureBleu,
  measureChrf,
  type RougeScore,
  rouge,
  scoreBleuSums,
  sumRows,
} from "../metrics/index.ts";

/** How often each check failed, with up to 20 ids a check and the text that offended in the first. */
export interface CheckReport {
  /** Replies without any finding. */
  readonly clean: number;
  readonly failures: Partial<Record<CheckName, { count: number; ids: string[]; example: string }>>;
}

/** Scores of one list of replies against the references. */
export interface SystemEvaluation {
  /** What gave the replies. */
  readonly description: string;
  readonly bleu: BleuScore;
  /** The 95 % interval of BLEU, from 1,000 resamples with sacreBLEU's seed. */
  readonly bleuInterval: ConfidenceInterval;
  readonly chrf: ChrfScore; //          chrF2++
  readonly chrfInterval: ConfidenceInterval;
  readonly rouge: RougeScore;
  readonly meanWords: number; //        a reply
  readonly meanSentences: number; //    a reply, greeting and sign-off not counted
  readonly checks: CheckReport;
  readonly grounding: GroundingReport;
}

/** Names, numbers and dates of all replies, and how many stand in the mail; replies are read as English (German nouns pass for names). */
export interface GroundingReport {
  readonly claims: number;
  readonly grounded: number;
  /** Up to 20 that stand nowhere. */
  readonly examples: readonly { readonly id: string; readonly text: string }[];
}

/** What can answer, in the order of all tables. */
export const SYSTEMS = ["student", "base", "ceiling", "constant", "nearest", "shuffledReferences"] as const;
export type SystemName = (typeof SYSTEMS)[number];

/** Replies to all items by one system, and what they are scored against. */
export interface Answers {
  readonly name: SystemName;
  readonly description: string;
  readonly replies: readonly string[];
  readonly references: readonly string[];
  /** Which replies were cut at the token limit. */
  readonly cuts: readonly boolean[];
}

/** One system, scored: the figures, and what they came from, segment by segment. */
export interface ScoredSystem {
  readonly answers: Answers;
  readonly evaluation: SystemEvaluation;
  readonly bleu: Measured;
  readonly chrf: Measured;
  readonly findings: readonly (readonly Finding[])[];
}

/** Steps of `scoreSystemsSteps` for each system with so many items, beside one a resample. */
export const stepsASystem = (items: number) => 3 + items;

/** Scores every system, then draws the intervals of all from the same resamples. `items` are what was answered. */
export function* scoreSystemsSteps(
  items: readonly { readonly id: string; readonly email: string }[],
  list: readonly Answers[],
): Steps<ScoredSystem[]> {
  const scored: { bleu: Measured; chrf: Measured; findings: Finding[][]; rest: SystemRest }[] = [];
  const grounders = items.map(({ email }) => createGrounder({ texts: [email] }));
  for (const { description, replies, references, cuts } of list) {
    const measuredBleu = measureBleu(replies, [references]);
    yield;
    const measuredChrf = measureChrf(replies, [references], { wordOrder: 2 });
    yield;
    const rougeScore = rouge(replies, [references]);
    yield;
    const words = replies.map((reply) => reply.split(/\s+/).filter((word) => word !== "").length);
    const sentences: number[] = [];
    const findings: Finding[][] = [];
    const groundings: Grounding[] = [];
    for (const [i, reply] of replies.entries()) {
      sentences.push(splitReply(reply).sentences.length);
      findings.push(checkReply(reply, { email: items[i].email, cutAtLimit: cuts[i] }));
      groundings.push(grounders[i](reply));
      yield;
    }
    const bleu = bleuScore(measuredBleu);
    const chrf = { score: measuredChrf.score, name: measuredChrf.name, signature: measuredChrf.signature() };
    const [meanWords, meanSentences] = [mean(words), mean(sentences)];
    const checks = reportChecks(items, findings);
    const grounding = reportGrounding(items, groundings);
    const rest = { description, bleu, chrf, rouge: rougeScore, meanWords, meanSentences, checks, grounding };
    scored.push({ bleu: measuredBleu, chrf: measuredChrf, findings, rest });
  }
  const intervals = yield* confidenceIntervalSteps(scored.flatMap(({ bleu, chrf }) => [bleu, chrf]));
  return scored.map(({ bleu, chrf, findings, rest }, i) => {
    const { description, bleu: bleuOf, chrf: chrfOf, ...others } = rest;
    const [bleuInterval, chrfInterval] = [intervals[2 * i], intervals[2 * i + 1]];
    const evaluation = { description, bleu: bleuOf, bleuInterval, chrf: chrfOf, chrfInterval, ...others };
    return { answers: list[i], evaluation, bleu, chrf, findings };
  });
}

type SystemRest = Omit<SystemEvaluation, "bleuInterval" | "chrfInterval">;

/** What the checks find in each reply. */
export function checkReplies(
  items: readonly { readonly email: string }[],
  replies: readonly string[],
  cuts: readonly boolean[],
): Finding[][] {
  return replies.map((reply, i) => checkReply(reply, { email: items[i].email, cutAtLimit: cuts[i] }));
}

const IDS_SHOWN = 20;

/** The findings of all replies, counted by check. */
export function reportChecks(
  items: readonly { readonly id: string }[],
  findings: readonly (readonly Finding[])[],
): CheckReport {
  const failures: CheckReport["failures"] = {};
  findings.forEach((list, i) => {
    for (const { check, text } of list) {
      const failure = failures[check] ?? { count: 0, ids: [], example: text };
      failures[check] = failure;
      failure.count++;
      if (failure.ids.length < IDS_SHOWN) failure.ids.push(items[i].id);
    }
  });
  const inOrder = CHECKS.flatMap((check) => (failures[check] ? [[check, failures[check]] as const] : []));
  return { clean: findings.filter((list) => list.length === 0).length, failures: Object.fromEntries(inOrder) };
}

function reportGrounding(items: readonly { readonly id: string }[], groundings: readonly Grounding[]): GroundingReport {
  const claims = groundings.reduce((sum, found) => sum + found.claims, 0);
  const ungrounded = groundings.flatMap((found, i) =>
    found.ungrounded.map(({ text }) => ({ id: items[i].id, text: text.trim() })),
  );
  return { claims, grounded: claims - ungrounded.length, examples: ungrounded.slice(0, IDS_SHOWN) };
}

/** Figures of one system on some of the items. */
export interface SubsetScore {
  readonly bleu: number;
  readonly chrf: number;
  /** Replies without any finding. */
  readonly clean: number;
}

/** The corpus scores of the items at `indices` alone; at least one is needed. */
export function scoreSubset({ bleu, chrf, findings }: ScoredSystem, indices: readonly number[]): SubsetScore {
  const score = (measured: Measured) => measured.scoreSums(sumRows(pickRows(measured, indices).statistics), DOUBLE);
  return {
    bleu: score(bleu),
    chrf: score(chrf),
    clean: indices.filter((index) => findings[index].length === 0).length,
  };
}

/** The corpus of the items at `indices` alone. */
export function pickRows(measured: Measured, indices: readonly number[]): Measured {
  const { width, values } = measured.statistics;
  const picked = new Float64Array(indices.length * width);
  for (const [i, index] of indices.entries())
    picked.set(values.subarray(index * width, (index + 1) * width), i * width);
  const statistics = { segments: indices.length, width, values: picked };
  return { ...measured, statistics, score: measured.scoreSums(sumRows(statistics), DOUBLE) };
}

/** Sentence BLEU (effective order, as sacreBLEU's `sentence_bleu`) and sentence chrF of one reply. */
export function scoreItem({ bleu, chrf }: ScoredSystem, index: number): { bleu: number; chrf: number } {
  const row = ({ statistics: { width, values } }: Measured) => values.subarray(index * width, (index + 1) * width);
  return {
    bleu: scoreBleuSums(row(bleu), { effectiveOrder: true }).score,
    chrf: chrf.scoreSums(row(chrf), DOUBLE),
  };
}

/** The arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
