/** The words in which two texts differ (longest common subsequence of words), for display. */

/** A piece of a text: shared with the other one or not. Joined, the pieces are the text. */
export interface DiffPiece {
  readonly text: string;
  readonly shared: boolean;
}

/** Beyond so many pairs of words nobody reads the difference; it would only take time. */
const MOST_PAIRS = 4_000_000;

/** Both texts in pieces. Words are compared without regard to case; white space belongs to the word before it. */
export function diffWords(a: string, b: string): { a: DiffPiece[]; b: DiffPiece[] } {
  const [left, right] = [cutWords(a), cutWords(b)];
  if (left.length * right.length > MOST_PAIRS) {
    const shared = a === b;
    return { a: [{ text: a, shared }], b: [{ text: b, shared }] };
  }
  const kept = commonWords(left.map(key), right.map(key));
  return { a: join(left, kept.a), b: join(right, kept.b) };
}

const cutWords = (text: string) => text.match(/[\p{L}\p{N}\p{M}]+\s*|[^\p{L}\p{N}\p{M}\s]\s*|\s+/gu) ?? [];
const key = (word: string) => word.trim().toLowerCase();

/** Which words of each list belong to the longest common subsequence. */
function commonWords(a: readonly string[], b: readonly string[]): { a: Uint8Array; b: Uint8Array } {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width); // [i][j]: of a from i and b from j
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] = a[i] === b[j] ? lengths[at + width + 1] + 1 : Math.max(lengths[at + width], lengths[at + 1]);
    }
  }
  const kept = { a: new Uint8Array(a.length), b: new Uint8Array(b.length) };
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      const length = runLength(a.slice(i), b.slice(j));
      if (isTelling(a.slice(i, i + length), i === 0 || j === 0 || i + length === a.length || j + length === b.length)) {
        kept.a.fill(1, i, i + length);
        kept.b.fill(1, j, j + length);
      }
      i += length;
      j += length;
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i++;
    else j++;
  }
  return kept;
}

function runLength(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** A lone short word amid differences is shared by accident: to mark around it would only tear the text. */
function isTelling(run: readonly string[], atEdge: boolean): boolean {
  return atEdge || run.length > 1 || (run[0]?.length ?? 0) > 4;
}

function join(words: readonly string[], kept: Uint8Array): DiffPiece[] {
  const pieces: { text: string; shared: boolean }[] = [];
  words.forEach((text, i) => {
    const shared = kept[i] === 1;
    const last = pieces.at(-1);
    if (last?.shared === shared) last.text += text;
    else pieces.push({ text, shared });
  });
  return pieces;
}
