/**
 * BLEU (Papineni et al. 2002, aclanthology P02-1040), equal to sacreBLEU 2.6.0 (Post 2018, arXiv:1804.08771):
 * the same tokenizers, smoothing, brevity penalty and treatment of several references.
 */

import type { ConfidenceInterval } from "./bootstrap.ts";
import { fixed, formatScore } from "./format.ts";
import { createNgramMatcher, createVocabulary, ngramTotal } from "./ngrams.ts";
import { withDefaults } from "./settings.ts";
import { formatSignature, SACREBLEU_VERSION } from "./signature.ts";
import { type Arithmetic, DOUBLE, type Measured, sumRows } from "./statistics.ts";
import { type ReferenceStreams, referenceCount, referencesBySegment } from "./streams.ts";
import { type BleuTokenizer, tokenizeSegment } from "./words.ts";

/** How a precision of zero is treated. Chen & Cherry 2014 (W14-3346): exp is their method 3, floor 1, add-k 2. */
export type BleuSmoothing = "exp" | "floor" | "add-k" | "none";

/** sacreBLEU's options and defaults. */
export interface BleuOptions {
  readonly tokenize?: BleuTokenizer; //      13a
  readonly smooth?: BleuSmoothing; //        exp
  readonly smoothValue?: number; //          floor 0.1, add-k 1
  readonly lowercase?: boolean; //           false
  readonly effectiveOrder?: boolean; //      false; true for single sentences
  readonly maxOrder?: number; //             4
}

/** A BLEU score with the numbers it came from. */
export interface BleuScore {
  /** 0 to 100. */
  readonly score: number;
  readonly signature: string;
  /** Percent, for n = 1, 2, …, after smoothing. */
  readonly precisions: readonly number[];
  readonly counts: readonly number[]; //     matching n-grams, before smoothing
  readonly totals: readonly number[]; //     n-grams of the candidates, before smoothing
  readonly brevityPenalty: number;
  readonly candidateLength: number; //       words
  readonly referenceLength: number; //       words of the closest references
}

const DEFAULTS: Required<Omit<BleuOptions, "smoothValue">> = {
  tokenize: "13a",
  smooth: "exp",
  lowercase: false,
  effectiveOrder: false,
  maxOrder: 4,
};
const SMOOTH_DEFAULTS: Partial<Record<BleuSmoothing, number>> = { floor: 0.1, "add-k": 1 };

/** Corpus BLEU of `candidates` against `references[stream][segment]`. Throws UserError on streams that do not fit. */
export function bleu(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: BleuOptions = {},
): BleuScore {
  return bleuScore(measureBleu(candidates, references, options), options);
}

/** BLEU of one sentence, over the orders it has (effective order), as sacreBLEU's `sentence_bleu`. */
export function sentenceBleu(candidate: string, references: readonly string[], options: BleuOptions = {}): BleuScore {
  const streams = references.map((reference) => [reference]);
  return bleu([candidate], streams, { effectiveOrder: true, ...options });
}

/** The details of a corpus that `measureBleu` measured with the same options. */
export function bleuScore(measured: Measured, options: BleuOptions = {}): BleuScore {
  return { ...scoreBleuSums(sumRows(measured.statistics), options), signature: measured.signature() };
}

/** Corpus BLEU with the statistics of each segment: words, words of the closest reference, matches by order, n-grams by order. */
export function measureBleu(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: BleuOptions = {},
): Measured {
  const { tokenize, lowercase, maxOrder } = withDefaults(DEFAULTS, options);
  const segments = referencesBySegment(candidates, references);
  const number = createVocabulary();
  const match = createNgramMatcher();
  const width = 2 + 2 * maxOrder;
  const values = new Float64Array(candidates.length * width);
  candidates.forEach((candidate, i) => {
    const words = number(tokenizeSegment(candidate, tokenize, lowercase));
    const known = segments[i].map((reference) => number(tokenizeSegment(reference, tokenize, lowercase)));
    const row = values.subarray(i * width, (i + 1) * width);
    row[0] = words.length;
    row[1] = closest(
      words.length,
      known.map(({ length }) => length),
    );
    row.set(match(words, known, maxOrder), 2);
    for (let n = 1; n <= maxOrder; n++) row[1 + maxOrder + n] = ngramTotal(words.length, n);
  });
  const statistics = { segments: candidates.length, width, values };
  const scoreSums = (sums: ArrayLike<number>, arithmetic: Arithmetic) => scoreBleuSums(sums, options, arithmetic).score;
  return {
    name: "BLEU",
    score: scoreSums(sumRows(statistics), DOUBLE),
    statistics,
    scoreSums,
    isDouble: () => true,
    signature: (resampling = {}) => bleuSignature(referenceCount(segments), options, resampling),
  };
}

