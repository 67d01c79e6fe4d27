/**
 * Leakage: how much of each held-out mail stands in training already. A score that lives on look-ups falls from the most alike mails to
 * the least; the clean subset says what is left of it. (Data side: Lee et al. 2021, arXiv:2107.06499; the 13-gram rule: GPT-3, 2005.14165 §C.)
 */
import { shingle } from "../mail/index.ts";
import type { Steps } from "../metrics/index.ts";
import type { TrainingPair } from "./controls.ts";

/** How like one held-out mail is to the training mail that holds most of it. */
export interface Likeness {
  /** The share of the mail's five-word runs that stand in that one training mail, 0 to 1: the similarity of all tables. */
  readonly containment: number;
  /** |shared| / |either| of the same runs, the largest over all training mails: both mails are the same where it is 1. */
  readonly jaccard: number;
  /** The training mail's place in the list; null where no run is shared. */
  readonly nearest: number | null;
  /** Whether thirteen words in a row stand in a training mail too. */
  readonly longRun: boolean;
  /** Whether the reference is, but for case and spaces, a training reply. */
  readonly referenceSeen: boolean;
}

/** The edges of the similarity buckets. */
export const SIMILARITY_EDGES = [0, 0.1, 0.3, 0.5, 0.7, 1] as const;

/** The bucket of a similarity, by its number from 0. */
export function similarityBucket(containment: number): number {
  for (let i = 1; i < SIMILARITY_EDGES.length - 1; i++) if (containment < SIMILARITY_EDGES[i]) return i - 1;
  return SIMILARITY_EDGES.length - 2;
}

/** The label of a bucket: `30–50 %`. */
export function nameBucket(bucket: number): string {
  const percent = (edge: number) => Math.round(100 * edge);
  return `${percent(SIMILARITY_EDGES[bucket])}–${percent(SIMILARITY_EDGES[bucket + 1])} %`;
}

/** Words in a row that are no accident. */
const LONG_RUN_WORDS = 13;
/** Of the training mails that share most, so many are read for a long run. */
const LONG_RUN_CANDIDATES = 20;

/** The likeness of each held-out mail, a step a training mail. Memory grows with the held-out mails, not with training. */
export function* likenessSteps(options: {
  emails: readonly string[];
  references: readonly string[];
  train: readonly TrainingPair[];
}): Steps<Likeness[]> {
  const { emails, references, train } = options;
  const held = emails.map((email) => shingle(email));
  const holders = indexRuns(held);
  const found = held.map(() => ({ containment: 0, jaccard: 0, nearest: null as number | null }));
  const candidates = held.map(() => [] as Candidate[]);
  const shared = new Int32Array(held.length); // of the training mail at hand
  for (const [index, { email }] of train.entries()) {
    const runs = shingle(email);
    const touched: number[] = [];
    for (const run of runs) {
      for (const item of holders.get(run) ?? []) if (shared[item]++ === 0) touched.push(item);
    }
    for (const item of touched) {
      const count = shared[item];
      shared[item] = 0;
      const best = found[item];
      const containment = count / held[item].length;
      if (containment > best.containment) {
        best.containment = containment;
        best.nearest = index;
      }
      best.jaccard = Math.max(best.jaccard, count / (held[item].length + runs.length - count));
      if (count > LONG_RUN_WORDS - 5) keepCandidate(candidates[item], { index, count });
    }
    yield;
  }
  const seen = new Set(train.map(({ reply }) => plain(reply)));
  return found.map((best, item) => ({
    ...best,
    longRun: candidates[item].some(({ index }) => sharesLongRun(emails[item], train[index].email)),
    referenceSeen: seen.has(plain(references[item])),
  }));
}

interface Candidate {
  readonly index: number;
  readonly count: number;
}

function indexRuns(held: readonly Uint32Array[]): Map<number, number[]> {
  const holders = new Map<number, number[]>();
  for (const [item, runs] of held.entries()) {
    for (const run of runs) {
      const list = holders.get(run);
      if (list === undefined) holders.set(run, [item]);
      else list.push(item);
    }
  }
  return holders;
}

/** Keeps the candidates that share most. */
function keepCandidate(list: Candidate[], candidate: Candidate): void {
  if (list.length === LONG_RUN_CANDIDATES && list[list.length - 1].count >= candidate.count) return;
  const at = list.findIndex(({ count }) => count < candidate.count);
  list.splice(at < 0 ? list.length : at, 0, candidate);
  if (list.length > LONG_RUN_CANDIDATES) list.pop();
}

/** Whether thirteen words in a row of one text stand in the other; compared as words, so no hash can err. */
export function sharesLongRun(a: string, b: string): boolean {
  const [known, words] = [` ${toWords(b).join(" ")} `, toWords(a)];
  for (let i = 0; i + LONG_RUN_WORDS <= words.length; i++) {
    if (known.includes(` ${words.slice(i, i + LONG_RUN_WORDS).join(" ")} `)) return true;
  }
  return false;
}

function toWords(text: string): string[] {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ); // as `shingle` cuts them
}

const plain = (text: string) => text.toLowerCase().replaceAll(/\s+/g, " ").trim();
