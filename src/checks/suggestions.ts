/** A15: several suggestions to one mail, as Smart Reply shows them (Kannan et al. 2016, arXiv:1606.04870). */

import { type Stance, splitReply, stanceOf } from "../mail/portable.ts";
import { rouge } from "../metrics/index.ts";
import { fold } from "./words.ts";

/** The share of mails whose accepted reply stands among the first `k`; ranks count from 1, null is "not among them". */
export function precisionAtK(ranks: readonly (number | null)[], k: number): number {
  return ranks.length === 0 ? Number.NaN : ranks.filter((rank) => rank !== null && rank <= k).length / ranks.length;
}

/** The mean of 1/rank, 0 where the accepted reply is not among the suggestions. */
export function meanReciprocalRank(ranks: readonly (number | null)[]): number {
  return ranks.reduce<number>((sum, rank) => sum + (rank === null ? 0 : 1 / rank), 0) / ranks.length;
}

/** ours: ROUGE-L F1 from which a suggestion counts as one of the accepted replies. */
const ACCEPTED_ROUGE_L = 0.5;

/** The rank of the first suggestion near enough to an accepted reply; null for none. */
export function acceptedRank(suggestions: readonly string[], accepted: readonly string[]): number | null {
  const at = suggestions.findIndex((suggestion) =>
    accepted.some((reply) => rouge([suggestion], [[reply]]).rougeL.fMeasure >= ACCEPTED_ROUGE_L),
  );
  return at < 0 ? null : at + 1;
}

/** A short suggestion may be one sentence of an accepted reply: the replies, and each of their sentences. */
export function withSentences(accepted: readonly string[]): string[] {
  return [...new Set([...accepted, ...accepted.flatMap((reply) => splitReply(reply).sentences)])];
}

/** How different the suggestions to one mail are. */
export interface SuggestionDiversity {
  /** Different texts over all. */
  readonly distinct: number;
  /** The stances that are offered: a useful set holds yes, no and open. */
  readonly stances: readonly Stance[];
}

/** Distinct texts (case and spaces ignored) and stances of one mail's suggestions. */
export function suggestionDiversity(suggestions: readonly string[]): SuggestionDiversity {
  const texts = new Set(suggestions.map(fold));
  return {
    distinct: suggestions.length === 0 ? Number.NaN : texts.size / suggestions.length,
    stances: [...new Set(suggestions.map(stanceOf))],
  };
}
