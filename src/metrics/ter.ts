/**
 * Translation edit rate (Snover et al. 2006, amta-papers.25), equal to sacreBLEU 2.6.0: the edits that make a candidate a reference,
 * where moving a run of words is one edit, over the length of the reference. Lower is better.
 */

import { createEditDistance, DELETE, type Edit, type EditDistance, INSERT, KEEP } from "./edit-distance.ts";
import { createVocabulary, type Units } from "./ngrams.ts";
import { withDefaults } from "./settings.ts";
import { formatSignature, SACREBLEU_VERSION } from "./signature.ts";
import { type Arithmetic, DOUBLE, type Measured, sumRows } from "./statistics.ts";
import { type ReferenceStreams, referenceCount, referencesBySegment } from "./streams.ts";
import { type TerWords, tokenizeForTer } from "./ter-words.ts";

/** sacreBLEU's options, all off by default. */
export type TerOptions = Partial<TerWords>;

/** A TER score. */
export interface TerScore {
  /** Percent; 0 for equal texts, above 100 where more is edited than the references have words. */
  readonly score: number;
  readonly edits: number; //            with the reference that asks for the fewest
  readonly referenceLength: number; //  words, the mean over the references of a segment
  readonly signature: string;
}

const DEFAULTS: TerWords = { normalized: false, noPunctuation: false, asianSupport: false, caseSensitive: false };

/** Corpus TER of `candidates` against `references[stream][segment]`. Throws UserError on streams that do not fit. */
export function ter(candidates: readonly string[], references: ReferenceStreams, options: TerOptions = {}): TerScore {
  return terScore(measureTer(candidates, references, options));
}

/** The details of a corpus that `measureTer` measured. */
export function terScore({ score, statistics, signature }: Measured): TerScore {
  const [edits, referenceLength] = sumRows(statistics);
  return { score, edits, referenceLength, signature: signature() };
}

/** Corpus TER with the statistics of each segment: edits, and mean length of the references. */
export function measureTer(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: TerOptions = {},
): Measured {
  const settings = withDefaults(DEFAULTS, options);
  const segments = referencesBySegment(candidates, references);
  const number = createVocabulary();
  const tokenize = (segment: string) => tokenizeForTer(segment, settings);
  // sacreBLEU prepares references twice; that is nothing by default, but can change what `normalized` does.
  const tokenizeReference = (segment: string) => number(tokenize(tokenize(segment).join(" ")));
  const values = new Float64Array(2 * candidates.length);
  candidates.forEach((candidate, i) => {
    const words = number(tokenize(candidate));
    const known = segments[i].map(tokenizeReference);
    values[2 * i] = Math.min(...known.map((reference) => countEdits(words, reference)));
    values[2 * i + 1] = known.reduce((sum, { length }) => sum + length, 0) / known.length;
  });
  const statistics = { segments: candidates.length, width: 2, values };
  return {
    name: "TER",
    score: scoreSums(sumRows(statistics), DOUBLE),
    statistics,
    scoreSums,
    isDouble: (sums) => sums[1] === 0,
    signature: (resampling = {}) => terSignature(referenceCount(segments), settings, resampling),
  };
}

function scoreSums(sums: ArrayLike<number>, { round }: Arithmetic): number {
  const edits = sums[0];
  const referenceLength = sums[1];
  if (referenceLength > 0) return round(100 * round(edits / referenceLength));
  return edits > 0 ? 100 : 0;
}

const MOST_CANDIDATES = 1000;

/** The fewest edits found by moving, again and again, the run of words that brings the candidate nearest to the reference. */
function countEdits(candidate: Units, reference: Units): number {
  if (reference.length === 0) return candidate.length;
  const distance = createEditDistance(reference, candidate.length);
  let words = candidate;
  let shifts = 0;
  let checked = 0;
  for (;;) {
    const edits = distance.setBase(words);
    const best = findBestShift(words, reference, { distance, edits, checked });
    checked = best.checked;
    if (checked >= MOST_CANDIDATES || best.gain <= 0) return shifts + edits;
    shifts++;
    words = shiftWords(words, best, new Int32Array(words.length));
  }
}

/** A run of words and the place it is moved to. */
interface Shift {
  readonly start: number;
  readonly length: number;
  readonly target: number;
}

