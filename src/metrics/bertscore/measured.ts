/** BERTScore for resampling, and as it is printed. */
import type { ConfidenceInterval } from "../bootstrap.ts";
import { fixed } from "../format.ts";
import type { Measured } from "../statistics.ts";
import type { BertScore } from "./bertscore.ts";

/** The F1 of every segment, so that intervals and paired tests can be drawn from them. ours: bert_score makes none. */
export function measureBertScore({ f1, segments, signature }: BertScore): Measured {
  return {
    name: "BERTScore F1",
    score: f1,
    statistics: { segments: segments.length, width: 1, values: Float64Array.from(segments, (values) => values.f1) },
    scoreSums: (sums) => sums[0] / segments.length,
    isDouble: () => false,
    signature: (resampling = {}) =>
      [signature, ...Object.entries(resampling).map(([key, value]) => `${key}:${value}`)].join("|"),
  };
}

/** Lines for a person: the means as bert_score prints them, what was not compared in full, the signature. */
export function formatBertScore(score: Omit<BertScore, "segments">, interval?: ConfidenceInterval): string[] {
  const { precision, recall, f1, emptyCandidates, emptyReferences, cutTexts, maxTokens, withoutWeight } = score;
  const spread = interval ? ` (μ = ${fixed(interval.mean, 4)} ± ${fixed(interval.halfWidth, 4)})` : "";
  const number = (value: number) => (Number.isNaN(value) ? "not a number" : fixed(value, 6));
  const notes = [
    count(emptyCandidates, "empty candidate", "scored as 0"),
    count(emptyReferences, "empty reference", "scored as 0"),
    count(cutTexts, "text", `longer than ${maxTokens} tokens, the rest not compared`),
    count(withoutWeight, "segment", "without a token of any weight (idf), precision or recall not a number"),
  ].filter((note) => note !== null);
  return [
    `BERTScore F1 = ${number(f1)}${spread} P = ${number(precision)} R = ${number(recall)}`,
    `  ${interval?.signature ?? score.signature}`,
    ...notes.map((note) => `  ${note}`),
  ];
}

function count(number: number, what: string, outcome: string): string | null {
  return number === 0 ? null : `${number} ${what}${number === 1 ? "" : "s"} ${outcome}`;
}
