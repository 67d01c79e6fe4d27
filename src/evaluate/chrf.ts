/**
 * chrF and chrF++ (Popović 2015, W15-3049; 2017, W17-4770), equal to sacreBLEU 2.6.0: an F-score over character n-grams,
 * and for chrF++ over words too, with recall β times as important as precision.
 */
import { splitWords } from "../text/index.ts";
import { countMatches, countNgrams, type NgramCounts, sumCounts } from "./ngrams.ts";
import { formatSignature, SACREBLEU_VERSION } from "./signature.ts";
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

const DEFAULTS = {
  charOrder: 6,
  wordOrder: 0,
  beta: 2,
  lowercase: false,
  whitespace: false,
  epsSmoothing: false,
} as const;

/** For each order: n-grams of the candidate, of the reference, of both. */
type ChrfStatistics = readonly (readonly [candidate: number, reference: number, matches: number])[];

/** Corpus chrF of `candidates` against `references[stream][segment]`; of several references the best counts. Throws UserError on streams that do not fit. */
export function chrf(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: ChrfOptions = {},
): ChrfScore {
  const settings = { ...DEFAULTS, ...options };
  const segments = referencesBySegment(candidates, references);
  const statistics = candidates.map((candidate, i) => bestStatistics(candidate, segments[i], settings));
  const total = statistics[0].map((_, order) => {
    const sum = (part: 0 | 1 | 2) => statistics.reduce((sum, one) => sum + one[order][part], 0);
    return [sum(0), sum(1), sum(2)] as const;
  });
  const { charOrder, wordOrder, beta, lowercase, whitespace, epsSmoothing } = settings;
  const signature = formatSignature(
    {
      nrefs: referenceCount(segments),
      case: lowercase ? "lc" : "mixed",
      eff: epsSmoothing ? "no" : "yes",
      nc: String(charOrder),
      nw: String(wordOrder),
      space: whitespace ? "yes" : "no",
    },
    SACREBLEU_VERSION,
  );
  return { score: fScore(total, settings), name: `chrF${beta}${"+".repeat(wordOrder)}`, signature };
}

type Settings = Required<ChrfOptions>;

function bestStatistics(candidate: string, references: readonly string[], settings: Settings): ChrfStatistics {
  const ngrams = countAll(candidate, settings);
  let best: ChrfStatistics = [];
  let bestScore = -1;
  for (const reference of references) {
    const known = countAll(reference, settings);
    const statistics = ngrams.map((counts, order) => {
      const other = known[order];
      return [other.size > 0 ? sumCounts(counts) : 0, sumCounts(other), countMatches(counts, other)] as const;
    });
    const score = fScore(statistics, settings);
    if (score <= bestScore) continue;
    bestScore = score;
    best = statistics;
  }
  return best;
}

/** n-grams by order: characters first, then words. */
function countAll(segment: string, { charOrder, wordOrder, lowercase, whitespace }: Settings): NgramCounts[] {
  const text = lowercase ? segment.toLowerCase() : segment;
  const characters = Array.from(whitespace ? text : splitWords(text).join(""));
  const words = wordOrder > 0 ? splitPunctuation(text) : [];
  return [
    ...Array.from({ length: charOrder }, (_, i) => countNgrams(characters, i + 1, "")),
    ...Array.from({ length: wordOrder }, (_, i) => countNgrams(words, i + 1, " ")),
  ];
}

const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/;

/** Words with one ASCII punctuation mark split off, at the end or else at the start: `(hi)` is `(hi` and `)`. */
function splitPunctuation(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const characters = Array.from(word);
    if (characters.length === 1) return [word];
    if (ASCII_PUNCTUATION.test(word.at(-1)!)) return [word.slice(0, -1), word.slice(-1)];
    if (ASCII_PUNCTUATION.test(word[0])) return [word[0], word.slice(1)];
    return [word];
  });
}

const EPSILON = 1e-16;

function fScore(statistics: ChrfStatistics, { beta, epsSmoothing }: Settings): number {
  const factor = beta ** 2;
  let smoothed = 0;
  let precisionSum = 0;
  let recallSum = 0;
  let orders = 0;
  for (const [candidate, reference, matches] of statistics) {
    const precision = candidate > 0 ? matches / candidate : EPSILON;
    const recall = reference > 0 ? matches / reference : EPSILON;
    const weight = factor * precision + recall;
    smoothed += weight > 0 ? ((1 + factor) * precision * recall) / weight : EPSILON;
    if (candidate > 0 && reference > 0) {
      precisionSum += precision;
      recallSum += recall;
      orders++;
    }
  }
  if (epsSmoothing) return (100 * smoothed) / statistics.length;
  if (precisionSum + recallSum === 0) return 0;
  const precision = precisionSum / orders;
  const recall = recallSum / orders;
  return (100 * (1 + factor) * precision * recall) / (factor * precision + recall);
}
