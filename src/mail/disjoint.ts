/** Disjoint sets of the numbers 0, 1, 2, … (union by size, path halving). */
export interface DisjointSets {
  /** Adds the next number as a set of its own. */
  add(): number;
  /** The number that stands for the set of `item`; it changes when sets are joined. */
  find(item: number): number;
  /** Joins two sets; false when they were one already. */
  join(a: number, b: number): boolean;
}

export function createDisjointSets(count = 0): DisjointSets {
  let size = count;
  let parents = Int32Array.from({ length: count }, (_, i) => i);
  let sizes = new Int32Array(count).fill(1);
  const sets: DisjointSets = {
    add() {
      if (size === parents.length) {
        parents = grown(parents);
        sizes = grown(sizes);
      }
      sizes[size] = 1;
      parents[size] = size;
      return size++;
    },
    find(item) {
      let at = item;
      while (parents[at] !== at) {
        parents[at] = parents[parents[at]];
        at = parents[at];
      }
      return at;
    },
    join(a, b) {
      let [large, small] = [sets.find(a), sets.find(b)];
      if (large === small) return false;
      if (sizes[large] < sizes[small]) [large, small] = [small, large];
      parents[small] = large;
      sizes[large] += sizes[small];
      return true;
    },
  };
  return sets;
}

function grown(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const next = new Int32Array(Math.max(16, Math.ceil(values.length * 1.5)));
  next.set(values);
  return next;
}