/** The shift with the largest gain; of equal ones the longest, then that of the earliest words, then the earliest place. */
function findBestShift(
  words: Units,
  reference: Units,
  state: { distance: EditDistance; edits: number; checked: number },
): Shift & { gain: number; checked: number } {
  const { distance, edits } = state;
  const { places, candidateErrors, referenceErrors } = align(distance.trace(), words.length, reference.length);
  const shifted = new Int32Array(words.length);
  let { checked } = state;
  let best: (Shift & { gain: number }) | undefined;
  for (const { start, length, at } of matchingRuns(words, reference)) {
    if (candidateErrors[start + length] === candidateErrors[start]) continue; // nothing to mend here,
    if (referenceErrors[at + length] === referenceErrors[at]) continue; //       nor there
    if (places[at] >= start && places[at] < start + length) continue; //         would move within itself
    let previous = -1;
    for (let offset = -1; offset < length; offset++) {
      const target = at + offset === -1 ? 0 : places[at + offset] + 1;
      if (target === previous) continue;
      previous = target;
      const shift = { start, length, target };
      const from = Math.min(start, target);
      const to = Math.max(start, target) + length;
      const gain = edits - distance.distanceFrom(shiftWords(words, shift, shifted), from, to);
      checked++;
      if (best === undefined || isBetter({ ...shift, gain }, best)) best = { ...shift, gain };
    }
    if (checked >= MOST_CANDIDATES) break;
  }
  return { ...(best ?? { start: 0, length: 0, target: 0, gain: 0 }), checked };
}

function isBetter(a: Shift & { gain: number }, b: Shift & { gain: number }): boolean {
  if (a.gain !== b.gain) return a.gain > b.gain;
  if (a.length !== b.length) return a.length > b.length;
  if (a.start !== b.start) return a.start < b.start;
  return a.target < b.target;
}

const LONGEST_SHIFT = 10;
const FARTHEST_SHIFT = 50;

/** Every run of at most ten words of the candidate that stands in the reference too, not more than 50 words away. */
function* matchingRuns(words: Units, reference: Units): Generator<{ start: number; length: number; at: number }> {
  for (let start = 0; start < words.length; start++) {
    const end = Math.min(reference.length, start + FARTHEST_SHIFT + 1);
    for (let at = Math.max(0, start - FARTHEST_SHIFT); at < end; at++) {
      const longest = Math.min(LONGEST_SHIFT, words.length - start, reference.length - at);
      for (let length = 1; length <= longest && words[start + length - 1] === reference[at + length - 1]; length++) {
        yield { start, length, at };
      }
    }
  }
}

/** For each word of the reference its place in the candidate, and for both how many words before each one are in error. */
function align(trace: readonly Edit[], candidateLength: number, referenceLength: number) {
  const places = new Int32Array(referenceLength);
  const candidateErrors = new Int32Array(candidateLength + 1);
  const referenceErrors = new Int32Array(referenceLength + 1);
  let i = 0;
  let j = 0;
  for (const edit of trace) {
    const error = edit === KEEP ? 0 : 1;
    if (edit !== INSERT) {
      candidateErrors[i + 1] = candidateErrors[i] + error;
      i++;
    }
    if (edit !== DELETE) {
      referenceErrors[j + 1] = referenceErrors[j] + error;
      places[j] = i - 1;
      j++;
    }
  }
  return { places, candidateErrors, referenceErrors };
}

/** `words` with a run moved before the word at `target`, written into `result`. */
function shiftWords(words: Units, { start, length, target }: Shift, result: Units): Units {
  const run = words.subarray(start, start + length);
  const end = target > start + length ? target : target + length; // a target inside the run counts from behind it
  const parts =
    target < start
      ? [words.subarray(0, target), run, words.subarray(target, start), words.subarray(start + length)]
      : [words.subarray(0, start), words.subarray(start + length, end), run, words.subarray(end)];
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function terSignature(references: string, settings: TerWords, resampling: Readonly<Record<string, string>>): string {
  const { normalized, noPunctuation, asianSupport, caseSensitive } = settings;
  return formatSignature(
    {
      nrefs: references,
      ...resampling,
      case: caseSensitive ? "mixed" : "lc",
      tok: "tercom",
      norm: normalized ? "yes" : "no",
      punct: noPunctuation ? "no" : "yes",
      asian: asianSupport ? "yes" : "no",
    },
    SACREBLEU_VERSION,
  );
}
