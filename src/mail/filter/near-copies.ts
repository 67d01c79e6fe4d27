/**
 * Near-copies in a stream: is this text, by Jaccard similarity of its five-word runs, nearly one that was kept before? An exact join by
 * prefixes (Bayardo et al. 2007), not MinHash: see duplicates.ts. The runs are ordered by their hash, which is as good as chance; two
 * sets of similarity t share one of their first ⌊(1 − t)·n⌋ + 1 runs in any order.
 *
 * ours: of a text of more than MAX_RUNS runs its lowest MAX_RUNS stand for all (Broder 1997, "min-wise sketch"), and the similarity is that
 * of the stretch which both sides hold: an estimate with a standard error of at most 0.03, so that no mail costs more than its share.
 * Kept for each text: its runs (4 bytes each) and a slot for each run of its prefix (4 bytes at most two thirds full).
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
  const pool = createPool();
  const isCut: boolean[] = []; //        of each kept text: it has more runs than are kept
  const prefixOf = (set: Uint32Array) =>
    set.subarray(0, Math.max(0, set.length - Math.ceil(minJaccard * set.length - EPSILON) + 1));
  const index = createIndex({ setOf: pool.get, prefixOf });
  let queries = 0;
  let latest = new Int32Array(1024); //  of each kept text: the last query that compared it

  return {
    look(key, text) {
      const whole = shingle(text);
      if (whole.length + 4 < minWords) return null;
      const set = whole.subarray(0, MAX_RUNS);
      const cut = whole.length > MAX_RUNS;
      queries++;
      for (const run of prefixOf(set)) {
        for (const other of index.find(run)) {
          if (latest[other] === queries) continue;
          latest[other] = queries;
          const similarity = compare({ set, cut }, { set: pool.get(other), cut: isCut[other] }, minJaccard);
          if (similarity > 0) return { key: keys[other], similarity };
        }
      }
      const added = keys.push(key) - 1;
      pool.add(set);
      isCut.push(cut);
      latest = grown(latest, keys.length);
      index.add(added);
      return null;
    },
  };
}

const MAX_RUNS = 256;
/** Of the texts that share one run, only the latest so many are compared: a limit to the time that mail from one template takes. */
const MAX_HOLDERS = 200;
const EPSILON = 1e-9; // so that a similarity of exactly the threshold counts in spite of rounding

interface Sketch {
  readonly set: Uint32Array;
  readonly cut: boolean;
}

/** The similarity where it is at least `min`, else 0; of cut sets over the hashes up to which both are whole. */
function compare(a: Sketch, b: Sketch, min: number): number {
  if (!a.cut && !b.cut) return jaccardFrom(a.set, b.set, min);
  const end = Math.min(a.cut ? a.set[MAX_RUNS - 1] : 2 ** 32, b.cut ? b.set[MAX_RUNS - 1] : 2 ** 32);
  return jaccardFrom(a.set.subarray(0, rank(a.set, end + 1)), b.set.subarray(0, rank(b.set, end + 1)), min);
}

/** How many elements of a sorted set are below `value`. */
function rank(set: Uint32Array, value: number): number {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (set[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function holds(set: Uint32Array, run: number): boolean {
  return set[rank(set, run)] === run;
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
}

/** Sets one after the other in large pieces of memory: a typed array of its own would cost each some 200 bytes more. */
function createPool() {
  const pieces: Uint32Array[] = [];
  let used = PIECE_ELEMENTS;
  let places = new Int32Array(1024); // of each set: the element of the pool it begins at
  let lengths = new Int32Array(1024);
  let count = 0;
  return {
    add(set: Uint32Array): void {
      if (used + set.length > PIECE_ELEMENTS) {
        pieces.push(new Uint32Array(PIECE_ELEMENTS));
        used = 0;
      }
      pieces[pieces.length - 1].set(set, used);
      places = grown(places, count + 1);
      lengths = grown(lengths, count + 1);
      places[count] = (pieces.length - 1) * PIECE_ELEMENTS + used;
      lengths[count++] = set.length;
      used += set.length;
    },
    get(text: number): Uint32Array {
      const from = places[text] % PIECE_ELEMENTS;
      return pieces[Math.floor(places[text] / PIECE_ELEMENTS)].subarray(from, from + lengths[text]);
    },
  };
}

const PIECE_ELEMENTS = 1 << 18; // 1 MiB

/**
 * Which texts hold a run among their first: a hash table with open addressing that keeps no key, only the text, because the text's own
 * set says whether it holds the run. Of one run it keeps the latest MAX_HOLDERS.
 */
function createIndex(of: { setOf: (text: number) => Uint32Array; prefixOf: (set: Uint32Array) => Uint32Array }): {
  find(run: number): number[];
  add(text: number): void;
} {
  let slots = new Int32Array(1 << 12); // a text plus 1; 0 is empty
  let used = 0;
  let texts = 0;
  const holdsRun = (slot: number, run: number) => holds(of.setOf(slots[slot] - 1), run);
  const slotOf = (run: number) => Math.imul(run, 0x9e3779b1) >>> Math.clz32(slots.length - 1);
  const after = (slot: number) => (slot + 1) & (slots.length - 1);

  function place(run: number, text: number): void {
    let oldest = -1;
    let holders = 0;
    let slot = slotOf(run);
    for (; slots[slot] !== 0; slot = after(slot)) {
      if (!holdsRun(slot, run)) continue;
      holders++;
      if (oldest < 0 || slots[slot] < slots[oldest]) oldest = slot;
    }
    if (holders < MAX_HOLDERS) used++;
    slots[holders < MAX_HOLDERS ? slot : oldest] = text + 1;
  }

  function placeAll(text: number): void {
    for (const run of of.prefixOf(of.setOf(text))) place(run, text);
  }

  return {
    /** The texts, the latest first. */
    find(run) {
      const found: number[] = [];
      for (let slot = slotOf(run); slots[slot] !== 0; slot = after(slot))
        if (holdsRun(slot, run)) found.push(slots[slot] - 1);
      return found.sort((a, b) => b - a);
    },
    add(text) {
      placeAll(text);
      texts = text + 1;
      if (used * 3 <= slots.length * 2) return;
      slots = new Int32Array(slots.length * 2);
      used = 0;
      for (let known = 0; known < texts; known++) placeAll(known);
    },
  };
}
