/**
 * chrF and chrF++ (Popović 2015, W15-3049; 2017, W17-4770), equal to sacreBLEU 2.6.0: an F-score over character n-grams,
 * and for chrF++ over words too, with recall β times as important as precision.
 */

import { PYTHON_SPACE, splitWords } from "../tokens/index.ts";
import { createNgramMatcher, createVocabulary, ngramTotal, type Units } from "./ngrams.ts";
import { withDefaults } from "./settings.ts";
import { formatSignature, SACREBLEU_VERSION } from "./signature.ts";
import { type Arithmetic, DOUBLE, type Measured, sumRows } from "./statistics.ts";
import { type ReferenceStreams, referenceCount, referencesBySegment } from "./streams.ts";

/** sacreBLEU's options and defaults. */
export interface ChrfOptions {
  readonly charOrder?: number; //      6
  readonly wordOrder?: number; //      0; 2 is chrF++
  readonly beta?: number; //           2
  readonly lowercase?: boolean; //     false
  readonly whitespace?: boolean; //    false: whitespace is taken out before characters are counted
  readonly epsSmoothing?: boolean; //  false: average over the orders both sides have
}

/** A chrF score. */
export interface ChrfScore {
  /** 0 to 100. */
  readonly score: number;
  /** chrF2, chrF2++, … */
  readonly name: string;
  readonly signature: string;
}

type Settings = Required<ChrfOptions>;

const DEFAULTS: Settings = {
  charOrder: 6,
  wordOrder: 0,
  beta: 2,
  lowercase: false,
  whitespace: false,
  epsSmoothing: false,
};

/** Corpus chrF of `candidates` against `references[stream][segment]`; of several references the best counts. Throws UserError on streams that do not fit. */
export function chrf(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: ChrfOptions = {},
): ChrfScore {
  const { score, name, signature } = measureChrf(candidates, references, options);
  return { score, name, signature: signature() };
}

/** Corpus chrF with the statistics of each segment: for each order n-grams of the candidate, of the best reference, of both. */
export function measureChrf(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: ChrfOptions = {},
): Measured {
  const settings = withDefaults(DEFAULTS, options);
  const segments = referencesBySegment(candidates, references);
  const width = 3 * (settings.charOrder + settings.wordOrder);
  const values = new Float64Array(candidates.length * width);
  const count = createCounter(settings);
  const row = new Float64Array(width);
  candidates.forEach((candidate, i) => {
    const units = count.units(candidate);
    let best = -1;
    for (const reference of segments[i]) {
      count.compare(units, count.units(reference), row);
      const score = scoreSums(row, settings, DOUBLE);
      if (score <= best) continue;
      best = score;
      values.set(row, i * width);
    }
  });
  const statistics = { segments: candidates.length, width, values };
  return {
    name: `chrF${settings.beta}${"+".repeat(settings.wordOrder)}`,
    score: scoreSums(sumRows(statistics), settings, DOUBLE),
    statistics,
    scoreSums: (sums, arithmetic) => scoreSums(sums, settings, arithmetic),
    isDouble: (sums) => isPythonFloat(sums, settings),
    signature: (resampling = {}) => chrfSignature(referenceCount(segments), settings, resampling),
  };
}

interface SegmentUnits {
  readonly characters: Units;
  readonly words: Units;
}

const spaces = new RegExp(`[${PYTHON_SPACE}]+`, "g");

