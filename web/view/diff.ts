/** What a rewriting changed: a longest common subsequence of words. */

/** A piece of the two texts. Those that are not removed make the new one, those that are not added the old one. */
export interface Piece {
  readonly text: string;
  readonly kind: "same" | "added" | "removed";
}

/** ours: beyond so many pairs of words (1,000 by 1,000) nobody reads the difference; it would only take time. */
const MOST_PAIRS = 1_000_000;

/** From an old text to a new one, in reading order; null where they are too long to be compared. */
export function diffWords(before: string, after: string): Piece[] | null {
  const [old, now] = [cut(before), cut(after)];
  const isSame = (i: number, j: number) => old[i]?.trim() === now[j]?.trim();
  let start = 0;
  while (start < old.length && start < now.length && isSame(start, start)) start++;
  let [oldEnd, nowEnd] = [old.length, now.length];
  while (oldEnd > start && nowEnd > start && isSame(oldEnd - 1, nowEnd - 1)) {
    oldEnd--;
    nowEnd--;
  }
  const [rows, columns] = [oldEnd - start, nowEnd - start];
  if (rows * columns > MOST_PAIRS) return null;

  const width = columns + 1;
  const common = new Uint16Array((rows + 1) * width); // [i][j]: words in common from old i and new j on
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const at = i * width + j;
      common[at] = isSame(start + i, start + j)
        ? common[at + width + 1] + 1
        : Math.max(common[at + width], common[at + 1]);
    }
  }
  const pieces: { text: string; kind: Piece["kind"] }[] = [];
  const add = (text: string, kind: Piece["kind"]) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ text, kind });
  };
  for (let i = 0; i < start; i++) add(now[i], "same");
  for (let i = 0, j = 0; i < rows || j < columns; ) {
    if (i < rows && j < columns && isSame(start + i, start + j)) {
      add(now[start + j], "same");
      i++;
      j++;
    } else if (j >= columns || (i < rows && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      add(old[start + i++], "removed");
    } else add(now[start + j++], "added");
  }
  for (let i = nowEnd; i < now.length; i++) add(now[i], "same");
  return pieces;
}

/** Words and marks; white space belongs to the word before it. */
const cut = (text: string) => text.match(/[\p{L}\p{N}\p{M}]+\s*|[^\p{L}\p{N}\p{M}\s]\s*|\s+/gu) ?? [];
