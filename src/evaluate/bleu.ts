/**
 * BLEU (Papineni et al. 2002, aclanthology P02-1040), equal to sacreBLEU 2.6.0 (Post 2018, arXiv:1804.08771):
 * the same tokenizers, smoothing, brevity penalty and treatment of several references.
 */
import { countMatches, countNgrams, keepLarger, sumCounts } from "./ngrams.ts";
import { formatSignature, SACREBLEU_VERSION } from "./signature.ts";
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

/** What one segment adds to a corpus: words, closest reference's words, matches by order, n-grams by order. Sums are valid statistics too. */
export interface BleuStatistics {
  readonly candidateLength: number;
  readonly referenceLength: number;
  readonly counts: readonly number[];
  readonly totals: readonly number[];
}

const DEFAULTS = { tokenize: "13a", smooth: "exp", lowercase: false, effectiveOrder: false, maxOrder: 4 } as const;
const SMOOTH_DEFAULTS = { exp: undefined, none: undefined, floor: 0.1, "add-k": 1 } as const;

/** Corpus BLEU of `candidates` against `references[stream][segment]`. Throws UserError on streams that do not fit. */
export function bleu(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: BleuOptions = {},
): BleuScore {
  const segments = referencesBySegment(candidates, references);
  const statistics = bleuStatistics(candidates, references, options);
  const total = sumStatistics(statistics);
  return { ...scoreBleuStatistics(total, options), signature: bleuSignature(referenceCount(segments), options) };
}

/** BLEU of one sentence, over the orders it has (effective order), as sacreBLEU's `sentence_bleu`. */
export function sentenceBleu(candidate: string, references: readonly string[], options: BleuOptions = {}): BleuScore {
  const streams = references.map((reference) => [reference]);
  return bleu([candidate], streams, { effectiveOrder: true, ...options });
}

/** The statistics of each segment, from which any sub-corpus can be scored without counting again. */
export function bleuStatistics(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: BleuOptions = {},
): BleuStatistics[] {
  const { tokenize, lowercase, maxOrder } = { ...DEFAULTS, ...options };
  const segments = referencesBySegment(candidates, references);
  return candidates.map((candidate, i) => {
    const words = tokenizeSegment(candidate, tokenize, lowercase);
    const referenceWords = segments[i].map((reference) => tokenizeSegment(reference, tokenize, lowercase));
    const counts: number[] = [];
    const totals: number[] = [];
    for (let n = 1; n <= maxOrder; n++) {
      const ngrams = countNgrams(words, n, " ");
      const [known, ...others] = referenceWords.map((list) => countNgrams(list, n, " "));
      for (const other of others) keepLarger(known, other);
      counts.push(countMatches(ngrams, known));
      totals.push(sumCounts(ngrams));
    }
    const lengths = referenceWords.map(({ length }) => length);
    return { candidateLength: words.length, referenceLength: closest(words.length, lengths), counts, totals };
  });
}

/** Adds the statistics of many segments. */
export function sumStatistics(list: readonly BleuStatistics[]): BleuStatistics {
  const orders = list[0].counts.map((_, n) => n);
  const sum = (read: (statistics: BleuStatistics) => number) => list.reduce((total, one) => total + read(one), 0);
  return {
    candidateLength: sum((one) => one.candidateLength),
    referenceLength: sum((one) => one.referenceLength),
    counts: orders.map((n) => sum((one) => one.counts[n])),
    totals: orders.map((n) => sum((one) => one.totals[n])),
  };
}

/** The score of summed statistics. */
export function scoreBleuStatistics(
  statistics: BleuStatistics,
  options: BleuOptions = {},
): Omit<BleuScore, "signature"> {
  const {
    smooth,
    effectiveOrder,
    smoothValue = SMOOTH_DEFAULTS[options.smooth ?? "exp"] ?? 0,
  } = { ...DEFAULTS, ...options };
  const { candidateLength, referenceLength, counts, totals } = statistics;
  const maxOrder = counts.length;
  const precisions = new Array<number>(maxOrder).fill(0);
  const brevityPenalty = penalizeBrevity(candidateLength, referenceLength);
  const result = { precisions, counts, totals, brevityPenalty, candidateLength, referenceLength };
  if (counts.every((count) => count === 0)) return { score: 0, ...result };

  let halvings = 1;
  let orders: number = maxOrder;
  for (let n = 1; n <= maxOrder; n++) {
    const added = smooth === "add-k" && n > 1 ? smoothValue : 0;
    const count = counts[n - 1] + added;
    const total = totals[n - 1] + added;
    if (total === 0) break;
    if (effectiveOrder) orders = n;
    if (count !== 0) {
      precisions[n - 1] = (100 * count) / total;
    } else if (smooth === "exp") {
      halvings *= 2;
      precisions[n - 1] = 100 / (halvings * total);
    } else if (smooth === "floor") {
      precisions[n - 1] = (100 * smoothValue) / total;
    }
  }
  const logSum = precisions.slice(0, orders).reduce((sum, precision) => sum + flooredLog(precision), 0);
  return { score: brevityPenalty * Math.exp(logSum / orders), ...result };
}

/** `BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)`, as sacreBLEU prints it. */
export function formatBleu(result: Omit<BleuScore, "signature">): string {
  const { score, precisions, brevityPenalty, candidateLength, referenceLength } = result;
  const ratio = referenceLength > 0 ? candidateLength / referenceLength : 0;
  const parts = precisions.map((precision) => fixed(precision, 1)).join("/");
  return `BLEU = ${fixed(score, 2)} ${parts} (BP = ${fixed(brevityPenalty, 3)} ratio = ${fixed(ratio, 3)} hyp_len = ${candidateLength} ref_len = ${referenceLength})`;
}

/** `toFixed` as Python rounds: a value exactly between two takes the even digit (6.25 is 6.2, not 6.3). */
function fixed(value: number, digits: number): string {
  const exact = value.toFixed(30); // enough for every tie that a double can hold here
  const isTie = /^50*$/.test(exact.slice(exact.indexOf(".") + 1 + digits));
  const truncated = exact.slice(0, exact.indexOf(".") + 1 + digits);
  return isTie && Number(truncated.at(-1)) % 2 === 0 ? truncated : value.toFixed(digits);
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

function bleuSignature(references: string, options: BleuOptions): string {
  const { tokenize, smooth, lowercase, effectiveOrder } = { ...DEFAULTS, ...options };
  const value =
    SMOOTH_DEFAULTS[smooth] === undefined ? "" : `[${(options.smoothValue ?? SMOOTH_DEFAULTS[smooth]).toFixed(2)}]`;
  const order: Record<string, string> =
    options.maxOrder !== undefined && options.maxOrder !== 4 ? { order: String(options.maxOrder) } : {};
  return formatSignature(
    {
      nrefs: references,
      case: lowercase ? "lc" : "mixed",
      eff: effectiveOrder ? "yes" : "no",
      tok: tokenize,
      smooth: smooth + value,
      ...order,
    },
    SACREBLEU_VERSION,
  );
}
