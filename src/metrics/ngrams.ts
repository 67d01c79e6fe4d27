/**
 * n-grams over numbered units (words or characters), matched exactly in a hash trie: a node is an n-gram, found by its
 * parent (the n-gram without the last unit) and that unit.
 */

/** Words or characters, each by its number. */
export type Units = Int32Array;

/** Numbers words in the order in which they are first seen. */
export function createVocabulary(): (words: readonly string[]) => Units {
  const numbers = new Map<string, number>();
  return (words) => {
    const units = new Int32Array(words.length);
    for (let i = 0; i < words.length; i++) {
      let number = numbers.get(words[i]);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(words[i], number);
      }
      units[i] = number;
    }
    return units;
  };
}

/**
 * For n = 1 … maxOrder, how many n-grams of the candidate stand in the references, each at most as often as in the reference that
 * has it most often. The result is overwritten by the next call.
 */
export type NgramMatcher = (candidate: Units, references: readonly Units[], maxOrder: number) => Int32Array;

/** How many n-grams `length` units have. */
export const ngramTotal = (length: number, n: number) => Math.max(0, length - n + 1);

const ROOT = -1;
const ABSENT = -1;

/** A matcher with its own memory, which grows to the longest segment it has seen. */
export function createNgramMatcher(): NgramMatcher {
  let matches = new Int32Array(0);
  let slots = new Int32Array(1 << 13); //      hash → node
  let slotEpochs = new Int32Array(1 << 13); // a slot of an earlier epoch is empty
  let epoch = 0;
  let size = 0; //                             nodes
  let parents = new Int32Array(1 << 12);
  let units = new Int32Array(1 << 12);
  let counts = new Int32Array(1 << 12); //     in the reference that was counted last
  let owners = new Int32Array(1 << 12); //     which reference that was
  let allowed = new Int32Array(1 << 12); //    the largest count of any reference
  let used = new Int32Array(1 << 12); //       in the candidate

  function slotOf(parent: number, unit: number): number {
    const hash = Math.imul(Math.imul(parent, 0x9e3779b1) ^ unit, 0x85ebca6b);
    return (hash ^ (hash >>> 15)) & (slots.length - 1);
  }

  function find(parent: number, unit: number): number {
    for (let slot = slotOf(parent, unit); slotEpochs[slot] === epoch; slot = (slot + 1) & (slots.length - 1)) {
      const node = slots[slot];
      if (parents[node] === parent && units[node] === unit) return node;
    }
    return ABSENT;
  }

  function insert(parent: number, unit: number): number {
    if (size === parents.length) grow();
    parents[size] = parent;
    units[size] = unit;
    owners[size] = ABSENT;
    allowed[size] = 0;
    used[size] = 0;
    place(size);
    return size++;
  }

  function place(node: number): void {
    let slot = slotOf(parents[node], units[node]);
    while (slotEpochs[slot] === epoch) slot = (slot + 1) & (slots.length - 1);
    slotEpochs[slot] = epoch;
    slots[slot] = node;
  }

  function grow(): void {
    const larger = (list: Int32Array) => {
      const copy = new Int32Array(2 * list.length);
      copy.set(list);
      return copy;
    };
    [parents, units, counts] = [larger(parents), larger(units), larger(counts)];
    [owners, allowed, used] = [larger(owners), larger(allowed), larger(used)];
    slots = new Int32Array(2 * slots.length);
    slotEpochs = new Int32Array(slots.length);
    epoch = 1;
    for (let node = 0; node < size; node++) place(node);
  }

  return function match(candidate, references, maxOrder) {
    if (matches.length !== maxOrder) matches = new Int32Array(maxOrder);
    matches.fill(0);
    size = 0;
    epoch++;
    for (let owner = 0; owner < references.length; owner++) {
      const reference = references[owner];
      for (let start = 0; start < reference.length; start++) {
        const end = Math.min(start + maxOrder, reference.length);
        for (let i = start, parent = ROOT; i < end; i++) {
          let node = find(parent, reference[i]);
          if (node === ABSENT) node = insert(parent, reference[i]);
          counts[node] = owners[node] === owner ? counts[node] + 1 : 1;
          owners[node] = owner;
          if (counts[node] > allowed[node]) allowed[node] = counts[node];
          parent = node;
        }
      }
    }
    for (let start = 0; start < candidate.length; start++) {
      const end = Math.min(start + maxOrder, candidate.length);
      for (let i = start, parent = ROOT; i < end; i++) {
        const node = find(parent, candidate[i]);
        if (node === ABSENT) break; // nor is any longer one there
        if (used[node] < allowed[node]) matches[i - start]++;
        used[node]++;
        parent = node;
      }
    }
    return matches;
  };
}
