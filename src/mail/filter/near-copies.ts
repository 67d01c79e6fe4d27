/**
 * Near-copies in a stream: is this text, by Jaccard similarity of its five-word runs, nearly one that was kept before? A join by
 * prefixes (Bayardo et al. 2007), not MinHash: see duplicates.ts. The runs are ordered by their hash, which is as good as chance: two sets
 * of similarity t share none of their first k runs with a probability of (1 − t)^k at most, and share one of their first
 * ⌊(1 − t)·n⌋ + 1 in any order. The smaller of the k that makes a miss one in a billion and of that number is looked up.
 *
 * ours: of a text of more than MAX_RUNS runs its lowest MAX_RUNS stand for all (Broder 1997, "min-wise sketch"), and the similarity is that
 * of the stretch which both sides hold: an estimate with a standard error of at most 0.03, so that no mail costs more than its share.
 * Kept for each text: the gaps between its runs (2 bytes each, of hashes of 22 bits: one run of 20,000 meets another by chance) and a slot
 * for each run that is looked up (4 bytes at most two thirds full): some 640 bytes for a long mail.
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
  const enough = Math.max(1, Math.ceil(Math.log(MISS) / Math.log(1 - minJaccard)));
  const firstRuns = (runs: number) => Math.min(enough, Math.max(0, runs - Math.ceil(minJaccard * runs - EPSILON) + 1));
  const index = createIndex({ firstOf: (text) => pool.first(text, firstRuns(pool.runs(text))) });
  let queries = 0;
  let latest = new Int32Array(1024); //  of each kept text: the last query that compared it

  return {
    look(key, text) {
      const whole = shorten(shingle(text));
      if (whole.length + 4 < minWords) return null;
      const set = whole.subarray(0, MAX_RUNS);
      const cut = whole.length > MAX_RUNS;
      queries++;
      for (const run of set.subarray(0, firstRuns(set.length))) {
        for (const other of index.find(run)) {
          if (latest[other] === queries) continue;
          latest[other] = queries;
          const similarity = compare({ set, cut }, pool.get(other), minJaccard);
          if (similarity > 0) return { key: keys[other], similarity };
        }
      }
      const added = keys.push(key) - 1;
      pool.add({ set, cut });
      latest = grown(latest, keys.length);
      index.add(added);
      return null;
    },
  };
}

const MAX_RUNS = 256;
const MISS = 1e-9;
const HASH_BITS = 22;

/** The runs by the highest bits of their hashes, sorted and each once. */
function shorten(set: Uint32Array): Uint32Array {
  let count = 0;
  for (const run of set) {
    const short = run >>> (32 - HASH_BITS);
    if (count === 0 || set[count - 1] !== short) set[count++] = short;
  }
  return set.subarray(0, count);
}

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

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
}

/** Sets one after the other in large pieces of memory: a typed array of its own would cost each some 200 bytes more. */
function createPool() {
  const pieces: Uint16Array[] = [];
  let used = PIECE_ELEMENTS;
  let places = new Int32Array(1024); // of each set: the element of the pool it begins at
  let lengths = new Int32Array(1024); // below zero where the text has more runs than are kept
  let count = 0;
  const scratch = new Uint32Array(MAX_RUNS); // what is read out holds until the next reading

  function read(text: number, runs: number): Uint32Array {
    const piece = pieces[Math.floor(places[text] / PIECE_ELEMENTS)];
    let at = places[text] % PIECE_ELEMENTS;
    let run = 0;
    for (let i = 0; i < runs; i++) {
      for (; piece[at] === LONG_GAP; at++) run += LONG_GAP;
      run += piece[at++];
      scratch[i] = run;
    }
    return scratch.subarray(0, runs);
  }

  return {
    add({ set, cut }: Sketch): void {
      if (used + set.length + MAX_LONG_GAPS > PIECE_ELEMENTS) {
        pieces.push(new Uint16Array(PIECE_ELEMENTS));
        used = 0;
      }
      const piece = pieces[pieces.length - 1];
      places = grown(places, count + 1);
      lengths = grown(lengths, count + 1);
      places[count] = (pieces.length - 1) * PIECE_ELEMENTS + used;
      lengths[count++] = cut ? -set.length : set.length;
      let before = 0;
      for (const run of set) {
        let gap = run - before;
        for (; gap >= LONG_GAP; gap -= LONG_GAP) piece[used++] = LONG_GAP;
        piece[used++] = gap;
        before = run;
      }
    },
    runs: (text: number) => Math.abs(lengths[text]),
    /** Its first runs. */
    first: (text: number, runs: number) => read(text, runs),
    get: (text: number): Sketch => ({ set: read(text, Math.abs(lengths[text])), cut: lengths[text] < 0 }),
  };
}

const PIECE_ELEMENTS = 1 << 19; // 1 MiB
const LONG_GAP = 0xffff; //        stands for itself, and the gap goes on
const MAX_LONG_GAPS = 2 ** HASH_BITS / LONG_GAP + 1;

/**
 * Which texts hold a run among their first: a hash table with open addressing that keeps no key, only the text, because the text's own
 * first runs say whether it holds the run. Of one run it keeps the latest MAX_HOLDERS.
 */
function createIndex(of: { firstOf: (text: number) => Uint32Array }): {
  find(run: number): number[];
  add(text: number): void;
} {
  let slots = new Int32Array(1 << 12); // a text plus 1; 0 is empty
  let used = 0;
  let texts = 0;
  const holdsRun = (slot: number, run: number) => of.firstOf(slots[slot] - 1).includes(run);
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
    for (const run of of.firstOf(text).slice()) place(run, text);
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