/** Turns segments into units and compares them, order by order, into a row of statistics. */
function createCounter({ charOrder, wordOrder, lowercase, whitespace }: Settings) {
  const match = createNgramMatcher();
  const number = createVocabulary();

  function compareUnits(candidate: Units, reference: Units, maxOrder: number, row: Float64Array): void {
    const matches = match(candidate, [reference], maxOrder);
    for (let n = 1, at = 0; n <= maxOrder; n++) {
      const known = ngramTotal(reference.length, n);
      row[at++] = known > 0 ? ngramTotal(candidate.length, n) : 0; // no hits are missed where there was nothing to hit
      row[at++] = known;
      row[at++] = matches[n - 1];
    }
  }

  return {
    units(segment: string): SegmentUnits {
      const text = lowercase ? segment.toLowerCase() : segment;
      return {
        characters: codePoints(whitespace ? text : text.replace(spaces, "")),
        words: number(wordOrder > 0 ? splitPunctuation(text) : []),
      };
    },
    compare(candidate: SegmentUnits, reference: SegmentUnits, row: Float64Array): void {
      compareUnits(candidate.characters, reference.characters, charOrder, row);
      compareUnits(candidate.words, reference.words, wordOrder, row.subarray(3 * charOrder));
    },
  };
}

function codePoints(text: string): Units {
  const units = new Int32Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    units[length++] = code;
  }
  return units.subarray(0, length);
}

const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/;

/** Words with one ASCII punctuation mark split off, at the end or else at the start: `(hi)` is `(hi` and `)`. */
function splitPunctuation(text: string): string[] {
  const words: string[] = [];
  for (const word of splitWords(text)) {
    const isSingle = word.length === 1 || (word.length === 2 && word.codePointAt(0)! > 0xffff);
    if (!isSingle && ASCII_PUNCTUATION.test(word.at(-1)!)) words.push(word.slice(0, -1), word.slice(-1));
    else if (!isSingle && ASCII_PUNCTUATION.test(word[0])) words.push(word[0], word.slice(1));
    else words.push(word);
  }
  return words;
}

const EPSILON = 1e-16;

function scoreSums(sums: ArrayLike<number>, { beta, epsSmoothing }: Settings, { round }: Arithmetic): number {
  const factor = round(beta ** 2);
  const scale = round(1 + beta ** 2);
  let smoothed = 0;
  let precisionSum = 0;
  let recallSum = 0;
  let orders = 0;
  for (let at = 0; at < sums.length; at += 3) {
    const precision = sums[at] > 0 ? round(sums[at + 2] / sums[at]) : EPSILON;
    const recall = sums[at + 1] > 0 ? round(sums[at + 2] / sums[at + 1]) : EPSILON;
    smoothed = round(smoothed + weigh(precision, recall));
    if (sums[at] > 0 && sums[at + 1] > 0) {
      precisionSum = round(precisionSum + precision);
      recallSum = round(recallSum + recall);
      orders++;
    }
  }
  if (epsSmoothing) return round(round(100 * smoothed) / (sums.length / 3));
  if (precisionSum + recallSum === 0) return 0;
  return round(100 * weigh(round(precisionSum / orders), round(recallSum / orders)));

  function weigh(precision: number, recall: number): number {
    const weight = round(round(factor * precision) + recall);
    return weight > 0 ? round(round(round(scale * precision) * recall) / weight) : EPSILON;
  }
}

/**
 * Whether sacreBLEU leaves NumPy's numbers for these sums: it returns a plain 0.0 where nothing matches, and plain epsilons alone
 * where every order is empty on both sides or has no match.
 */
function isPythonFloat(sums: ArrayLike<number>, { epsSmoothing }: Settings): boolean {
  for (let at = 0; at < sums.length; at += 3) {
    const isEmpty = sums[at] === 0 && sums[at + 1] === 0;
    const isHalfEmpty = !isEmpty && (sums[at] === 0 || sums[at + 1] === 0);
    if (sums[at + 2] > 0 || (epsSmoothing && isHalfEmpty)) return false;
  }
  return true;
}

function chrfSignature(references: string, settings: Settings, resampling: Readonly<Record<string, string>>): string {
  const { charOrder, wordOrder, lowercase, whitespace, epsSmoothing } = settings;
  return formatSignature(
    {
      nrefs: references,
      ...resampling,
      case: lowercase ? "lc" : "mixed",
      eff: epsSmoothing ? "no" : "yes",
      nc: String(charOrder),
      nw: String(wordOrder),
      space: whitespace ? "yes" : "no",
    },
    SACREBLEU_VERSION,
  );
}
