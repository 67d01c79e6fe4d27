/** BERTScore of every system of an evaluation: the references are encoded once for all of them. */

import {
  type BertScoreOptions,
  type BertScoreValues,
  type ConfidenceInterval,
  confidenceInterval,
  measureBertScore,
  withBertScorer,
} from "../metrics/index.ts";
import type { Answers, SystemName } from "./systems.ts";

/** BERTScore of one system. */
export interface BertScoreFigures extends BertScoreValues {
  /** The 95 % interval of F1, from the same resamples for every system. */
  readonly interval: ConfidenceInterval;
  readonly emptyCandidates: number;
}

/** BERTScore of all systems, in one encoder. */
export interface SystemsBertScore {
  readonly encoder: string;
  readonly layer: number;
  readonly signature: string;
  readonly maxTokens: number;
  readonly systems: Readonly<Partial<Record<SystemName, BertScoreFigures>>>;
}

/** Scores `answers` by BERTScore. Throws UserError as `bertScore` does. */
export async function scoreSystemsInEncoder(
  answers: readonly Answers[],
  options: BertScoreOptions,
): Promise<SystemsBertScore> {
  const texts = answers.map(({ replies, references }) => ({ candidates: replies, references: [references] }));
  const scores = await withBertScorer(options, (scorer) => scorer.score(texts, options));
  const [{ encoder, layer, signature, maxTokens }] = scores;
  const systems: Partial<Record<SystemName, BertScoreFigures>> = {};
  scores.forEach((score, i) => {
    const { precision, recall, f1, emptyCandidates } = score;
    const interval = confidenceInterval(measureBertScore(score));
    systems[answers[i].name] = { precision, recall, f1, interval, emptyCandidates };
  });
  return { encoder, layer, signature, maxTokens, systems };
}
