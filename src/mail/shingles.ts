/** A text as the set of its five-word runs: what near-duplicates share (reference: Broder 1997, "resemblance"). */
import { hashString } from "../random.ts";

const WORDS = 5;

/**
 * The 32-bit hashes of all runs of five words, sorted and each once. Words are runs of letters and digits, in lower case after
 * NFKC; a text of fewer words is one run of all of them. Two of a mail's some 150 runs meet by chance once in 400,000 mails.
 */
export function shingle(text: string): Uint32Array {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const hashes = words.map(hashString);
  const runs = new Set<number>();
  for (let i = 0; i + WORDS <= hashes.length; i++) runs.add(mix(hashes, i, i + WORDS));
  if (runs.size === 0 && hashes.length > 0) runs.add(mix(hashes, 0, hashes.length));
  return Uint32Array.from(runs).sort();
}

/** |a ∩ b| / |a ∪ b| of two sorted sets; 1 for two empty ones. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      shared++;
      i++;
      j++;
    } else if (a[i] < b[j]) i++;
    else j++;
  }
  const union = a.length + b.length - shared;
  return union === 0 ? 1 : shared / union;
}

/** `jaccard(a, b)` where it is at least `min`, else 0; stops as soon as that is out of reach. */
export function jaccardFrom(a: Uint32Array, b: Uint32Array, min: number): number {
  const all = a.length + b.length;
  const needed = Math.ceil((min / (1 + min)) * all - 1e-9); // |a ∩ b| ≥ t/(1 + t)·(|a| + |b|) is Jaccard ≥ t
  let shared = 0;
  let spare = Math.min(a.length, b.length) - needed; // elements of the smaller set that may still be missing
  if (spare < 0) return 0;
  const [small, large] = a.length <= b.length ? [a, b] : [b, a];
  for (let i = 0, j = 0; i < small.length; i++) {
    while (j < large.length && large[j] < small[i]) j++;
    if (j < large.length && large[j] === small[i]) shared++;
    else if (--spare < 0) return 0;
  }
  return all === shared ? 1 : shared / (all - shared);
}

function mix(hashes: readonly number[], from: number, to: number): number {
  let hash = 0x9e3779b9;
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ hashes[i], 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
