/** What differs between two texts, for the eye: a longest common subsequence of words. Runs in a browser too. */

/** A piece of the two texts. The `before`s joined are the old text, the `after`s the new one. */
export interface Piece {
  readonly kind: "same" | "added" | "removed";
  /** "" where it was added. */
  readonly before: string;
  /** "" where it was removed. */
  readonly after: string;
}

/** ours: beyond so many pairs of words nobody reads the difference; it would only take time. */
const MOST_PAIRS = 4_000_000;

/**
 * From an old text to a new one, in reading order; null where they differ in too many words to be compared. White space belongs
 * to the word before it and makes no difference; `ignoreCase`: nor do capital letters.
 */
export function diffWords(before: string, after: string, { ignoreCase = false } = {}): Piece[] | null {
  const [old, now] = [cut(before), cut(after)];
  const key = (word: string) => (ignoreCase ? word.trim().toLowerCase() : word.trim());
  const [oldKeys, nowKeys] = [old.map(key), now.map(key)];
  const [oldKept, nowKept] = commonWords(oldKeys, nowKeys) ?? [];
  if (!oldKept || !nowKept) return null;
  const pieces: { kind: Piece["kind"]; before: string; after: string }[] = [];
  const add = (kind: Piece["kind"], removed: string, added: string) => {
    const last = pieces.at(-1);
    if (last?.kind !== kind) pieces.push({ kind, before: removed, after: added });
    else {
      last.before += removed;
      last.after += added;
    }
  };
  for (let i = 0, j = 0; i < old.length || j < now.length; ) {
    if (i < old.length && oldKept[i] === 0) add("removed", old[i++], "");
    else if (j < now.length && nowKept[j] === 0) add("added", "", now[j++]);
    else add("same", old[i++], now[j++]);
  }
  return pieces;
}

/** Words and marks; white space belongs to the word before it. */
const cut = (text: string) => text.match(/[\p{L}\p{N}\p{M}]+\s*|[^\p{L}\p{N}\p{M}\s]\s*|\s+/gu) ?? [];

/** Which words of each list belong to the longest common subsequence, without those shared by accident; null for too many. */
function commonWords(a: readonly string[], b: readonly string[]): [Uint8Array, Uint8Array] | null {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0; // as many at the end are alike
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [rows, columns] = [a.length - start - end, b.length - start - end];
  if (rows * columns > MOST_PAIRS) return null;
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width); // [i][j]: of a from start + i and b from start + j
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] =
        a[start + i] === b[start + j] ? lengths[at + width + 1] + 1 : Math.max(lengths[at + width], lengths[at + 1]);
    }
  }
  const kept: [Uint8Array, Uint8Array] = [new Uint8Array(a.length), new Uint8Array(b.length)];
  const keep = (i: number, j: number, length: number) => {
    kept[0].fill(1, i, i + length);
    kept[1].fill(1, j, j + length);
  };
  keep(0, 0, start);
  keep(a.length - end, b.length - end, end);
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (a[start + i] !== b[start + j]) {
      if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i++;
      else j++;
      continue;
    }
    let length = 0;
    while (i + length < rows && j + length < columns && a[start + i + length] === b[start + j + length]) length++;
    const isAtEdge = i === 0 || j === 0 || i + length === rows || j + length === columns;
    if (isAtEdge || isTelling(a, start + i, length)) keep(start + i, start + j, length);
    i += length;
    j += length;
  }
  return kept;
}

/** A lone short word amid differences is shared by accident: to mark around it would only tear the text. */
function isTelling(words: readonly string[], at: number, length: number): boolean {
  return length > 1 || words[at].length > 4;
}
