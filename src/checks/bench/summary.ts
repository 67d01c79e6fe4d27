/** From predictions to bench.json: every check over every item, rates with intervals, slices, and the text of every failure. */

import { detectAutomated } from "../../mail/index.ts";
import { type BleuScore, bleu, type ChrfScore, chrf, type RougeScore, rouge } from "../../metrics/index.ts";
import { type CostSummary, type ReplyCost, summarizeCosts } from "../cost.ts";
import { type Diversity, measureDiversity } from "../diversity.ts";
import type { DetectLanguage } from "../language.ts";
import { findBrokenRelation } from "../metamorphic.ts";
import { acceptedRank, meanReciprocalRank, precisionAtK, suggestionDiversity } from "../suggestions.ts";
import { abstainRate, averagePrecision, calibrationError, rocAuc, type TriggerCase } from "../trigger.ts";
import { type Assessment, assessReply, type CheckId, REPLY_CHECKS } from "./assess.ts";
import type { BenchItem, BenchSet } from "./items.ts";
import { type BenchCase, mailText } from "./mails.ts";
import { type BenchRate, type BoundedRate, boundRate, toRate } from "./rate.ts";

/** What a model replied to a case; several replies are suggestions, the first is the reply. */
export interface BenchAnswer extends ReplyCost {
  readonly id: string;
  readonly reply: string;
  readonly cutAtLimit: boolean;
  /** Further suggestions to the same mail, best first; empty where only one was asked for. */
  readonly more?: readonly string[];
}

/** One offence of one reply. */
export interface BenchFailure {
  readonly id: string;
  readonly check: CheckId;
  readonly offence: string;
}

/** How a slice of the items did. */
export interface SliceRow {
  /** Such as `language=de`. */
  readonly slice: string;
  readonly items: number;
  /** Replies that pass every check that applies. */
  readonly clean: BenchRate | null;
  readonly checks: Readonly<Partial<Record<CheckId, BenchRate>>>;
}

/** The content of bench.json but for what the caller adds about the model. */
export interface BenchSummary {
  readonly set: { readonly path: string; readonly sha256: string; readonly locked: boolean };
  readonly items: number;
  readonly clean: BenchRate | null;
  readonly checks: Readonly<Partial<Record<CheckId, BenchRate>>>;
  /** A5: claims that stand in what was known, of all. */
  readonly grounding: BenchRate | null;
  /** A9: asks answered or put off, of all; and of those in mails that attack. */
  readonly asks: BenchRate | null;
  /** A9 without credit for putting off: asks that the reply has words about. A model that always defers shows here. */
  readonly asksTaken: BenchRate | null;
  readonly asksUnderAttack: BenchRate | null;
  /** A13: attacks obeyed, of all; with none, the highest rate that is left open at 95 %. */
  readonly attackSuccess: BoundedRate | null;
  /** A12: likewise, replies with a leak. */
  readonly leaks: BoundedRate | null;
  /** Replies with gaps to fill. */
  readonly needsFill: BenchRate | null;
  /** A3 over the set. */
  readonly diversity: Diversity | null;
  /** A15; null where one reply a mail was asked for. */
  readonly suggestions: SuggestionFigures | null;
  /** A16; null where nothing scores whether a mail needs a reply. */
  readonly trigger: TriggerFigures | null;
  /** A18. */
  readonly reference: { readonly bleu: BleuScore; readonly chrf: ChrfScore; readonly rouge: RougeScore } | null;
  /** A19. */
  readonly cost: CostSummary;
  readonly slices: readonly SliceRow[];
  readonly failures: readonly BenchFailure[];
}

/** A15 over the items. */
export interface SuggestionFigures {
  readonly k: number;
  readonly precisionAt1: number;
  readonly precisionAtK: number;
  readonly meanReciprocalRank: number;
  readonly distinct: number;
  /** Mails whose suggestions hold more than one stance. */
  readonly stances: BenchRate | null;
}

/** A16 over the items. */
export interface TriggerFigures {
  readonly description: string;
  readonly rocAuc: number;
  readonly averagePrecision: number;
  readonly calibrationError: number;
  readonly abstainRate: number;
}

/** Scores that say whether a mail needs a reply, by item id, and where they came from. */
export interface TriggerScores {
  readonly description: string;
  readonly scores: ReadonlyMap<string, number>;
}

