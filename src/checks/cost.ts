/** A19: what a reply costs: waiting, speed, tokens. */

/** The cost of one reply, as it was measured; null where it was not. */
export interface ReplyCost {
  readonly promptTokens: number | null;
  readonly replyTokens: number | null;
  readonly firstTokenMs: number | null;
  readonly tokensPerSecond: number | null;
}

/** The middle and the slow end of a cost; null where nothing was measured. */
export interface Spread {
  readonly median: number;
  readonly p90: number;
  readonly of: number;
}

/** Costs over a set. */
export interface CostSummary {
  readonly firstTokenMs: Spread | null;
  readonly tokensPerSecond: Spread | null;
  readonly replyTokens: Spread | null;
  readonly promptTokens: Spread | null;
}

/** Medians and 90th percentiles (nearest rank) of what was measured. */
export function summarizeCosts(costs: readonly ReplyCost[]): CostSummary {
  const spread = (key: keyof ReplyCost): Spread | null => {
    const values = costs.flatMap((cost) => (cost[key] === null ? [] : [cost[key]])).sort((a, b) => a - b);
    if (values.length === 0) return null;
    const at = (share: number) => values[Math.max(0, Math.ceil(share * values.length) - 1)];
    return { median: at(0.5), p90: at(0.9), of: values.length };
  };
  return {
    firstTokenMs: spread("firstTokenMs"),
    tokensPerSecond: spread("tokensPerSecond"),
    replyTokens: spread("replyTokens"),
    promptTokens: spread("promptTokens"),
  };
}