/** BLEU of summed statistics, laid out as `measureBleu` does. */
export function scoreBleuSums(
  sums: ArrayLike<number>,
  options: BleuOptions = {},
  arithmetic: Arithmetic = DOUBLE,
): Omit<BleuScore, "signature"> {
  const { smooth, effectiveOrder, maxOrder } = withDefaults(DEFAULTS, options);
  const smoothValue = options.smoothValue ?? SMOOTH_DEFAULTS[smooth] ?? 0;
  const { round, addInPlace } = arithmetic;
  const [candidateLength, referenceLength] = [sums[0], sums[1]];
  const counts = Array.from({ length: maxOrder }, (_, n) => sums[2 + n]);
  const totals = Array.from({ length: maxOrder }, (_, n) => sums[2 + maxOrder + n]);
  const precisions = new Array<number>(maxOrder).fill(0);
  const brevityPenalty = penalizeBrevity(candidateLength, referenceLength);
  const result = { precisions, counts, totals, brevityPenalty, candidateLength, referenceLength };
  if (counts.every((count) => count === 0)) return { score: 0, ...result };

  let halvings = 1;
  let orders = maxOrder;
  for (let n = 0; n < maxOrder; n++) {
    const isAdded = smooth === "add-k" && n > 0;
    const count = isAdded ? addInPlace(counts[n], smoothValue) : counts[n];
    const total = isAdded ? addInPlace(totals[n], smoothValue) : totals[n];
    if (total === 0) break;
    if (effectiveOrder) orders = n + 1;
    if (count !== 0) {
      precisions[n] = round(round(100 * count) / total);
    } else if (smooth === "exp") {
      halvings *= 2;
      precisions[n] = round(100 / (halvings * total));
    } else if (smooth === "floor") {
      precisions[n] = round(round(100 * smoothValue) / total);
    }
  }
  let logSum = 0;
  for (let n = 0; n < orders; n++) logSum += flooredLog(precisions[n]);
  return { score: brevityPenalty * Math.exp(logSum / orders), ...result };
}

/** `BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)`, as sacreBLEU prints it. */
export function formatBleu(result: Omit<BleuScore, "signature">, interval?: ConfidenceInterval): string {
  return `${formatScore("BLEU", result.score, interval)} ${bleuDetails(result)}`;
}

/** The part after the score. */
function bleuDetails(result: Omit<BleuScore, "signature">): string {
  const { precisions, brevityPenalty, candidateLength, referenceLength } = result;
  const ratio = referenceLength > 0 ? candidateLength / referenceLength : 0;
  const parts = precisions.map((precision) => fixed(precision, 1)).join("/");
  return `${parts} (BP = ${fixed(brevityPenalty, 3)} ratio = ${fixed(ratio, 3)} hyp_len = ${candidateLength} ref_len = ${referenceLength})`;
}

/** The reference length nearest to the candidate's; of two as near the shorter. */
function closest(length: number, candidates: readonly number[]): number {
  return candidates.reduce((best, one) => {
    const difference = Math.abs(one - length) - Math.abs(best - length);
    return difference < 0 || (difference === 0 && one < best) ? one : best;
  });
}

function penalizeBrevity(candidateLength: number, referenceLength: number): number {
  if (candidateLength >= referenceLength) return 1;
  return candidateLength > 0 ? Math.exp(1 - referenceLength / candidateLength) : 0;
}

/** sacreBLEU's stand-in for the logarithm of zero. */
function flooredLog(value: number): number {
  return value === 0 ? -9999999999 : Math.log(value);
}

function bleuSignature(references: string, options: BleuOptions, resampling: Readonly<Record<string, string>>): string {
  const { tokenize, smooth, lowercase, effectiveOrder, maxOrder } = withDefaults(DEFAULTS, options);
  const smoothDefault = SMOOTH_DEFAULTS[smooth];
  const value = smoothDefault === undefined ? "" : `[${fixed(options.smoothValue ?? smoothDefault, 2)}]`;
  return formatSignature(
    {
      nrefs: references,
      ...resampling,
      case: lowercase ? "lc" : "mixed",
      eff: effectiveOrder ? "yes" : "no",
      tok: tokenize,
      smooth: smooth + value,
      ...(maxOrder === 4 ? {} : { order: String(maxOrder) }),
    },
    SACREBLEU_VERSION,
  );
}