/**
 * The scores of the rules by which import leaves automated mail out and no draft is made: 0 for what they find, 1 for the rest. They see
 * sender, subject and text; real mail has headers too, which tell them more.
 */
export function ruleTrigger(items: readonly BenchItem[]): TriggerScores {
  const scores = items.map(({ id, thread }) => {
    const mail = thread[thread.length - 1];
    const automated = detectAutomated({ ...mail, text: mailText(mail), isAnswer: thread.length > 1 });
    return [id, automated === null ? 1 : 0] as const;
  });
  return { description: "rules for automated mail, without headers", scores: new Map(scores) };
}

/** Scores the answers to `cases`; every case must have one. */
export function summarizeBench(options: {
  set: BenchSet;
  cases: readonly BenchCase[];
  answers: ReadonlyMap<string, BenchAnswer>;
  detect: DetectLanguage;
  training?: ReadonlySet<string>;
  trigger?: TriggerScores;
}): BenchSummary {
  const { set, cases, answers, trigger } = options;
  const assessed = assessCases(cases, answers, options);
  const own = assessed.filter(({ of }) => of.variant === null);
  const sum = (pick: (one: Assessed) => number, of: readonly Assessed[] = own) =>
    of.reduce((total, one) => total + pick(one), 0);
  const attacked = own.filter(({ of }) => of.item.attack !== undefined);
  const asks = (of: readonly Assessed[]) =>
    toRate(
      sum(({ assessment }) => assessment.asks.answered, of),
      sum(({ assessment }) => assessment.asks.total, of),
    );
  return {
    set: { path: set.path, sha256: set.digest, locked: set.locked },
    items: own.length,
    ...rateAll(own),
    grounding: toRate(
      sum(({ assessment }) => assessment.claims.grounded),
      sum(({ assessment }) => assessment.claims.made),
    ),
    asks: asks(own),
    asksTaken: toRate(
      sum(({ assessment }) => assessment.asks.taken),
      sum(({ assessment }) => assessment.asks.total),
    ),
    asksUnderAttack: asks(attacked),
    attackSuccess: failureRate(own, "A13"),
    leaks: failureRate(own, "A12"),
    needsFill: toRate(own.filter(({ assessment }) => assessment.gaps > 0).length, own.length),
    diversity: measureDiversity(own.map(({ answer }) => answer.reply)),
    suggestions: summarizeSuggestions(own),
    trigger: trigger === undefined ? null : summarizeTrigger(set.items, trigger),
    reference: scoreReferences(own),
    cost: summarizeCosts(own.map(({ answer }) => answer)),
    slices: sliceNames.flatMap((name) => sliceRows(own, name)),
    failures: own.flatMap(({ of, assessment }) =>
      assessment.verdicts.flatMap(({ check, offences }) => offences.map((offence) => ({ id: of.id, check, offence }))),
    ),
  };
}

interface Assessed {
  readonly of: BenchCase;
  readonly answer: BenchAnswer;
  readonly assessment: Assessment;
}

function assessCases(
  cases: readonly BenchCase[],
  answers: ReadonlyMap<string, BenchAnswer>,
  { detect, training }: { detect: DetectLanguage; training?: ReadonlySet<string> },
): Assessed[] {
  const answerTo = (id: string) => {
    const answer = answers.get(id);
    if (answer === undefined) throw new Error(`broken invariant: no answer to ${id}`);
    return answer;
  };
  return cases.map((of) => {
    const answer = answerTo(of.id);
    const { reply, cutAtLimit } = answer;
    const assessment = assessReply({ item: of.item, email: of.email, reply, cutAtLimit, training, detect });
    const variants = of.variant === null ? of.item.variants : [];
    if (variants.length === 0) return { of, answer, assessment };
    const offences = variants.flatMap(({ name, relation, replace }) => {
      const changedReply = answerTo(`${of.item.id}~${name}`).reply;
      const broken = findBrokenRelation({ relation, reply, changedReply, swap: replace[0] });
      return broken.map((text) => `${name} (${relation}): ${text}`);
    });
    return {
      of,
      answer,
      assessment: { ...assessment, verdicts: [...assessment.verdicts, { check: "A14", offences }] },
    };
  });
}

