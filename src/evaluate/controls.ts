/**
 * Controls: what a system that understands nothing would score. If the model is not clearly above them, the metric speaks, not the
 * model. None of them sees a test reply.
 */
import { invariant } from "../errors.ts";
import { createRandom } from "../random.ts";
import { type BleuStatistics, scoreBleuStatistics, sumStatistics } from "./bleu.ts";
import { buildNearest, type Neighbour } from "./nearest.ts";
import { countMatches, countNgrams, type NgramCounts, sumCounts } from "./ngrams.ts";
import { tokenizeSegment } from "./words.ts";

/** A training pair. */
export interface TrainingPair {
  readonly email: string;
  readonly reply: string;
}

const CONSTANT_SAMPLE = 300;

/**
 * The best constant reply: of at most 300 distinct training replies (drawn by seed), the one with the highest corpus BLEU when it
 * answers all the other 299; of equal ones the first drawn.
 */
export function bestConstantReply(replies: readonly string[], seed: number): string {
  const distinct = [...new Set(replies.map((reply) => reply.trim()))].filter((reply) => reply !== "");
  invariant(distinct.length > 0, "bestConstantReply needs a training reply");
  const sample = createRandom(`${seed}/constant reply`).shuffle(distinct).slice(0, CONSTANT_SAMPLE);
  const counted = sample.map(countAll);
  let best = { reply: sample[0], score: -1 };
  counted.forEach((candidate, i) => {
    const others = counted.filter((_, j) => j !== i);
    if (others.length === 0) return;
    const { score } = scoreBleuStatistics(sumStatistics(others.map((other) => compare(candidate, other))));
    if (score > best.score) best = { reply: sample[i], score };
  });
  return best.reply;
}

/** The reply copied from the nearest training mail, by tf-idf cosine; `fallback` (with similarity 0) where no word is shared. */
export function nearestReplies(options: {
  emails: readonly string[];
  train: readonly TrainingPair[];
  fallback: string;
}): { reply: string; similarity: number }[] {
  const { emails, train, fallback } = options;
  const nearest = buildNearest(train.map(({ email }) => email));
  return emails.map((email) => {
    const found: Neighbour | null = nearest(email);
    return found
      ? { reply: train[found.index].reply, similarity: found.similarity }
      : { reply: fallback, similarity: 0 };
  });
}

/** `list` in an order in which no element keeps its place (one random cycle, Sattolo's algorithm); null for fewer than two. */
export function derange<T>(list: readonly T[], seed: number): T[] | null {
  if (list.length < 2) return null;
  const random = createRandom(`${seed}/shuffled references`);
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.integer(i);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

interface Counted {
  readonly length: number;
  readonly ngrams: readonly NgramCounts[]; // of 1 to 4 words
}

function countAll(reply: string): Counted {
  const words = tokenizeSegment(reply, "13a", false);
  return { length: words.length, ngrams: [1, 2, 3, 4].map((n) => countNgrams(words, n, " ")) };
}

function compare(candidate: Counted, reference: Counted): BleuStatistics {
  return {
    candidateLength: candidate.length,
    referenceLength: reference.length,
    counts: candidate.ngrams.map((ngrams, n) => countMatches(ngrams, reference.ngrams[n])),
    totals: candidate.ngrams.map(sumCounts),
  };
}
