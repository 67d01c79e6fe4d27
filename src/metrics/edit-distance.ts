/**
 * Edit distance near the diagonal, as TER counts it. The rows of one candidate are kept, so that another that differs from it in a few
 * words costs little more than those. Source: sacreBLEU 2.6.0, `lib_ter.py`, `BeamEditDistance`.
 */
import { invariant } from "../errors.ts";
import type { Units } from "./ngrams.ts";

/** How one word sequence is made from another: keep or substitute a word of both, delete one of the candidate, insert one of the reference. */
export type Edit = typeof KEEP | typeof SUBSTITUTE | typeof DELETE | typeof INSERT;

export const KEEP = 1;
const SUBSTITUTE = 2;
export const DELETE = 3;
export const INSERT = 4;

/** Distances of candidates of one length from one reference. */
export interface EditDistance {
  /** The distance of `words`; it becomes the base of `distanceFrom`. */
  setBase(words: Units): number;
  /** The edits of the base, from the first. */
  trace(): Edit[];
  /** The distance of `words`, which are those of the base but for the places from `from` up to before `to`. */
  distanceFrom(words: Units, from: number, to: number): number;
}

const BEAM = 25;
const FAR = 1 << 29; // more than any distance

/** Measures candidates of `length` words against `reference`. */
export function createEditDistance(reference: Units, length: number): EditDistance {
  const ratio = length > 0 ? reference.length / length : 1;
  const beam = BEAM < ratio / 2 ? Math.ceil(ratio / 2 + BEAM) : BEAM;
  const width = Math.min(2 * beam, reference.length + 1) + 1; // cells of a row; the last row may have one more than the others
  const starts = new Int32Array(length + 1); //                  the first column of each row, and the one past the last
  const ends = new Int32Array(length + 1);
  ends[0] = reference.length + 1;
  for (let i = 1; i <= length; i++) {
    const diagonal = Math.floor(i * ratio);
    starts[i] = Math.max(0, diagonal - beam);
    ends[i] = i === length ? reference.length + 1 : Math.min(reference.length + 1, diagonal + beam);
  }
  const base = new Int32Array((length + 1) * width); // row 0 is not stored: column j costs j insertions
  const edits = new Uint8Array((length + 1) * width);
  const other = new Int32Array((length + 1) * width);

  /** Fills row i of `rows` from row i − 1 of `previous`. */
  function fillRow(word: number, i: number, previous: Int32Array, rows: Int32Array, keepEdits: boolean): void {
    const start = starts[i];
    const end = ends[i];
    const startAbove = starts[i - 1];
    const endAbove = ends[i - 1];
    const above = (i - 1) * width - startAbove;
    const row = i * width - start;
    let left = FAR;
    for (let j = start; j < end; j++) {
      let cost = FAR;
      let edit: number = 0;
      const up = j < startAbove || j >= endAbove ? FAR : i === 1 ? j : previous[above + j];
      if (j > 0) {
        const diagonal = j - 1 < startAbove || j - 1 >= endAbove ? FAR : i === 1 ? j - 1 : previous[above + j - 1];
        const isSame = word === reference[j - 1];
        cost = isSame ? diagonal : diagonal + 1;
        edit = isSame ? KEEP : SUBSTITUTE;
      }
      if (up + 1 < cost) {
        cost = up + 1;
        edit = DELETE;
      }
      if (j > 0 && left + 1 < cost) {
        cost = left + 1;
        edit = INSERT;
      }
      rows[row + j] = cost;
      if (keepEdits) edits[row + j] = edit;
      left = cost;
    }
  }

  const last = (rows: Int32Array) =>
    length === 0 ? reference.length : rows[length * width + reference.length - starts[length]];

  /** By how much row i of the other candidate is above that of the base, where it is the same for all columns; else null. */
  function constantDifference(i: number): number | null {
    const begin = i * width;
    const end = begin + ends[i] - starts[i];
    const difference = other[begin] - base[begin];
    for (let at = end - 1; at > begin; at--) if (other[at] - base[at] !== difference) return null;
    return difference;
  }

  return {
    setBase(words) {
      for (let i = 1; i <= length; i++) fillRow(words[i - 1], i, base, base, true);
      return last(base);
    },
    trace() {
      const path: Edit[] = [];
      for (let i = length, j = reference.length; i > 0 || j > 0; ) {
        const edit = i === 0 ? INSERT : (edits[i * width + j - starts[i]] as Edit); // written by setBase
        invariant(edit >= KEEP && edit <= INSERT, `no way to cell ${i}, ${j} of the edit distance`);
        path.push(edit);
        if (edit !== INSERT) i--;
        if (edit !== DELETE) j--;
      }
      return path.reverse();
    },
    distanceFrom(words, from, to) {
      for (let i = from + 1; i <= length; i++) {
        fillRow(words[i - 1], i, i === from + 1 ? base : other, other, false);
        if (i < to) continue;
        // Equal words follow: a row that is the base's but for a constant stays so to the end.
        const more = constantDifference(i);
        if (more !== null) return last(base) + more;
      }
      return from === length ? last(base) : last(other);
    },
  };
}
