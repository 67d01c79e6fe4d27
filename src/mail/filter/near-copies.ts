/**
 * Near-copies in a stream: is this text, by true Jaccard similarity of its five-word runs, nearly one that was kept before? An
 * exact join by prefixes (Bayardo et al. 2007), not MinHash: see duplicates.ts. The runs are ordered by their hash, which is as good
 * as chance; two sets of similarity t share one of their first ⌊(1 − t)·n⌋ + 1 runs in any order.
 *
 * Unlike a cluster, which joins by chains, each text that is found is itself as like to a kept one as asked for.
 */
import { jaccardFrom, shingle } from "../shingles.ts";

/** Looks texts up and keeps the new ones. */
export interface NearCopies<Key> {
  /** The key of an earlier text that this one nearly copies, with their similarity; null where it is new, and kept under `key`. */
  look(key: Key, text: string): { key: Key; similarity: number } | null;
}

/** `minWords`: shorter texts are never compared; "Thanks, see you on Friday" is not a copy of the same words of somebody else. */
export function createNearCopies<Key>({
  minJaccard,
  minWords,
}: {
  minJaccard: number;
  minWords: number;
}): NearCopies<Key> {
  const keys: Key[] = [];
  const sets: Uint32Array[] = [];
  const holders = new Map<number, number | number[]>(); // run -> the kept texts that have it among their first
  let queries = 0;
  let latest = new Int32Array(1024); //                    of each kept text: the last query that compared it

  return {
    look(key, text) {
      const set = shingle(text);
      if (set.length + 4 < minWords) return null;
      const prefix = set.length - Math.ceil(minJaccard * set.length - EPSILON) + 1;
      queries++;
      for (let i = 0; i < Math.min(prefix, set.length); i++) {
        const held = holders.get(set[i]);
        if (held === undefined) continue;
        const list = typeof held === "number" ? [held] : held;
        for (let at = list.length - 1; at >= Math.max(0, list.length - MAX_HOLDERS); at--) {
          const other = list[at];
          if (latest[other] === queries) continue;
          latest[other] = queries;
          const similarity = jaccardFrom(set, sets[other], minJaccard);
          if (similarity > 0) return { key: keys[other], similarity };
        }
      }
      keep(key, set, prefix);
      return null;
    },
  };

  function keep(key: Key, set: Uint32Array, prefix: number): void {
    const index = keys.push(key) - 1;
    sets.push(set);
    if (index >= latest.length) {
      const grown = new Int32Array(latest.length * 2);
      grown.set(latest);
      latest = grown;
    }
    for (let i = 0; i < Math.min(prefix, set.length); i++) {
      const held = holders.get(set[i]);
      if (held === undefined) holders.set(set[i], index);
      else if (typeof held === "number") holders.set(set[i], [held, index]);
      else held.push(index);
    }
  }
}

/** Of the texts that share one run, only the latest so many are compared: a limit to the time that mail from one template takes. */
const MAX_HOLDERS = 200;
const EPSILON = 1e-9; // so that a similarity of exactly the threshold counts in spite of rounding