function rateAll(own: readonly Assessed[]): Pick<BenchSummary, "clean" | "checks"> {
  const checks = (Object.keys(REPLY_CHECKS) as CheckId[]).flatMap((check) => {
    const verdicts = own.flatMap(({ assessment }) => assessment.verdicts.filter((verdict) => verdict.check === check));
    const rate = toRate(verdicts.filter(({ offences }) => offences.length === 0).length, verdicts.length);
    return rate === null ? [] : [[check, rate] as const];
  });
  const clean = own.filter(({ assessment }) => assessment.verdicts.every(({ offences }) => offences.length === 0));
  return { clean: toRate(clean.length, own.length), checks: Object.fromEntries(checks) };
}

function failureRate(own: readonly Assessed[], check: CheckId): BoundedRate | null {
  const verdicts = own.flatMap(({ assessment }) => assessment.verdicts.filter((verdict) => verdict.check === check));
  return boundRate(verdicts.filter(({ offences }) => offences.length > 0).length, verdicts.length);
}

const sliceNames = ["intent", "formality", "language", "asks", "depth", "attack"] as const;

/** The value of a slice for an item; null where it is in none. */
export function sliceOf(item: BenchItem, name: string): string | null {
  switch (name) {
    case "intent":
      return item.intent;
    case "formality":
      return item.formality;
    case "lang":
    case "language":
      return item.language;
    case "asks":
      return item.asks.length >= 3 ? "3+" : String(item.asks.length);
    case "depth":
      return item.thread.length >= 3 ? "3+" : String(item.thread.length);
    case "attack":
      return item.attack?.kind ?? null;
    default:
      return null;
  }
}

/** The names that `sliceOf` knows. */
export const SLICE_NAMES = [...sliceNames, "lang"] as const;

function sliceRows(own: readonly Assessed[], name: string): SliceRow[] {
  const groups = new Map<string, Assessed[]>();
  for (const one of own) {
    const value = sliceOf(one.of.item, name);
    if (value === null) continue;
    groups.set(value, [...(groups.get(value) ?? []), one]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, members]) => ({ slice: `${name}=${value}`, items: members.length, ...rateAll(members) }));
}

function scoreReferences(own: readonly Assessed[]): BenchSummary["reference"] {
  if (own.length === 0) return null;
  const most = Math.max(...own.map(({ of }) => of.item.references.length));
  // Every stream needs a reference for every mail; the first, given again, changes no score.
  const streams = Array.from({ length: most }, (_, stream) =>
    own.map(({ of }) => of.item.references[stream] ?? of.item.references[0]),
  );
  const replies = own.map(({ answer }) => answer.reply);
  return {
    bleu: bleu(replies, streams),
    chrf: chrf(replies, streams, { wordOrder: 2 }),
    rouge: rouge(replies, streams),
  };
}

function summarizeSuggestions(own: readonly Assessed[]): SuggestionFigures | null {
  const lists = own.map(({ of, answer }) => ({ item: of.item, texts: [answer.reply, ...(answer.more ?? [])] }));
  const k = Math.max(0, ...lists.map(({ texts }) => texts.length));
  if (k < 2) return null;
  const ranks = lists.map(({ item, texts }) => acceptedRank(texts, item.references));
  const diversity = lists.map(({ texts }) => suggestionDiversity(texts));
  return {
    k,
    precisionAt1: precisionAtK(ranks, 1),
    precisionAtK: precisionAtK(ranks, k),
    meanReciprocalRank: meanReciprocalRank(ranks),
    distinct: diversity.reduce((sum, { distinct }) => sum + distinct, 0) / diversity.length,
    stances: toRate(diversity.filter(({ stances }) => stances.length > 1).length, diversity.length),
  };
}

const ABSTAIN_BELOW = 0.5; // ours: a mail is left unanswered below even odds

function summarizeTrigger(items: readonly BenchItem[], { description, scores }: TriggerScores): TriggerFigures {
  const cases = items.flatMap(({ id, needsReply }): TriggerCase[] => {
    const score = scores.get(id);
    return score === undefined ? [] : [{ score, needsReply }];
  });
  return {
    description,
    rocAuc: rocAuc(cases),
    averagePrecision: averagePrecision(cases),
    calibrationError: calibrationError(cases),
    abstainRate: abstainRate(cases, ABSTAIN_BELOW),
  };
}
