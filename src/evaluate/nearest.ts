/**
 * Nearest training mail by tf-idf cosine: what a system that only looks up would answer. Exact, and fast enough for 5,000 mails against
 * 50,000: the rare words of a mail are added up over the texts that hold them, the common ones are bounded by Cauchy–Schwarz (length of
 * what is left of the mail × length of what is left of the text; Anastasiu and Karypis 2014, doi:10.1109/ICDE.2014.6816700), and only
 * texts whose bound reaches the best one known are looked at whole.
 */

import type { Steps } from "../metrics/index.ts";
import { indexSteps, LEVELS, REST_PARTS, termWeight } from "./nearest-index.ts";

/** A training mail near a mail: its place in the list, and the cosine from 0 to 1. */
export interface Neighbour {
  readonly index: number;
  readonly similarity: number;
}

/** Finds the nearest of the texts it was made from, or null where no weighing word is shared. */
export type NearestFinder = (text: string) => Neighbour | null;

/** Sums that differ by less are taken for equal, so that the first text wins. */
const ROUNDING = 1e-9;
/** What the single precision of the index may take from a sum (2⁻²⁴), and some, as a share of the mail's length. */
const SLACK = 1e-6;

/**
 * Makes a finder over `texts`, a step a text: words are lower-cased runs of letters and digits, tf is 1 + ln(count), idf is ln(N / df),
 * so that a word of every text weighs nothing. It finds the first of equally near texts.
 */
export function* nearestSteps(texts: readonly string[]): Steps<NearestFinder> {
  const index = yield* indexSteps(texts);
  const { counter, idf, levels, starts, postings, weights, rests, atLeast } = index;
  const mail = new Float64Array(idf.length); //   the mail's weight of each word; zero again after each search
  const sums = new Float64Array(texts.length); // of the words taken so far; zero again after each search
  const limits = new Float64Array(REST_PARTS + 1); // by the length of a text's rest: the sum that it needs to be in reach
  const meanWords = index.textWords.length / Math.max(1, texts.length);

  function score(text: number): number {
    const { textStarts, textWords, textWeights } = index;
    let sum = 0;
    for (let at = textStarts[text]; at < textStarts[text + 1]; at++) sum += mail[textWords[at]] * textWeights[at];
    return sum;
  }

  /** Takes the weighing words of a mail, the rarest first, and gives its squared length. */
  function read(text: string): { words: number[]; norm: number } {
    const counted = counter.look(text);
    const words: number[] = [];
    let norm = 0;
    for (let i = 0; i < counted.length; i++) {
      const word = counted.words[i];
      if (idf[word] === 0) continue;
      mail[word] = termWeight(counted.counts[i]) * idf[word];
      norm += mail[word] ** 2;
      words.push(word);
    }
    return { words: words.sort((a, b) => levels[a] - levels[b]), norm };
  }

  /** Adds up the words of one level after the other, until to look at whole texts costs less; `left` is the squared length not taken. */
  function addUp(words: readonly number[], norm: number): { best: number; level: number; left: number } {
    let [best, highest, highestText, left] = [0, 0, -1, norm];
    for (let i = 0; i < words.length; ) {
      const level = levels[words[i]];
      let [end, additions] = [i, 0];
      for (; end < words.length && levels[words[end]] === level; end++) {
        additions += starts[words[end] + 1] - starts[words[end]];
      }
      if (best > 0) {
        const part = Math.min(REST_PARTS, Math.floor((REST_PARTS * best) / Math.sqrt(left)));
        if (atLeast[level * (REST_PARTS + 1) + part] * meanWords < additions) return { best, level, left };
      }
      for (; i < end; i++) {
        const weight = mail[words[i]];
        for (let at = starts[words[i]], to = starts[words[i] + 1]; at < to; at++) {
          const text = postings[at];
          const sum = sums[text] + weight * weights[at];
          sums[text] = sum;
          if (sum > highest) {
            highest = sum;
            highestText = text;
          }
        }
        left = Math.max(0, left - weight ** 2);
      }
      if (highestText >= 0) best = Math.max(best, score(highestText));
    }
    return { best, level: LEVELS, left: 0 };
  }

  return function nearest(text) {
    const { words, norm } = read(text);
    const { best: known, level, left } = addUp(words, norm);
    const slack = SLACK * Math.sqrt(norm);
    for (let part = 0; part <= REST_PARTS; part++) limits[part] = known - slack - (Math.sqrt(left) * part) / REST_PARTS;
    const near: { index: number; sum: number }[] = [];
    if (known > 0) collect(level * texts.length, known, near);
    sums.fill(0);
    for (const word of words) mail[word] = 0;
    const best = near.reduce((most, { sum }) => Math.max(most, sum), 0);
    const first = near.find(({ sum }) => sum >= best - ROUNDING);
    return first === undefined ? null : { index: first.index, similarity: first.sum / Math.sqrt(norm) };
  };

  /** The texts whose bound reaches what is known, in their order, with their sums. */
  function collect(from: number, known: number, near: { index: number; sum: number }[]): void {
    for (let i = 0; i < sums.length; i++) {
      if (sums[i] < limits[rests[from + i]]) continue;
      const sum = score(i);
      if (sum >= known - ROUNDING) near.push({ index: i, sum });
    }
  }
}
