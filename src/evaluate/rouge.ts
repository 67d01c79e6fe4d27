/**
 * ROUGE-1, -2, -L and -Lsum (Lin 2004, W04-1013), equal to Google's rouge_score 0.1.2: letters a–z and digits only, lower
 * case, optional Porter stemming, of several references the one with the best F. Corpus figures are means over segments.
 */
import { countMatches, countNgrams, sumCounts } from "./ngrams.ts";
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
  const scored = candidates.map((candidate, i) => segmentRouge(candidate, segments[i], { stemming }));
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
  const scored = references.map((reference) => compare(candidate, reference, stemming));
  const best = (kind: RougeKind) =>
    scored.map((one) => one[kind]).reduce((best, one) => (one.fMeasure > best.fMeasure ? one : best));
  return { rouge1: best("rouge1"), rouge2: best("rouge2"), rougeL: best("rougeL"), rougeLsum: best("rougeLsum") };
}

function compare(candidate: string, reference: string, stemming: boolean): Record<RougeKind, RougeValues> {
  const words = tokenize(candidate, stemming);
  const known = tokenize(reference, stemming);
  const lines = (text: string) => text.split("\n").filter((line) => line !== "").map((line) => tokenize(line, stemming)); // biome-ignore format: one line
  return {
    rouge1: scoreNgrams(words, known, 1),
    rouge2: scoreNgrams(words, known, 2),
    rougeL: values(common(known, words).length, words.length, known.length),
    rougeLsum: scoreSummary(lines(candidate), lines(reference)),
  };
}

function tokenize(text: string, stemming: boolean): string[] {
  const words = text.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== ""); // biome-ignore format: one line
  return stemming ? words.map((word) => (word.length > 3 ? stem(word) : word)) : words;
}

function scoreNgrams(words: readonly string[], known: readonly string[], n: number): RougeValues {
  const counts = countNgrams(words, n, " ");
  const others = countNgrams(known, n, " ");
  return values(countMatches(others, counts), sumCounts(counts), sumCounts(others));
}

/** The union over the candidate's lines of what each shares with a reference line, every word counted as often as both sides have it. */
function scoreSummary(candidate: readonly string[][], reference: readonly string[][]): RougeValues {
  const left = countNgrams(candidate.flat(), 1, " ");
  const wanted = countNgrams(reference.flat(), 1, " ");
  let hits = 0;
  for (const line of reference) {
    const shared = new Set(candidate.flatMap((other) => common(line, other)));
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
  return values(hits, candidate.flat().length, reference.flat().length);
}

function values(hits: number, candidateSize: number, referenceSize: number): RougeValues {
  const precision = hits / Math.max(candidateSize, 1);
  const recall = hits / Math.max(referenceSize, 1);
  const fMeasure = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
  return { precision, recall, fMeasure };
}

/** Indices into `known` of one longest common subsequence with `words`; where there are several, that of rouge_score. */
function common(known: readonly string[], words: readonly string[]): number[] {
  const width = words.length + 1;
  const table = new Int32Array((known.length + 1) * width); // length of the longest subsequence of the two heads
  for (let i = 1; i <= known.length; i++) {
    for (let j = 1; j < width; j++) {
      table[i * width + j] =
        known[i - 1] === words[j - 1]
          ? table[(i - 1) * width + j - 1] + 1
          : Math.max(table[(i - 1) * width + j], table[i * width + j - 1]);
    }
  }
  const indices: number[] = [];
  for (let i = known.length, j = words.length; i > 0 && j > 0; ) {
    if (known[i - 1] === words[j - 1]) {
      indices.push(i - 1);
      i--;
      j--;
    } else if (table[i * width + j - 1] > table[(i - 1) * width + j]) {
      j--;
    } else {
      i--;
    }
  }
  return indices.reverse();
}
