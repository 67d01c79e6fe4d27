/**
 * Paired significance tests, equal to sacreBLEU 2.6.0 under NumPy ≥ 2 with the same seed: bootstrap resampling (Koehn 2004, W04-3250)
 * and approximate randomization (Riezler & Maxwell 2005, W05-0908). The p-value is the probability that systems of equal worth
 * differ by chance as much as these two do.
 */
import { UserError } from "../errors.ts";
import {
  type ConfidenceInterval,
  checkTrials,
  DEFAULT_RESAMPLES,
  DEFAULT_SEED,
  interval,
  type ResampledScores,
  resampleSteps,
} from "./bootstrap.ts";
import { createPcg64 } from "./pcg64.ts";
import { INTEGER, type Measured, sumRows } from "./statistics.ts";
import { finish } from "./steps.ts";

/** Two systems on the same segments, each measured by the same metrics in the same order. */
export interface PairedOptions {
  readonly baseline: readonly Measured[];
  readonly system: readonly Measured[];
  readonly seed?: number; //    12345; unlike in sacreBLEU, 0 is a seed like any other
  readonly trials?: number; //  bootstrap 1000, randomization 10,000
}

/** What a test says by one metric. */
export interface PairedResult {
  readonly name: string;
  readonly test: "bootstrap" | "randomization";
  readonly score: number;
  readonly baselineScore: number;
  /** As sacreBLEU computes it: draws that equal the observed difference are not counted, so two equal systems get the smallest p there is. */
  readonly pValue: number;
  /** Of the randomization test, with ties counted (Phipson & Smyth 2010): 1 for equal systems. Null where the test makes none. */
  readonly exactPValue: number | null;
  /** 95 % intervals; null where the test makes none. */
  readonly interval: ConfidenceInterval | null;
  readonly baselineInterval: ConfidenceInterval | null;
  readonly signature: string;
}

/** The paired bootstrap test (`sacrebleu --paired-bs`), one result a metric. Throws UserError for systems that cannot be paired. */
export function pairedBootstrap(options: PairedOptions): PairedResult[] {
  const { baseline, system, seed = DEFAULT_SEED, trials = DEFAULT_RESAMPLES } = options;
  checkPair(options, trials);
  const draw = createPcg64(seed).fillIndices;
  const scores = finish(resampleSteps([...baseline, ...system], trials, draw));
  return baseline.map((known, i) => {
    const measured = system[i];
    const signature = measured.signature({ bs: String(trials), seed: String(seed) });
    const estimate = (resampled: ResampledScores) => ({
      mean: numpyMean(resampled.values.slice().sort(), resampled.round), // the order decides the last digit
      ...interval(resampled),
      resamples: trials,
      seed,
      signature,
    });
    const [ofBaseline, ofSystem] = [scores[i], scores[baseline.length + i]];
    return {
      name: measured.name,
      test: "bootstrap",
      score: measured.score,
      baselineScore: known.score,
      pValue: bootstrapPValue(ofBaseline, ofSystem, Math.abs(known.score - measured.score)),
      exactPValue: null,
      interval: estimate(ofSystem),
      baselineInterval: estimate(ofBaseline),
      signature,
    };
  });
}

function bootstrapPValue(baseline: ResampledScores, system: ResampledScores, difference: number): number {
  // NumPy keeps float32 only where both sides are; what it is compared with is then rounded too.
  const isSingle = baseline.round === Math.fround && system.round === Math.fround;
  const round = isSingle ? Math.fround : (value: number) => value;
  const differences = system.values.map((score, i) => Math.abs(round(score - baseline.values[i])));
  const mean = numpyMean(differences, round);
  const larger = differences.filter((value) => round(value - mean) > round(difference)).length;
  return (larger + 1) / (differences.length + 1);
}

const DEFAULT_TRIALS = 10_000;

/** The approximate randomization test (`sacrebleu --paired-ar`), one result a metric. Throws UserError for systems that cannot be paired. */
export function pairedRandomization(options: PairedOptions): PairedResult[] {
  const { baseline, system, seed = DEFAULT_SEED, trials = DEFAULT_TRIALS } = options;
  checkPair(options, trials);
  const swaps = new Uint8Array(baseline[0].statistics.segments);
  const drawSwaps = createPcg64(seed).drawBooleans();
  const pairs = baseline.map((known, i) => createPair(known, system[i]));
  for (let trial = 0; trial < trials; trial++) {
    drawSwaps(swaps);
    for (const pair of pairs) pair.trial(swaps);
  }
  return pairs.map(({ larger, notSmaller }, i) => ({
    name: system[i].name,
    test: "randomization",
    score: system[i].score,
    baselineScore: baseline[i].score,
    pValue: (larger() + 1) / (trials + 1),
    exactPValue: (notSmaller() + 1) / (trials + 1),
    interval: null,
    baselineInterval: null,
    signature: system[i].signature({ ar: String(trials), seed: String(seed) }),
  }));
}

