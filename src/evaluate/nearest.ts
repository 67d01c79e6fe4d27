/** Nearest training mail by tf-idf cosine, over an inverted index: what a system that only looks up would answer. */
import type { Steps } from "./steps.ts";

/** A training mail near a mail: its place in the list, and the cosine from 0 to 1. */
export interface Neighbour {
  readonly index: number;
  readonly similarity: number;
}

/** The texts that hold a word, and its weight in each, the weights of a text being of length 1 together. */
interface Postings {
  readonly idf: number;
  readonly texts: Int32Array;
  readonly weights: Float64Array;
}

/** Finds the nearest of the texts it was made from, or null where no weighing word is shared. */
export type NearestFinder = (text: string) => Neighbour | null;

/**
 * Makes a finder over `texts`, a step a text: words are lower-cased runs of letters and digits, tf is 1 + ln(count), idf is ln(N / df),
 * so that a word of every text weighs nothing. It finds the first of equally near texts.
 */
export function* nearestSteps(texts: readonly string[]): Steps<NearestFinder> {
  const index = yield* indexSteps(texts);
  const cosines = new Float64Array(texts.length);

  return function nearest(text) {
    cosines.fill(0);
    let norm = 0;
    for (const [word, count] of countWords(text)) {
      const postings = index.get(word);
      if (!postings) continue;
      const weight = termWeight(count) * postings.idf;
      norm += weight ** 2;
      const { texts, weights } = postings;
      for (let i = 0; i < texts.length; i++) cosines[texts[i]] += weight * weights[i];
    }
    let best = -1;
    for (let i = 0; i < cosines.length; i++) {
      if (cosines[i] > (best < 0 ? 0 : cosines[best] + ROUNDING)) best = i;
    }
    return best < 0 ? null : { index: best, similarity: cosines[best] / Math.sqrt(norm) };
  };
}

/** Sums that differ by less are taken for equal, so that the first text wins. */
const ROUNDING = 1e-9;

const termWeight = (count: number) => 1 + Math.log(count);

function* indexSteps(texts: readonly string[]): Steps<Map<string, Postings>> {
  const lists = new Map<string, { texts: number[]; weights: number[] }>();
  for (let i = 0; i < texts.length; i++) {
    for (const [word, count] of countWords(texts[i])) {
      const list = lists.get(word) ?? { texts: [], weights: [] };
      lists.set(word, list);
      list.texts.push(i);
      list.weights.push(termWeight(count));
    }
    yield;
  }
  const norms = new Float64Array(texts.length);
  const index = new Map<string, Postings>();
  for (const [word, list] of lists) {
    if (list.texts.length === texts.length && texts.length > 1) continue; // weighs nothing
    const idf = texts.length > 1 ? Math.log(texts.length / list.texts.length) : 1;
    const postings = { idf, texts: Int32Array.from(list.texts), weights: Float64Array.from(list.weights) };
    for (let i = 0; i < postings.texts.length; i++) {
      postings.weights[i] *= idf;
      norms[postings.texts[i]] += postings.weights[i] ** 2;
    }
    index.set(word, postings);
  }
  for (const { texts, weights } of index.values()) {
    for (let i = 0; i < texts.length; i++) weights[i] /= Math.sqrt(norms[texts[i]]);
  }
  return index;
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
