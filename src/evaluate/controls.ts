/**
 * Controls: what a system that understands nothing would score. If the model is not clearly above them, the metric speaks, not the
 * model. None of them sees a test reply.
 */
import { invariant } from "../errors.ts";
import {
  createNgramMatcher,
  createVocabulary,
  finish,
  ngramTotal,
  type Steps,
  scoreBleuSums,
  tokenizeSegment,
} from "../metrics/index.ts";
import { createRandom } from "../random.ts";
import { type Neighbour, nearestSteps } from "./nearest.ts";

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
  return finish(bestConstantReplySteps(replies, seed));
}

/** `bestConstantReply`, a step a reply tried. */
export function* bestConstantReplySteps(replies: readonly string[], seed: number): Steps<string> {
  const distinct = [...new Set(replies.map((reply) => reply.trim()))].filter((reply) => reply !== "");
  invariant(distinct.length > 0, "bestConstantReply needs a training reply");
  const sample = createRandom(`${seed}/constant reply`).shuffle(distinct).slice(0, CONSTANT_SAMPLE);
  const match = createNgramMatcher();
  const number = createVocabulary();
  const words = sample.map((reply) => number(tokenizeSegment(reply, "13a", false)));
  let best = { reply: sample[0], score: -1 };
  for (let i = 0; i < sample.length; i++) {
    const sums = new Float64Array(10); // as measureBleu lays them out
    for (let j = 0; j < sample.length; j++) {
      if (j === i) continue;
      const matches = match(words[i], [words[j]], 4);
      sums[0] += words[i].length;
      sums[1] += words[j].length;
      for (let n = 0; n < 4; n++) {
        sums[2 + n] += matches[n];
        sums[6 + n] += ngramTotal(words[i].length, n + 1);
      }
    }
    const { score } = scoreBleuSums(sums);
    if (score > best.score) best = { reply: sample[i], score };
    yield;
  }
  return best.reply;
}

/** The reply copied from a training mail, and how near that mail is, 0 to 1. */
export interface CopiedReply {
  readonly reply: string;
  readonly similarity: number;
}

/** Mails to answer, and what to answer from. */
export interface NearestOptions {
  readonly emails: readonly string[];
  readonly train: readonly TrainingPair[];
  readonly fallback: string;
}

/** The reply copied from the nearest training mail, by tf-idf cosine; `fallback` (with similarity 0) where no word is shared. */
export function nearestReplies(options: NearestOptions): CopiedReply[] {
  return finish(nearestReplySteps(options));
}

/** `nearestReplies`, a step a training mail or mail. */
export function* nearestReplySteps({ emails, train, fallback }: NearestOptions): Steps<CopiedReply[]> {
  const nearest = yield* nearestSteps(train.map(({ email }) => email));
  const copied: CopiedReply[] = [];
  for (const email of emails) {
    const found: Neighbour | null = nearest(email);
    copied.push(
      found ? { reply: train[found.index].reply, similarity: found.similarity } : { reply: fallback, similarity: 0 },
    );
    yield;
  }
  return copied;
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
