/** The difference between two runs on the same items, with an interval that draws whole threads. */
import { UserError } from "../errors.ts";
import {
  checkTrials,
  clusterBootstrap,
  createPcg64,
  DEFAULT_RESAMPLES,
  DEFAULT_SEED,
  DOUBLE,
  detectableShare,
  type Measured,
  mcnemar,
  percentile,
  wilson,
} from "../metrics/index.ts";

/** Run minus baseline. */
export interface PairedDifference {
  readonly run: number;
  readonly baseline: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly items: number;
  readonly method: string;
  /** Of shares: items that only the run passed, that only the baseline passed, and McNemar's exact p. */
  readonly discordant: { readonly run: number; readonly baseline: number; readonly pValue: number } | null;
  /** What weakens it. */
  readonly note: string | null;
}

/** One item of both runs. Where a run has no verdict, null. */
export interface PairedItem {
  readonly threadId: string;
  readonly run: number | null;
  readonly baseline: number | null;
}

/** The difference of two shares or means over the same items. Items without a verdict count against the run: as failed there, as passed in the baseline. */
export function pairedDifference(items: readonly PairedItem[]): PairedDifference {
  if (items.length === 0) throw new UserError("the two runs have no item in common");
  const unscored = items.filter(({ run, baseline }) => run === null || baseline === null).length;
  const filled = items.map(({ run, baseline, threadId }) => ({ run: run ?? 0, baseline: baseline ?? 1, threadId }));
  const differences = filled.map(({ run, baseline }) => run - baseline);
  const threads = filled.map(({ threadId }) => threadId);
  const isShare = filled.every(({ run, baseline }) => [run, baseline].every((value) => value === 0 || value === 1));
  const better = differences.filter((difference) => difference > 0).length;
  const worse = differences.filter((difference) => difference < 0).length;
  const drawn = clusterBootstrap(differences, threads);
  const isSame = better + worse === 0;
  // Equal on every item: a bootstrap would see no doubt at all. What 0 of n leaves open is Wilson's upper end.
  const open = isSame && isShare ? wilson(0, drawn.clusters).high : 0;
  const notes = [
    ...(unscored > 0 ? [`${unscored} without a verdict, counted against the run`] : []),
    ...(isSame ? [`no item differs, which ${drawn.clusters} threads alone cannot tell from a small difference`] : []),
    ...(isShare ? describeReach(items.length, (better + worse) / items.length) : []),
  ];
  return {
    run: meanOf(filled.map(({ run }) => run)),
    baseline: meanOf(filled.map(({ baseline }) => baseline)),
    estimate: drawn.estimate,
    low: isSame ? -open : drawn.low,
    high: isSame ? open : drawn.high,
    items: items.length,
    method: isSame
      ? `no item differs; Wilson over ${drawn.clusters} threads`
      : `cluster bootstrap, ${drawn.clusters} threads, ${drawn.resamples} resamples, seed ${drawn.seed}`,
    discordant: isShare ? { run: better, baseline: worse, pValue: mcnemar(better, worse) } : null,
    note: notes.length === 0 ? null : notes.join("; "),
  };
}

function describeReach(items: number, discordant: number): string[] {
  const reach = detectableShare(items, discordant);
  return reach === null ? [] : [`a difference of ${reach.toPrecision(2)} would be seen in 80 of 100 tries`];
}

/** The difference of two corpus scores (BLEU, chrF), whole threads drawn, both systems on the same draws. */
export function corpusDifference(options: {
  run: Measured;
  baseline: Measured;
  threads: readonly string[];
  resamples?: number;
  seed?: number;
}): PairedDifference {
  const { run, baseline, threads, resamples = DEFAULT_RESAMPLES, seed = DEFAULT_SEED } = options;
  checkTrials(resamples, "resamples");
  const places = new Map<string, number>();
  for (const thread of threads) if (!places.has(thread)) places.set(thread, places.size);
  const sums = [run, baseline].map((measured) => sumByThread(measured, threads, places));
  const drawn = new Int32Array(places.size);
  const random = createPcg64(seed);
  const differences = Float64Array.from({ length: resamples }, () => {
    random.fillIndices(drawn, places.size);
    return scoreDrawn(run, sums[0], drawn) - scoreDrawn(baseline, sums[1], drawn);
  }).sort();
  return {
    run: run.score,
    baseline: baseline.score,
    estimate: run.score - baseline.score,
    low: percentile(differences, 0.025),
    high: percentile(differences, 0.975),
    items: threads.length,
    method: `cluster bootstrap, ${places.size} threads, ${resamples} resamples, seed ${seed}`,
    discordant: null,
    note: null,
  };
}

/** The statistics of each thread, one after another. */
function sumByThread(
  { statistics }: Measured,
  threads: readonly string[],
  places: ReadonlyMap<string, number>,
): Float64Array {
  const { width, values } = statistics;
  const sums = new Float64Array(places.size * width);
  threads.forEach((thread, i) => {
    const at = places.get(thread)! * width;
    for (let k = 0; k < width; k++) sums[at + k] += values[i * width + k];
  });
  return sums;
}

function scoreDrawn(measured: Measured, sums: Float64Array, drawn: Int32Array): number {
  const { width } = measured.statistics;
  const total = new Float64Array(width);
  for (const thread of drawn) for (let k = 0; k < width; k++) total[k] += sums[thread * width + k];
  return measured.scoreSums(total, DOUBLE);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
