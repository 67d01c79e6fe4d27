/** Longest common subsequences of numbered words. */
import type { Units } from "./ngrams.ts";

/**
 * Length of a longest common subsequence: 32 cells of the usual table at a time, as the bits of a word (Hyyrö 2004, "Bit-parallel
 * LCS-length computation revisited"). Memory grows with the length of `a`, so a segment of a megabyte is no harm.
 */
export function commonLength(a: Units, b: Units): number {
  const places = placesOf(a);
  const rows = new Int32Array(Math.ceil(a.length / 32)).fill(-1); // a zero bit is a step of the subsequence
  for (const unit of b) {
    const place = places.get(unit);
    if (place === undefined) continue;
    const { blocks, masks } = place;
    for (let i = 0; i < blocks.length; ) {
      let carry = 0;
      let block = blocks[i];
      do {
        const mask = blocks[i] === block ? masks[i++] : 0;
        const row = rows[block];
        const hits = row & mask;
        const sum = (row >>> 0) + (hits >>> 0) + carry;
        carry = sum > 0xffffffff ? 1 : 0;
        rows[block++] = sum | (row & ~hits);
      } while (carry === 1 && block < rows.length);
    }
  }
  let length = 0;
  for (let i = 0; i < a.length; i++) if (((rows[i >>> 5] >>> (i & 31)) & 1) === 0) length++;
  return length;
}

/** For each word, the blocks of 32 places that hold it, and where in each. */
function placesOf(units: Units): Map<number, { blocks: number[]; masks: number[] }> {
  const places = new Map<number, { blocks: number[]; masks: number[] }>();
  for (let i = 0; i < units.length; i++) {
    let place = places.get(units[i]);
    if (place === undefined) {
      place = { blocks: [], masks: [] };
      places.set(units[i], place);
    }
    const { blocks, masks } = place;
    if (blocks.at(-1) !== i >>> 5) {
      blocks.push(i >>> 5);
      masks.push(0);
    }
    masks[masks.length - 1] |= 1 << (i & 31);
  }
  return places;
}

/** Indices into `known` of one longest common subsequence with `words`; where there are several, that of rouge_score. */
export function commonIndices(known: Units, words: Units): number[] {
  const width = words.length + 1;
  const table = new Int32Array((known.length + 1) * width); // length of the longest subsequence of the two heads
  for (let i = 1; i <= known.length; i++) {
    for (let j = 1; j < width; j++) {
      table[i * width + j] =
        known[i - 1] === words[j - 1]
          ? table[(i - 1) * width + j - 1] + 1
          : Math.max(table[(i - 1) * width + j], table[i * width + j - 1]);
    }
  }
  const indices: number[] = [];
  for (let i = known.length, j = words.length; i > 0 && j > 0; ) {
    if (known[i - 1] === words[j - 1]) {
      indices.push(i - 1);
      i--;
      j--;
    } else if (table[i * width + j - 1] > table[(i - 1) * width + j]) {
      j--;
    } else {
      i--;
    }
  }
  return indices.reverse();
}
