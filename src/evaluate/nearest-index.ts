/** The index of a nearest-text search: texts as tf-idf vectors of length 1, by text and by word, and how much of each text common words hold. */

import type { Steps } from "../metrics/index.ts";
import { createWordCounter, larger, type WordCounter } from "../metrics/index.ts";

/** Words by rarity in steps of ½ in ln(N / df): the rarest have level 0, those of most texts LEVELS − 1. */
export const LEVELS = 20;
const LEVEL_STEP = 0.5;
/** Lengths of rests are kept in so many parts of 1, rounded up. */
export const REST_PARTS = 255;

/** Texts by word and words by text. */
export interface TextIndex {
  readonly counter: WordCounter;
  readonly idf: Float64Array; //         by word; 0 for a word of every text
  readonly levels: Uint8Array; //        by word
  readonly textStarts: Int32Array; //    words of text i and their weights: from textStarts[i] to textStarts[i + 1]
  readonly textWords: Int32Array;
  readonly textWeights: Float64Array;
  readonly starts: Int32Array; //        texts with word w, and its weight in each: from starts[w] to starts[w + 1]
  readonly postings: Int32Array;
  readonly weights: Float32Array;
  readonly rests: Uint8Array; //         [LEVELS + 1, texts] the length of what the words of this level and the more common ones hold
  readonly atLeast: Int32Array; //       [LEVELS, REST_PARTS + 1] how many texts have a rest of so many parts or more
}

/** The weight of a word that a text has so many times, before its rarity. */
export function termWeight(count: number): number {
  return count === 1 ? 1 : 1 + Math.log(count);
}

/** Builds the index, a step a text. */
export function* indexSteps(texts: readonly string[]): Steps<TextIndex> {
  const { counter, textStarts, textWords, textCounts } = yield* readSteps(texts);
  const starts = new Int32Array(counter.size() + 1);
  for (const word of textWords) starts[word + 1]++;
  const idf = new Float64Array(counter.size());
  const levels = new Uint8Array(counter.size());
  for (let word = 0; word < idf.length; word++) {
    idf[word] = texts.length > 1 ? Math.log(texts.length / starts[word + 1]) : 1;
    levels[word] = Math.max(0, LEVELS - 1 - Math.floor(idf[word] / LEVEL_STEP));
    starts[word + 1] += starts[word];
  }
  const textWeights = new Float64Array(textWords.length);
  const postings = new Int32Array(textWords.length);
  const weights = new Float32Array(textWords.length);
  const rests = new Uint8Array((LEVELS + 1) * texts.length);
  const next = starts.slice();
  const squares = new Float64Array(LEVELS);
  for (let text = 0; text < texts.length; text++) {
    squares.fill(0);
    for (let at = textStarts[text]; at < textStarts[text + 1]; at++) {
      textWeights[at] = termWeight(textCounts[at]) * idf[textWords[at]];
      squares[levels[textWords[at]]] += textWeights[at] ** 2;
    }
    for (let level = LEVELS - 2; level >= 0; level--) squares[level] += squares[level + 1];
    if (squares[0] === 0) continue;
    const length = Math.sqrt(squares[0]);
    for (let level = 0; level < LEVELS; level++) {
      const parts = Math.ceil((REST_PARTS * Math.sqrt(squares[level])) / length);
      rests[level * texts.length + text] = Math.min(REST_PARTS, parts);
    }
    for (let at = textStarts[text]; at < textStarts[text + 1]; at++) {
      textWeights[at] /= length;
      const place = next[textWords[at]]++;
      postings[place] = text;
      weights[place] = textWeights[at];
    }
  }
  const atLeast = countRests(rests, texts.length);
  return { counter, idf, levels, textStarts, textWords, textWeights, starts, postings, weights, rests, atLeast };
}

function* readSteps(texts: readonly string[]) {
  const counter = createWordCounter();
  const textStarts = new Int32Array(texts.length + 1);
  let textWords = new Int32Array(1 << 16);
  let textCounts = new Int32Array(1 << 16);
  let total = 0;
  for (let text = 0; text < texts.length; text++) {
    const { length, words, counts } = counter.learn(texts[text]);
    while (total + length > textWords.length) [textWords, textCounts] = [larger(textWords), larger(textCounts)];
    for (let i = 0; i < length; i++) {
      textWords[total] = words[i];
      textCounts[total++] = counts[i];
    }
    textStarts[text + 1] = total;
    yield;
  }
  return { counter, textStarts, textWords: textWords.slice(0, total), textCounts: textCounts.subarray(0, total) };
}

function countRests(rests: Uint8Array, texts: number): Int32Array {
  const width = REST_PARTS + 1;
  const counts = new Int32Array(LEVELS * width);
  for (let level = 0; level < LEVELS; level++) {
    for (let text = 0; text < texts; text++) counts[level * width + rests[level * texts + text]]++;
    for (let part = REST_PARTS - 1; part >= 0; part--) counts[level * width + part] += counts[level * width + part + 1];
  }
  return counts;
}
