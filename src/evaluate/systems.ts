/** The systems of an evaluation: the model and the controls beside it, each a list of replies that is scored in the same way. */

import {
  CHECKS,
  type CheckedReply,
  type CheckName,
  createReplyChecker,
  type DetectLanguage,
  FAULTS,
  type FaultName,
  type Grounding,
  type ReplyContext,
} from "../checks/index.ts";
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

/** How often each kind was found, with up to 20 ids a kind and the text that shows the first. */
type Failures<Kind extends string> = Partial<Record<Kind, { count: number; ids: string[]; example: string }>>;

/** Whether replies are well-formed, by `checkReply`. */
export interface CheckReport {
  /** Replies without any finding. */
  readonly clean: number;
  readonly failures: Failures<CheckName>;
}

/** Whether replies could be sent as they are, by exact rules over mail and reply. */
export interface SendableReport {
  /** Replies in which no rule finds a fault, and their share. */
  readonly replies: number;
  readonly rate: number;
  /** Replies with each fault; one reply may have several. */
  readonly faults: Failures<FaultName>;
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
  readonly sendable: SendableReport;
  readonly grounding: GroundingReport;
}

/** Names, numbers and dates of all replies, and how many stand in the mail; a reply is read in the mail's language where that is told. */
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
  readonly checked: readonly CheckedReply[];
}

/** Steps of `scoreSystemsSteps` for each system with so many items, beside one a resample. */
export const stepsASystem = (items: number) => 3 + items;

/** What is known of a mail that was answered. */
type CheckedItem = Pick<ReplyContext, "email" | "sentAt" | "language"> & {
  readonly id: string;
  readonly people?: Pick<ReplyContext, "sender" | "user">;
};

/** Scores every system, then draws the intervals of all from the same resamples. `items` are what was answered. */
export function* scoreSystemsSteps(
  items: readonly CheckedItem[],
  list: readonly Answers[],
  detect?: DetectLanguage,
): Steps<ScoredSystem[]> {
  const scored: { bleu: Measured; chrf: Measured; checked: CheckedReply[]; rest: SystemRest }[] = [];
  const checkers = createCheckers(items, detect);
  for (const { description, replies, references, cuts } of list) {
    const measuredBleu = measureBleu(replies, [references]);
    yield;
    const measuredChrf = measureChrf(replies, [references], { wordOrder: 2 });
    yield;
    const rougeScore = rouge(replies, [references]);
    yield;
    const words = replies.map((reply) => reply.split(/\s+/).filter((word) => word !== "").length);
    const sentences: number[] = [];
    const checked: CheckedReply[] = [];
    for (const [i, reply] of replies.entries()) {
      sentences.push(splitReply(reply).sentences.length);
      checked.push(checkers[i](reply, { cutAtLimit: cuts[i] }));
      yield;
    }
    const bleu = bleuScore(measuredBleu);
    const chrf = { score: measuredChrf.score, name: measuredChrf.name, signature: measuredChrf.signature() };
    const [meanWords, meanSentences] = [mean(words), mean(sentences)];
    const checks = reportChecks(items, checked);
    const sendable = reportSendable(items, checked);
    const grounding = reportGrounding(
      items,
      checked.map((one) => one.grounding),
    );
    const rest = { description, bleu, chrf, rouge: rougeScore, meanWords, meanSentences, checks, sendable, grounding };
    scored.push({ bleu: measuredBleu, chrf: measuredChrf, checked, rest });
  }
  const intervals = yield* confidenceIntervalSteps(scored.flatMap(({ bleu, chrf }) => [bleu, chrf]));
  return scored.map(({ bleu, chrf, checked, rest }, i) => {
    const { description, bleu: bleuOf, chrf: chrfOf, ...others } = rest;
    const [bleuInterval, chrfInterval] = [intervals[2 * i], intervals[2 * i + 1]];
    const evaluation = { description, bleu: bleuOf, bleuInterval, chrf: chrfOf, chrfInterval, ...others };
    return { answers: list[i], evaluation, bleu, chrf, checked };
  });
}

type SystemRest = Omit<SystemEvaluation, "bleuInterval" | "chrfInterval">;

/** A checker of replies to each item. */
function createCheckers(items: readonly CheckedItem[], detect?: DetectLanguage) {
  return items.map(({ email, people, sentAt, language }) =>
    createReplyChecker({ email, ...people, sentAt, language, detect }),
  );
}

/** What the rules find in the references themselves: what a perfect imitation would have against it. */
export function checkReferences(
  items: readonly (CheckedItem & { readonly reference: string })[],
  detect?: DetectLanguage,
): { checks: CheckReport; sendable: SendableReport } {
  const checked = createCheckers(items, detect).map((check, i) => check(items[i].reference));
  return { checks: reportChecks(items, checked), sendable: reportSendable(items, checked) };
}

const IDS_SHOWN = 20;

type Named = readonly { readonly id: string }[];

function reportChecks(items: Named, checked: readonly CheckedReply[]): CheckReport {
  const kinds = checked.map(({ findings }) => findings.map(({ check, text }) => [check, text] as const));
  return { clean: countEmpty(kinds), failures: countKinds(items, kinds, CHECKS) };
}

function reportSendable(items: Named, checked: readonly CheckedReply[]): SendableReport {
  const kinds = checked.map(({ faults }) => faults.map(({ fault, text }) => [fault, text] as const));
  const replies = countEmpty(kinds);
  return { replies, rate: replies / items.length, faults: countKinds(items, kinds, FAULTS) };
}

const countEmpty = (lists: readonly (readonly unknown[])[]) => lists.filter((list) => list.length === 0).length;

/** Replies of each kind, in the order of `all`; a kind counts once a reply. */
function countKinds<Kind extends string>(
  items: Named,
  found: readonly (readonly (readonly [kind: Kind, text: string])[])[],
  all: readonly Kind[],
): Failures<Kind> {
  const entries = all.flatMap((kind) => {
    const hits = found.flatMap((list, i) => {
      const first = list.find(([one]) => one === kind);
      return first === undefined ? [] : [{ id: items[i].id, text: first[1] }];
    });
    if (hits.length === 0) return [];
    return [[kind, { count: hits.length, ids: hits.slice(0, IDS_SHOWN).map(({ id }) => id), example: hits[0].text }]];
  });
  return Object.fromEntries(entries) as Failures<Kind>; // keys are of `all`
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
  /** Replies without any finding of their form. */
  readonly clean: number;
  /** Replies that could be sent as they are. */
  readonly sendable: number;
}

/** The corpus scores of the items at `indices` alone; at least one is needed. */
export function scoreSubset({ bleu, chrf, checked }: ScoredSystem, indices: readonly number[]): SubsetScore {
  const score = (measured: Measured) => measured.scoreSums(sumRows(pickRows(measured, indices).statistics), DOUBLE);
  return {
    bleu: score(bleu),
    chrf: score(chrf),
    clean: indices.filter((index) => checked[index].findings.length === 0).length,
    sendable: indices.filter((index) => checked[index].faults.length === 0).length,
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
