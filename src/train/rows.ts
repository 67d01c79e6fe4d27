/**
 * Which sequences run together, in rows of which length. A run of the graph has rows of one length, and attention costs its square, so
 * sequences of about the same length go into one run: the same loss and gradients (up to rounding), in less time.
 */
import { type LlamaConfig, projectionShape, projections } from "../model/portable.ts";
import type { Example, Row } from "./pack.ts";

/** Rows that run together, each of at most `rowTokens` tokens. */
export interface Run {
  readonly rows: readonly Row[];
  readonly rowTokens: number;
}

/** Rows are so many tokens long, or a multiple. */
const stepTokens = 8;

/** What a run costs beside its tokens (reading weights, starting operations), in tokens of its own length. */
const startTokens = 16;

/**
 * Runs over all of `examples`, each of at most `runTokens` (but for a single row that is longer), at the least cost: sorted by
 * length and cut into stretches, a row for each sequence. Longer rows that several share would cost more: their attention grows, and sequences of
 * about the same length leave little empty.
 */
export function planRuns(
  examples: readonly Example[],
  limits: { readonly rowTokens: number; readonly runTokens: number },
  config: LlamaConfig,
): Run[] {
  const sorted = [...examples].sort((a, b) => b.ids.length - a.ids.length); // stable: equal lengths keep their order
  /** The first run of the cheapest way to run the last i sequences, and what all of them cost. */
  const plans = [{ cost: 0, from: sorted.length, to: sorted.length, rowTokens: 0 }];
  for (let from = sorted.length - 1; from >= 0; from--) {
    const rowTokens = Math.min(limits.rowTokens, roundUp(sorted[from].ids.length));
    const perToken = tokenCost(config, rowTokens);
    let best = { cost: Number.POSITIVE_INFINITY, from, to: from, rowTokens };
    for (let to = from + 1; to <= sorted.length; to++) {
      if (to > from + 1 && (to - from) * rowTokens > limits.runTokens) break;
      const next = sorted.length - to;
      const cost = ((to - from) * rowTokens + startTokens) * perToken + plans[next].cost;
      if (cost < best.cost) best = { cost, from, to, rowTokens };
    }
    plans.push(best);
  }
  const runs: Run[] = [];
  for (let at = 0; at < sorted.length; ) {
    const { from, to, rowTokens } = plans[sorted.length - at];
    runs.push({ rows: sorted.slice(from, to).map((example) => [example]), rowTokens });
    at = to;
  }
  return runs;
}

/**
 * Multiply-adds of one token in one layer, forward and backward: two with each weight, six with each value of a row of scores. The
 * passes over the scores that multiply nothing (softmax, mask, its gradient) take about as long as those that do.
 */
function tokenCost(config: LlamaConfig, rowTokens: number): number {
  const weights = projections.reduce((sum, name) => {
    const [outputs, inputs] = projectionShape(config, name);
    return sum + outputs * inputs;
  }, 0);
  return 2 * weights + 2 * 6 * rowTokens * config.heads * config.headSize;
}

function roundUp(tokens: number): number {
  return Math.ceil(tokens / stepTokens) * stepTokens;
}
