/**
 * Confidence intervals by bootstrap resampling (Koehn 2004, W04-3250), equal to sacreBLEU 2.6.0 under NumPy ≥ 2 with the same seed,
 * float32 rounding of its resampled statistics included.
 */
import { invariant, UserError } from "../errors.ts";
import { createPcg64 } from "./pcg64.ts";
import { type Measured, SINGLE } from "./statistics.ts";
import { finish, type Steps } from "./steps.ts";

/** sacreBLEU's defaults. */
export interface BootstrapOptions {
  readonly resamples?: number; //  1000
  readonly seed?: number; //       12345
}

/** The seed of sacreBLEU where SACREBLEU_SEED is not set. */
export const DEFAULT_SEED = 12345;
export const DEFAULT_RESAMPLES = 1000;

/** A 95 % interval: the mean of the resampled scores, and half the distance between their 2.5 and 97.5 percentiles. */
export interface ConfidenceInterval {
  readonly mean: number;
  readonly halfWidth: number;
  readonly low: number; //   the percentiles themselves
  readonly high: number;
  readonly resamples: number;
  readonly seed: number;
  readonly signature: string;
}

/** The interval of one corpus. Throws UserError for a number of resamples or a seed that is no whole number. */
export function confidenceInterval(measured: Measured, options: BootstrapOptions = {}): ConfidenceInterval {
  return finish(confidenceIntervalSteps([measured], options))[0];
}

/** The intervals of corpora with the same number of segments, all over the same resamples; a step a resample. */
export function* confidenceIntervalSteps(
  corpora: readonly Measured[],
  options: BootstrapOptions = {},
): Steps<ConfidenceInterval[]> {
  const { resamples = DEFAULT_RESAMPLES, seed = DEFAULT_SEED } = options;
  checkTrials(resamples, "resamples");
  const random = createPcg64(seed);
  const scores = yield* resampleSteps(corpora, resamples, random.fillIndices);
  return corpora.map(({ signature }, i) => ({
    mean: scores[i].round(exactMean(scores[i].values)),
    ...interval(scores[i]),
    resamples,
    seed,
    signature: signature({ bs: String(resamples), seed: String(seed) }),
  }));
}

/** Scores of resamples, and how NumPy rounds what is computed from them. */
export interface ResampledScores {
  readonly values: Float64Array;
  round(value: number): number;
}

/** Scores every corpus on resamples of its segments, drawn by `fillIndices`; a step a resample. */
export function* resampleSteps(
  corpora: readonly Measured[],
  resamples: number,
  fillIndices: (indices: Int32Array, bound: number) => void,
): Steps<ResampledScores[]> {
  const { segments } = corpora[0].statistics;
  invariant(
    corpora.every(({ statistics }) => statistics.segments === segments),
    "corpora that share resamples must have the same segments",
  );
  const tables = corpora.map(({ statistics }) => Float32Array.from(statistics.values));
  const values = corpora.map(() => new Float64Array(resamples));
  const isSingle = corpora.map(() => true);
  const indices = new Int32Array(segments);
  for (let i = 0; i < resamples; i++) {
    fillIndices(indices, segments);
    corpora.forEach((corpus, c) => {
      const sums = sumChosen(tables[c], corpus.statistics.width, indices);
      values[c][i] = corpus.scoreSums(sums, SINGLE);
      if (corpus.isDouble(sums)) isSingle[c] = false;
    });
    yield;
  }
  return values.map((list, c) => ({ values: list, round: isSingle[c] ? Math.fround : (value) => value }));
}

/** The sum of the chosen rows, each column added up in float32 in their order, as `stats[indices].sum(0)`. */
function sumChosen(table: Float32Array, width: number, indices: Int32Array): Float32Array {
  const sums = new Float32Array(width);
  for (let i = 0; i < indices.length; i++) {
    const at = indices[i] * width;
    for (let k = 0; k < width; k++) sums[k] += table[at + k];
  }
  return sums;
}

/** The part of an interval that needs no mean. */
export function interval({ values, round }: ResampledScores): { halfWidth: number; low: number; high: number } {
  const sorted = values.slice().sort();
  const cut = Math.floor(sorted.length / 40);
  const [low, high] = [sorted[cut], sorted[sorted.length - cut - 1]];
  return { halfWidth: round(0.5 * round(high - low)), low, high };
}

/** Throws UserError unless `count` is a whole number above 0. */
export function checkTrials(count: number, what: string): void {
  if (Number.isSafeInteger(count) && count > 0) return;
  throw new UserError(`The number of ${what} must be a whole number above 0, not ${count}.`);
}

/** The mean with the rounding errors of the sum carried along (Neumaier 1974), for Python's exact `statistics.mean`. */
function exactMean(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return (sum + lost) / values.length;
}
