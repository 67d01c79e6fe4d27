/**
 * Intervals for items that come in clusters: mails of one thread share their fate, so whole threads are drawn, not mails (Miller
 * 2024, arXiv:2411.00640 §2.2). Draws are NumPy's: `default_rng(seed).integers(0, threads, (resamples, threads))`.
 */
import { UserError } from "../../errors.ts";
import { checkTrials, DEFAULT_RESAMPLES, DEFAULT_SEED } from "../bootstrap.ts";
import { createPcg64 } from "../pcg64.ts";

/** An interval by resampling clusters. */
export interface ClusterInterval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly clusters: number;
  readonly resamples: number;
  readonly seed: number;
  readonly level: number;
}

export interface ClusterOptions {
  readonly resamples?: number; // 1000
  readonly seed?: number; //      12345
  readonly level?: number; //     0.95
}

/** The percentile interval of the mean of `values`, items with equal `clusters` drawn together. For paired systems, give the differences. */
export function clusterBootstrap(
  values: readonly number[],
  clusters: readonly string[],
  options: ClusterOptions = {},
): ClusterInterval {
  const { resamples = DEFAULT_RESAMPLES, seed = DEFAULT_SEED, level = 0.95 } = options;
  checkTrials(resamples, "resamples");
  if (values.length === 0 || values.length !== clusters.length)
    throw new UserError(
      `A bootstrap needs values and a cluster for each: ${values.length} values, ${clusters.length} clusters.`,
    );
  const { sums, counts } = sumByCluster(values, clusters);
  const drawn = new Int32Array(sums.length);
  const random = createPcg64(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    random.fillIndices(drawn, sums.length);
    let sum = 0;
    let count = 0;
    for (const at of drawn) {
      sum += sums[at];
      count += counts[at];
    }
    return sum / count;
  }).sort();
  const estimate = values.reduce((sum, value) => sum + value, 0) / values.length;
  const tail = (1 - level) / 2;
  return {
    estimate,
    low: percentile(means, tail),
    high: percentile(means, 1 - tail),
    clusters: sums.length,
    resamples,
    seed,
    level,
  };
}

/** Sum and number of the values of each cluster, clusters in the order they first come. */
function sumByCluster(values: readonly number[], clusters: readonly string[]): { sums: number[]; counts: number[] } {
  const places = new Map<string, number>();
  const sums: number[] = [];
  const counts: number[] = [];
  values.forEach((value, i) => {
    const at = places.get(clusters[i]) ?? places.size;
    places.set(clusters[i], at);
    sums[at] = (sums[at] ?? 0) + value;
    counts[at] = (counts[at] ?? 0) + 1;
  });
  return { sums, counts };
}

/** NumPy's `percentile` with its default, linear interpolation; `sorted` ascends. */
export function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  const part = at - below;
  const step = sorted[above] - sorted[below];
  return part >= 0.5 ? sorted[above] - step * (1 - part) : sorted[below] + step * part; // NumPy's _lerp
}
