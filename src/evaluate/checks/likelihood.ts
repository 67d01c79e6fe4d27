/** A17: how well a model foresees the references, in units that no tokenizer changes. */

/** Bits a byte of UTF-8: comparable between base, tuned and quantised models and between vocabularies. `nats` is Σ −ln p. */
export function bitsPerByte(nats: number, texts: readonly string[]): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text, "utf8"), 0);
  return nats / Math.LN2 / bytes;
}

/** The longest continuation that ExactMatch looks at (Chen et al. 2019, arXiv:1906.00080). */
const LONGEST_MATCH = 15;

/**
 * Smart Compose's ExactMatch: for each N up to 15 words the share of continuations of at least N words whose first N are foretold
 * exactly, and their mean weighted by how many continuations are that long. Words are what spaces part.
 */
export function exactMatch(pairs: readonly { predicted: string; actual: string }[]): {
  byLength: number[];
  mean: number;
} {
  const words = (text: string) =>
    text
      .trim()
      .split(/\s+/)
      .filter((word) => word !== "");
  let hits = 0;
  let total = 0;
  const byLength: number[] = [];
  for (let n = 1; n <= LONGEST_MATCH; n++) {
    const long = pairs.filter(({ actual }) => words(actual).length >= n);
    const right = long.filter(({ predicted, actual }) => {
      const foretold = words(predicted).slice(0, n);
      return foretold.length === n && foretold.every((word, i) => word === words(actual)[i]);
    }).length;
    hits += right;
    total += long.length;
    byLength.push(long.length === 0 ? Number.NaN : right / long.length);
  }
  return { byLength, mean: total === 0 ? Number.NaN : hits / total };
}