/** Sums taken in another order differ by less. */
const ROUNDING = 1e-9;

/** Counts the trials in which two systems with some segments swapped differ by more than the two as they are. */
function createPair(
  baseline: Measured,
  system: Measured,
): { trial(swaps: Uint8Array): void; larger(): number; notSmaller(): number } {
  const { segments, width, values } = baseline.statistics;
  const gains = values.map((value, at) => value - system.statistics.values[at]); // of the system, where swapped
  const fours = sumFours(gains, segments, width);
  const [baselineSums, systemSums] = [sumRows(baseline.statistics), sumRows(system.statistics)];
  const [a, b] = [new Float64Array(width), new Float64Array(width)];
  const difference = Math.abs(baseline.score - system.score);
  let larger = 0;
  let notSmaller = 0;
  return {
    trial(swaps) {
      a.set(systemSums);
      b.set(baselineSums);
      for (let i = 0, group = 0; i < segments; i += 4, group += 16) {
        const subset = swaps[i] | (swaps[i + 1] << 1) | (swaps[i + 2] << 2) | (swaps[i + 3] << 3); // past the end: 0
        for (let k = 0, at = (group + subset) * width; k < width; k++, at++) {
          a[k] += fours[at];
          b[k] -= fours[at];
        }
      }
      const drawn = Math.abs(system.scoreSums(a, INTEGER) - system.scoreSums(b, INTEGER));
      if (drawn > difference) larger++;
      if (drawn >= difference - ROUNDING) notSmaller++;
    },
    larger: () => larger,
    notSmaller: () => notSmaller,
  };
}

/** For every four rows the sums of all 16 subsets of them, so that a trial adds once where it would add four times. */
function sumFours(rows: Float64Array, segments: number, width: number): Float64Array {
  const groups = Math.ceil(segments / 4);
  const sums = new Float64Array(groups * 16 * width);
  for (let group = 0; group < groups; group++) {
    for (let subset = 1; subset < 16; subset++) {
      const highest = 31 - Math.clz32(subset);
      const rest = (16 * group + subset - (1 << highest)) * width;
      const row = (4 * group + highest) * width;
      for (let k = 0, at = (16 * group + subset) * width; k < width; k++, at++)
        sums[at] = sums[rest + k] + (rows[row + k] ?? 0);
    }
  }
  return sums;
}

function checkPair({ baseline, system }: PairedOptions, trials: number): void {
  checkTrials(trials, "trials");
  const names = (list: readonly Measured[]) => list.map(({ name }) => name).join(", ") || "nothing";
  if (baseline.length === 0 || names(baseline) !== names(system)) {
    throw new UserError(
      `Two systems are paired metric by metric: one has ${names(system)}, the baseline ${names(baseline)}.`,
    );
  }
  const sizes = [...baseline, ...system].map(({ statistics }) => statistics.segments);
  if (new Set(sizes).size > 1) {
    throw new UserError(
      `Two systems are paired segment by segment: one has ${sizes.at(-1)}, the baseline ${sizes[0]}.`,
    );
  }
}

/** `numpy.mean`: the sum pairwise in blocks of 128, each in eight parts, every addition rounded. */
function numpyMean(values: Float64Array, round: (value: number) => number): number {
  return round(pairwiseSum(values, round) / values.length);
}

function pairwiseSum(values: Float64Array, round: (value: number) => number): number {
  const { length } = values;
  if (length < 8) return values.reduce((sum, value) => round(sum + value), 0);
  if (length > 128) {
    const half = Math.floor(length / 16) * 8;
    return round(pairwiseSum(values.subarray(0, half), round) + pairwiseSum(values.subarray(half), round));
  }
  const parts = values.slice(0, 8);
  const whole = length - (length % 8);
  for (let i = 8; i < whole; i++) parts[i % 8] = round(parts[i % 8] + values[i]);
  const add = (a: number, b: number) => round(a + b);
  const [p0, p1, p2, p3, p4, p5, p6, p7] = parts;
  const sum = add(add(add(p0, p1), add(p2, p3)), add(add(p4, p5), add(p6, p7)));
  return values.subarray(whole).reduce(add, sum);
}
