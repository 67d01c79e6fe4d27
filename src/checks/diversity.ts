/** A3 over a set: no one template for all mails. */
import { sentenceBleu } from "../metrics/index.ts";
import { runs, toWords } from "./words.ts";

/** How different a model's replies are from each other. */
export interface Diversity {
  /** Different words over all words (Li et al. 2016, arXiv:1510.03055); depends on the number of replies. */
  readonly distinct1: number;
  readonly distinct2: number;
  /** Mean sentence BLEU of a reply against the others, 0 to 100 (Zhu et al. 2018, arXiv:1802.01886); high is one template. */
  readonly selfBleu: number;
  /** The reply that most mails got, letter for letter, and how many. */
  readonly commonest: { readonly reply: string; readonly count: number };
}

/** ours: self-BLEU against this many others, evenly spread, keeps the cost linear. */
const SELF_BLEU_OTHERS = 20;

/** Diversity over a whole set; null for no replies. */
export function measureDiversity(replies: readonly string[]): Diversity | null {
  if (replies.length === 0) return null;
  const counts = new Map<string, number>();
  for (const reply of replies) counts.set(reply.trim(), (counts.get(reply.trim()) ?? 0) + 1);
  const [reply, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return {
    distinct1: distinct(replies, 1),
    distinct2: distinct(replies, 2),
    selfBleu: selfBleu(replies),
    commonest: { reply, count },
  };
}

function distinct(replies: readonly string[], length: number): number {
  const all = replies.flatMap((reply) => runs(toWords(reply), length));
  return all.length === 0 ? 0 : new Set(all).size / all.length;
}

function selfBleu(replies: readonly string[]): number {
  if (replies.length < 2) return 0;
  const others = Math.min(SELF_BLEU_OTHERS, replies.length - 1);
  const scores = replies.map((reply, i) => {
    const picked = Array.from(
      { length: others },
      (_, k) => replies[(i + 1 + Math.floor((k * (replies.length - 1)) / others)) % replies.length],
    );
    return sentenceBleu(reply, picked).score;
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
