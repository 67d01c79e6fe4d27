/**
 * ROUGE-1, -2, -L and -Lsum (Lin 2004, W04-1013), equal to Google's rouge_score 0.1.2: letters a–z and digits only, lower
 * case, optional Porter stemming, of several references the one with the best F. Corpus figures are means over segments.
 */
import { UserError } from "../errors.ts";
import { commonIndices, commonLength } from "./lcs.ts";
import { createNgramMatcher, createVocabulary, ngramTotal, type Units } from "./ngrams.ts";
import { stem } from "./porter.ts";
import { formatSignature } from "./signature.ts";
import { type ReferenceStreams, referenceCount, referencesBySegment } from "./streams.ts";

/** The kinds of ROUGE; Lsum takes every line as a sentence. */
export type RougeKind = "rouge1" | "rouge2" | "rougeL" | "rougeLsum";

/** Fractions from 0 to 1. */
export interface RougeValues {
  readonly precision: number;
  readonly recall: number;
  readonly fMeasure: number;
}

/** Means over the corpus, by kind. */
export type RougeScore = Readonly<Record<RougeKind, RougeValues>> & { readonly signature: string };

const KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"] as const;

/** Corpus ROUGE of `candidates` against `references[stream][segment]`; `stemming` (default on) is rouge_score's `use_stemmer`. */
export function rouge(
  candidates: readonly string[],
  references: ReferenceStreams,
  options: { stemming?: boolean } = {},
): RougeScore {
  const { stemming = true } = options;
  const segments = referencesBySegment(candidates, references);
  const score = createScorer(stemming);
  const scored = candidates.map((candidate, i) => score(candidate, segments[i], i + 1));
  const mean = (kind: RougeKind, part: keyof RougeValues) =>
    scored.reduce((sum, one) => sum + one[kind][part], 0) / scored.length;
  const means = Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      { precision: mean(kind, "precision"), recall: mean(kind, "recall"), fMeasure: mean(kind, "fMeasure") },
    ]),
  ) as Record<RougeKind, RougeValues>;
  const parts = { nrefs: referenceCount(segments), stem: stemming ? "porter-nltk" : "no", lsum: "lines" };
  return { ...means, signature: formatSignature(parts, "rouge_score-0.1.2") };
}

/** ROUGE of one segment; of several references the one with the best F counts, kind by kind. */
export function segmentRouge(
  candidate: string,
  references: readonly string[],
  { stemming = true }: { stemming?: boolean } = {},
): Record<RougeKind, RougeValues> {
  return createScorer(stemming)(candidate, references);
}

/** A segment as words; its lines, where it has several, are the sentences of Lsum. */
interface SegmentWords {
  readonly words: Units;
  readonly lines: readonly Units[];
}

/** `segment` is its number from 1, for messages. */
type SegmentScorer = (
  candidate: string,
  references: readonly string[],
  segment?: number,
) => Record<RougeKind, RougeValues>;

/** Scores segments; what one segment taught (stems, word numbers) serves the next. */
function createScorer(stemming: boolean): SegmentScorer {
  const match = createNgramMatcher();
  const number = createVocabulary();
  const stems = new Map<string, string>();

  function tokenize(text: string): Units {
    const words = text
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== "");
    return number(stemming ? words.map(stemOnce) : words);
  }

  function stemOnce(word: string): string {
    if (word.length <= 3) return word;
    let found = stems.get(word);
    if (found === undefined) {
      found = stem(word);
      stems.set(word, found);
    }
    return found;
  }

  function readSegment(text: string): SegmentWords {
    const words = tokenize(text);
    if (!text.includes("\n")) return { words, lines: [words] };
    return {
      words,
      lines: text
        .split("\n")
        .filter((line) => line !== "")
        .map(tokenize),
    };
  }

  function compare(candidate: SegmentWords, reference: SegmentWords, segment: number): Record<RougeKind, RougeValues> {
    const [size, known] = [candidate.words.length, reference.words.length];
    const [ones, twos] = match(candidate.words, [reference.words], 2);
    const rougeL = values(commonLength(reference.words, candidate.words), size, known);
    const isSummary = candidate.lines.length > 1 || reference.lines.length > 1;
    return {
      rouge1: values(ones, size, known),
      rouge2: values(twos, ngramTotal(size, 2), ngramTotal(known, 2)),
      rougeL,
      rougeLsum: isSummary ? scoreSummary(candidate.lines, reference.lines, segment) : rougeL,
    };
  }

  return (candidate, references, segment = 1) => {
    const words = readSegment(candidate);
    const scored = references.map((reference) => compare(words, readSegment(reference), segment));
    const best = (kind: RougeKind) =>
      scored.map((one) => one[kind]).reduce((best, one) => (one.fMeasure > best.fMeasure ? one : best));
    return { rouge1: best("rouge1"), rouge2: best("rouge2"), rougeL: best("rougeL"), rougeLsum: best("rougeLsum") };
  };
}

/** The union over the candidate's lines of what each shares with a reference line, every word counted as often as both sides have it. */
function scoreSummary(candidate: readonly Units[], reference: readonly Units[], segment: number): RougeValues {
  const size = (lines: readonly Units[]) => lines.reduce((sum, line) => sum + line.length, 0);
  const [words, known] = [size(candidate), size(reference)];
  if (words * known > MOST_COMPARISONS) {
    throw new UserError(
      `Segment ${segment}: ROUGE-Lsum compares every word of a text of several lines with every word of the other, here ${words} with ${known}: that would take minutes. Shorten the segment, or leave ROUGE out (--metrics).`,
    );
  }
  const left = countWords(candidate);
  const wanted = countWords(reference);
  let hits = 0;
  for (const line of reference) {
    const shared = new Set(candidate.flatMap((other) => alignLines(line, other)));
    for (const index of [...shared].sort((a, b) => a - b)) {
      const word = line[index];
      const inCandidate = left.get(word) ?? 0;
      const inReference = wanted.get(word) ?? 0;
      if (inCandidate === 0 || inReference === 0) continue;
      hits++;
      left.set(word, inCandidate - 1);
      wanted.set(word, inReference - 1);
    }
  }
  return values(hits, words, known);
}

/** ours: pairs of words of one segment, about ten seconds; texts of 30,000 words each pass. */
const MOST_COMPARISONS = 2 ** 30;

/** Cells of the table that says which words two lines share: 256 MiB. */
const MOST_CELLS = 2 ** 26;

function alignLines(line: Units, other: Units): number[] {
  if ((line.length + 1) * (other.length + 1) > MOST_CELLS) {
    throw new UserError(
      `ROUGE-Lsum cannot compare a line of ${other.length} words with one of ${line.length} inside a text of several lines: the table would not fit in memory. Break the long lines, or leave ROUGE out.`,
    );
  }
  return commonIndices(line, other);
}

function countWords(lines: readonly Units[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of lines) for (const word of line) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function values(hits: number, candidateSize: number, referenceSize: number): RougeValues {
  const precision = hits / Math.max(candidateSize, 1);
  const recall = hits / Math.max(referenceSize, 1);
  const fMeasure = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
  return { precision, recall, fMeasure };
}
