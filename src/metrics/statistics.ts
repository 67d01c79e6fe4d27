/**
 * Sufficient statistics: a row of numbers for each segment. A corpus score is a function of the sum of the rows, so that any
 * resample of the segments is scored without counting again.
 */

/** Rows of `width` numbers, one a segment, one after another. */
export interface Statistics {
  readonly segments: number;
  readonly width: number;
  readonly values: Float64Array; // [segments × width]
}

/** A corpus as one metric counted it: the score, and what resampling needs. */
export interface Measured {
  /** BLEU, chrF2, chrF2++, TER, … */
  readonly name: string;
  readonly score: number;
  readonly statistics: Statistics;
  /** The score of summed rows. */
  scoreSums(sums: ArrayLike<number>, arithmetic: Arithmetic): number;
  /** Whether sacreBLEU holds the score of these float32 sums in double precision rather than in NumPy's float32. */
  isDouble(sums: ArrayLike<number>): boolean;
  /** The signature; `resampling` holds the keys of a test (`bs`, `ar`, `seed`), which stand after `nrefs`. */
  signature(resampling?: Readonly<Record<string, string>>): string;
}

/** How numbers are kept between two operations, since sacreBLEU gives the same formula lists, float32 arrays or int64 arrays. */
export interface Arithmetic {
  /** A result as it is kept. */
  round(value: number): number;
  /** An addition into an element of the sums themselves. */
  addInPlace(sum: number, value: number): number;
}

/** Python's numbers: the score itself. */
export const DOUBLE: Arithmetic = { round: (value) => value, addInPlace: (sum, value) => sum + value };

/** NumPy ≥ 2 float32, where a Python float takes the precision of the array (NEP 50): bootstrap resamples. */
export const SINGLE: Arithmetic = {
  round: Math.fround,
  addInPlace: (sum, value) => Math.fround(sum + Math.fround(value)),
};

/** NumPy int64, which cuts what is added in place to a whole number: trials of approximate randomization. */
export const INTEGER: Arithmetic = { round: (value) => value, addInPlace: (sum, value) => Math.trunc(sum + value) };

/** The sum of all rows, from the first to the last. */
export function sumRows({ segments, width, values }: Statistics): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0, at = 0; i < segments; i++) {
    for (let k = 0; k < width; k++) sums[k] += values[at++];
  }
  return sums;
}
