/** How good a ranking of responses is on held-out mails, as Smart Reply measures it (arXiv:1606.04870 §6.2). */
import type { RankedResponse } from "./choose.ts";

/** One mail: what a system ranked, and the responses that its real reply holds. */
export interface RankedMail {
  /** The whole ranking, the first three of it shown. */
  readonly ranked: readonly Pick<RankedResponse, "text" | "intent" | "cluster">[];
  /** Texts of the set in the reply; empty where the reply has none of the set. */
  readonly own: readonly string[];
}

/** Figures of one system. Over the mails whose reply is in the set, but for `recallAt3` and `distinctIntentsAt3`, which are over all. */
export interface RankingFigures {
  /** Share of the mails whose own response comes first, or among the first three. */
  readonly precisionAt1: number;
  readonly precisionAt3: number;
  /** The mean of 1 / rank; 0 where it is not ranked. */
  readonly meanReciprocalRank: number;
  /** The same with another response of the same cluster counted as right. */
  readonly clusterPrecisionAt1: number;
  readonly clusterPrecisionAt3: number;
  /** Share of all mails with an own response among the three: what the set does not hold counts as missed. */
  readonly recallAt3: number;
  readonly distinctIntentsAt3: number;
}

/** Measures a system. NaN-free: an empty list is all zeros. */
export function measureRanking(mails: readonly RankedMail[]): RankingFigures {
  const covered = mails.filter(({ own }) => own.length > 0);
  const rankOf = ({ ranked, own }: RankedMail) => ranked.findIndex(({ text }) => own.includes(text)) + 1;
  const clusterRankOf = ({ ranked, own }: RankedMail) => {
    const wanted = new Set(ranked.filter(({ text }) => own.includes(text)).map(({ cluster }) => cluster));
    return ranked.findIndex(({ text, cluster }) => own.includes(text) || wanted.has(cluster)) + 1;
  };
  const share = (list: readonly RankedMail[], is: (mail: RankedMail) => boolean) =>
    list.length === 0 ? 0 : list.filter(is).length / list.length;
  const within = (rank: number, most: number) => rank > 0 && rank <= most;
  const mean = (values: readonly number[]) =>
    values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    precisionAt1: share(covered, (mail) => within(rankOf(mail), 1)),
    precisionAt3: share(covered, (mail) => within(rankOf(mail), 3)),
    meanReciprocalRank: mean(covered.map(rankOf).map((rank) => (rank === 0 ? 0 : 1 / rank))),
    clusterPrecisionAt1: share(covered, (mail) => within(clusterRankOf(mail), 1)),
    clusterPrecisionAt3: share(covered, (mail) => within(clusterRankOf(mail), 3)),
    recallAt3: share(mails, (mail) => within(rankOf(mail), 3)),
    distinctIntentsAt3: mean(mails.map(({ ranked }) => new Set(ranked.slice(0, 3).map(({ intent }) => intent)).size)),
  };
}
