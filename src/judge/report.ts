/** The files of a judgement: judge.json, judged.jsonl, judge-pairs.json and judged-pairs.jsonl. */
import type { CriterionName, Finding, Outcome } from "./criteria.ts";
import type { JudgeIdentity } from "./identity.ts";

/** Why a reply has no verdict. It stays in every count. */
export type UnscoredReason =
  | "unusable" //   the answers, repeats included, were no judgement: prose, made-up quotes, contradictions, cut at the limit
  | "declined" //   the judge refused, or a content filter withheld its answer
  | "refused" //    the endpoint turned the request down
  | "unanswered"; // the endpoint did not answer in all its tries; asked again next time

/** A share with what it is worth. */
export interface Rate {
  readonly passed: number;
  /** With a verdict. */
  readonly of: number;
  /** passed / of; null where nothing has a verdict. */
  readonly rate: number | null;
  /** Of the scored replies alone; null where there is none. */
  readonly interval: Interval | null;
  /** If every unscored reply had failed: the share of all replies, and the lower end of its interval. */
  readonly worst: { readonly rate: number; readonly low: number };
  /** If every unscored reply had passed. */
  readonly best: { readonly rate: number; readonly high: number };
}

/** A confidence interval, and how it was made. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number; //  0.95
  readonly method: string; // "Wilson", "cluster bootstrap, 412 threads, 1000 resamples, seed 12345", …
}

/** Calls made and paid for, all sessions together. */
export interface JudgeCalls {
  readonly calls: number;
  readonly repeats: number; //        of these, because an answer could not be used
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly withoutUsage: number; //   answers whose tokens the endpoint did not count
  /** US dollars at full price; null where the price, or the tokens of an answer, are not known. */
  readonly costUsd: number | null;
}

/** Replies without a verdict, by reason, with up to 20 ids a reason and what was wrong in the first. */
export type Unscored = Readonly<Partial<Record<UnscoredReason, UnscoredGroup>>>;
export interface UnscoredGroup {
  readonly count: number;
  readonly ids: readonly string[];
  readonly example: string;
}

/** judge.json: every reply of a run judged by itself. */
export interface JudgeReport {
  readonly judge: JudgeIdentity;
  /** What a reader must know before the numbers: judge and teacher are one model, … */
  readonly warnings: readonly string[];
  /** What wrote the replies, and the digest of all mails and replies that were judged. */
  readonly of: string;
  readonly itemsDigest: string;
  readonly items: number;
  readonly scored: number;
  readonly unscored: Unscored;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Send-ready as it is. */
  readonly sendReady: Rate;
  /** Send-ready, or after placeholders are filled in. */
  readonly usable: Rate;
  readonly criteria: Readonly<Record<CriterionName, Rate>>;
  /** Of the replies that are not usable, by the first criterion they fail, in the order of the criteria. */
  readonly primaryFailures: Readonly<Partial<Record<CriterionName, number>>>;
  /** More than 80 % send-ready: the set is too easy to tell two good systems apart. */
  readonly ceilingAlarm: boolean;
  readonly cost: JudgeCalls;
  /** Parameters that the endpoint turned down and that were left out. */
  readonly droppedParameters: readonly string[];
}

/** A row of judged.jsonl. */
export interface JudgedReply {
  readonly id: string;
  readonly threadId: string;
  /** null where unscored. */
  readonly outcome: Outcome | null;
  readonly failed: readonly CriterionName[];
  readonly placeholders: readonly string[];
  /** The evidence by criterion; empty where unscored. */
  readonly findings: Readonly<Partial<Record<CriterionName, readonly Finding[]>>>;
  readonly unscored: { readonly reason: UnscoredReason; readonly detail: string } | null;
}

/** judge-pairs.json: the replies of a run against those of another system to the same mails. */
export interface PairReport {
  readonly judge: JudgeIdentity;
  readonly warnings: readonly string[];
  readonly of: string;
  readonly against: string;
  /** The digest of all mails and replies of the run, as in judge.json. */
  readonly runDigest: string;
  /** The digest of the compared mails with the other system's replies; missing in files of earlier versions. */
  readonly againstDigest?: string;
  /** Mails that both systems answered; those that only one did are counted, not compared. */
  readonly items: number;
  readonly onlyOne: number;
  readonly scored: number;
  readonly unscored: Unscored;
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** (wins + ties / 2) / scored. */
  readonly winRate: Rate;
  /** The rate at equal length; null with the reason where it cannot be told. */
  readonly lengthControlled: LengthControlled | { readonly rate: null; readonly reason: string };
  /** Two-sided exact sign test on wins and losses; ties say nothing. */
  readonly pValue: number;
  /** The smallest difference from 50 % that this many decisive pairs would show in 80 of 100 tries; null with none. */
  readonly detectable: number | null;
  /** Share of pairs for which both orders gave the same verdict. */
  readonly positionConsistency: number | null;
  /** Share of the decided answers that chose the reply shown first; 0.5 is fair. */
  readonly firstSlotShare: number | null;
  readonly meanCharacters: { readonly of: number; readonly against: number };
  readonly cost: JudgeCalls;
  readonly droppedParameters: readonly string[];
}

/** σ(θ) of logit P(win) = θ + φ·tanh(Δcharacters / sd); robust to threads. */
export interface LengthControlled {
  readonly rate: number;
  readonly interval: Interval;
  /** φ: above 0 the judge likes the longer reply. */
  readonly lengthEffect: number;
  /** AlpacaEval's alarm: the rate moves by more than 10 points and by more than a quarter of the way to 0 or 1. */
  readonly differsFromRaw: boolean;
}

/** A row of judged-pairs.jsonl. */
export interface JudgedPair {
  readonly id: string;
  readonly threadId: string;
  /** null where unscored. */
  readonly result: "win" | "tie" | "loss" | null;
  /** The verdict with the run's reply shown first, and shown second. */
  readonly verdicts: readonly ["win" | "tie" | "loss", "win" | "tie" | "loss"] | null;
  readonly characters: { readonly of: number; readonly against: number };
  readonly unscored: { readonly reason: UnscoredReason; readonly detail: string } | null;
}
