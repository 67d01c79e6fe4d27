/** Shares of verdicts with their intervals; unscored replies are counted and shown. */
import { clusterBootstrap, wilson } from "../metrics/index.ts";
import type { Interval, Rate } from "./report.ts";

const LEVEL = 0.95;

/** One reply: what it scored (1, 0, or 0.5 for a tie), or null where it has no verdict. */
export interface ScoredItem {
  readonly score: number | null;
  readonly threadId: string;
}

/** The share of passed replies, of those with a verdict, and between the worst and the best that the others could be. */
export function measureRate(items: readonly ScoredItem[]): Rate {
  const scored = items.filter((item): item is ScoredItem & { score: number } => item.score !== null);
  const passed = scored.reduce((sum, { score }) => sum + score, 0);
  const filled = (score: number) => items.map((item) => ({ ...item, score: item.score ?? score }));
  const [worst, best] = [filled(0), filled(1)];
  const interval = scored.length === 0 ? null : measureInterval(scored);
  const isComplete = scored.length === items.length && interval !== null;
  return {
    passed,
    of: scored.length,
    rate: scored.length === 0 ? null : passed / scored.length,
    interval,
    worst: { rate: mean(worst), low: isComplete ? interval.low : items.length === 0 ? 0 : measureInterval(worst).low },
    best: { rate: mean(best), high: isComplete ? interval.high : items.length === 0 ? 1 : measureInterval(best).high },
  };
}

/**
 * The 95 % interval of a mean of scores: Wilson's where every thread has one reply and nothing is tied, else by drawing whole
 * threads. Where all scores are equal a bootstrap would see no doubt at all: then Wilson's over the threads.
 */
function measureInterval(items: readonly { readonly score: number; readonly threadId: string }[]): Interval {
  const threads = new Set(items.map(({ threadId }) => threadId)).size;
  const scores = items.map(({ score }) => score);
  const sum = scores.reduce((total, score) => total + score, 0);
  const isBinary = scores.every((score) => score === 0 || score === 1);
  const isUniform = isBinary && (sum === 0 || sum === scores.length);
  if (isUniform || (isBinary && threads === items.length)) {
    const { low, high } = wilson((sum / scores.length) * threads, threads, LEVEL);
    return { low, high, level: LEVEL, method: threads === items.length ? "Wilson" : `Wilson, ${threads} threads` };
  }
  const { low, high, resamples, seed } = clusterBootstrap(
    scores,
    items.map(({ threadId }) => threadId),
  );
  return {
    low,
    high,
    level: LEVEL,
    method: `cluster bootstrap, ${threads} threads, ${resamples} resamples, seed ${seed}`,
  };
}

function mean(items: readonly { readonly score: number }[]): number {
  return items.length === 0 ? 0 : items.reduce((sum, { score }) => sum + score, 0) / items.length;
}
