/**
 * Near-duplicates: all pairs of sets whose true Jaccard similarity reaches a threshold.
 *
 * ours: an exact join by prefixes (AllPairs, Bayardo et al. 2007; PPJoin, Xiao et al. 2008) in place of MinHash with 16 bands
 * of 8: those find a pair of similarity 0.7 with probability 1 − (1 − 0.7⁸)¹⁶ = 0.61 only, so that two in five such pairs would
 * stand on both sides of a split; this finds each one, needs no random numbers, and takes less time on mail.
 *
 * Why it is fast: two sets of similarity t share an element among the rarest ⌊(1 − t)·n⌋ + 1 of each. In mail most runs of five
 * words occur once, so the index of those rare elements holds few candidates.
 */
import { createDisjointSets, type DisjointSets } from "./disjoint.ts";

/** Joins all sets that are near-duplicates of each other, directly or by a chain. `sets` are sorted and hold no element twice. */
export function clusterNearDuplicates(sets: readonly Uint32Array[], minJaccard: number): DisjointSets {
  const clusters = createDisjointSets(sets.length);
  const ranked = rankByRarity(joinEqual(sets, clusters));
  ranked.sort((a, b) => a.elements.length - b.elements.length || a.index - b.index);
  const holders = new Map<number, { entry: number; position: number }[]>(); // rare element -> the earlier sets that hold it
  const overlaps = new Int32Array(ranked.length);
  for (const [entry, { index, elements }] of ranked.entries()) {
    const size = elements.length;
    const probes = size - Math.ceil(minJaccard * size - EPSILON) + 1;
    // all later sets are at least as large, so they share more of this one than its own size would ask for
    const indexed = size - minShared(size, size, minJaccard) + 1;
    const candidates: number[] = [];
    for (let position = 0; position < Math.min(probes, size); position++) {
      const element = elements[position];
      if (element < FIRST_SHARED) continue;
      const list = holders.get(element) ?? [];
      for (let at = list.length - 1; at >= Math.max(0, list.length - MAX_HOLDERS); at--) {
        const holder = list[at];
        const other = ranked[holder.entry].elements.length;
        if (other < minJaccard * size - EPSILON) break; // the lists grow in size
        const shared = overlaps[holder.entry];
        if (shared < 0) continue;
        if (shared === 0) candidates.push(holder.entry);
        const most = shared + Math.min(size - position, other - holder.position); // with all that follows
        overlaps[holder.entry] = most >= minShared(size, other, minJaccard) ? shared + 1 : -1;
      }
      if (position >= indexed) continue;
      list.push({ entry, position });
      if (list.length === 1) holders.set(element, list);
    }
    for (const candidate of candidates) {
      const other = ranked[candidate];
      const isOpen = overlaps[candidate] > 0 && clusters.find(index) !== clusters.find(other.index);
      overlaps[candidate] = 0;
      if (isOpen && sharesEnough(elements, other.elements, minShared(size, other.elements.length, minJaccard))) {
        clusters.join(index, other.index);
      }
    }
  }
  return clusters;
}

/**
 * An element is rare, so few sets hold it, except in mail made from one template: then only the latest so many are looked at,
 * which bounds the time; the members of such a family find each other along the chain.
 */
const MAX_HOLDERS = 200;
const EPSILON = 1e-9; // so that a similarity of exactly the threshold counts in spite of rounding

interface Ranked {
  readonly index: number;
  /** The elements as numbers that grow with how common they are: the rarest first. */
  readonly elements: Float64Array;
}

/** |a ∩ b| ≥ t/(1 + t)·(|a| + |b|) is Jaccard ≥ t. */
function minShared(a: number, b: number, minJaccard: number): number {
  return Math.ceil((minJaccard / (1 + minJaccard)) * (a + b) - EPSILON);
}

/** Joins equal sets and gives one of each (empty sets are no duplicates of each other). */
function joinEqual(sets: readonly Uint32Array[], clusters: DisjointSets): { index: number; set: Uint32Array }[] {
  const first = new Map<string, number>();
  const kept: { index: number; set: Uint32Array }[] = [];
  for (const [index, set] of sets.entries()) {
    if (set.length === 0) continue;
    const key = Buffer.from(set.buffer, set.byteOffset, set.byteLength).toString("latin1");
    const known = first.get(key);
    if (known !== undefined) clusters.join(known, index);
    else {
      first.set(key, index);
      kept.push({ index, set });
    }
  }
  return kept;
}

/** Sorts the elements of each set by rarity: each becomes its count over all sets times 2³², plus itself. */
function rankByRarity(entries: readonly { index: number; set: Uint32Array }[]): Ranked[] {
  const count = countElements(entries);
  return entries.map(({ index, set }) => {
    const elements = new Float64Array(set.length);
    for (let i = 0; i < set.length; i++) elements[i] = Math.min(count(set[i]), MAX_COUNT) * 2 ** 32 + set[i];
    return { index, elements: elements.sort() };
  });
}

const MAX_COUNT = 2 ** 20; // keeps the sum exact in 53 bits
const FIRST_SHARED = 2 * 2 ** 32; // elements below stand in one set only

/** How many sets hold an element: a hash table of plain numbers, because a Map of ten million is slow. */
function countElements(entries: readonly { set: Uint32Array }[]): (element: number) => number {
  let total = 0;
  for (const { set } of entries) total += set.length;
  const bits = Math.max(4, Math.ceil(Math.log2(total * 2 + 1)));
  const mask = 2 ** bits - 1;
  const keys = new Uint32Array(2 ** bits);
  const counts = new Uint32Array(2 ** bits);
  const slotOf = (element: number) => {
    let slot = (Math.imul(element, 0x9e3779b1) >>> 0) & mask;
    while (counts[slot] > 0 && keys[slot] !== element) slot = (slot + 1) & mask;
    return slot;
  };
  for (const { set } of entries) {
    for (const element of set) {
      const slot = slotOf(element);
      keys[slot] = element;
      counts[slot]++;
    }
  }
  return (element) => counts[slotOf(element)];
}

function sharesEnough(a: Float64Array, b: Float64Array, needed: number): boolean {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (shared + Math.min(a.length - i, b.length - j) < needed) return false;
    if (a[i] === b[j]) {
      shared++;
      i++;
      j++;
    } else if (a[i] < b[j]) i++;
    else j++;
  }
  return shared >= needed;
}
