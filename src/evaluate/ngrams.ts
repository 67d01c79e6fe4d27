/** Runs of n words or characters, counted. */

/** How often each n-gram stands in a segment. */
export type NgramCounts = Map<string, number>;

/** Counts of the n-grams of `units`, joined by `separator`, which no unit may contain. */
export function countNgrams(units: readonly string[], n: number, separator: string): NgramCounts {
  const counts: NgramCounts = new Map();
  for (let i = 0; i + n <= units.length; i++) {
    const ngram = n === 1 ? units[i] : units.slice(i, i + n).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** All counts together. */
export function sumCounts(counts: NgramCounts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** n-grams in both, each as often as in the one that has it less often. */
export function countMatches(a: NgramCounts, b: NgramCounts): number {
  let matches = 0;
  for (const [ngram, count] of a) matches += Math.min(count, b.get(ngram) ?? 0);
  return matches;
}

/** In place: every n-gram of `target` as often as in the one of the two that has it more often. */
export function keepLarger(target: NgramCounts, other: NgramCounts): void {
  for (const [ngram, count] of other) {
    if (count > (target.get(ngram) ?? 0)) target.set(ngram, count);
  }
}
