/** A17: how likely the references are to a model, in units that no tokenizer changes. */

/** Bits a byte of UTF-8: comparable between base, tuned and quantised models and between vocabularies. `nats` is Σ −ln p. */
export function bitsPerByte(nats: number, bytes: number): number {
  return nats / Math.LN2 / bytes;
}

/** A token of a reference, or its end, and what the model would have said in its place. */
export interface Top1Token {
  /** Its bytes; none for the end, which comes last. */
  readonly bytes: Uint8Array;
  /** Whether it is the likeliest token. */
  readonly isTop1: boolean;
  /** The bytes of the likeliest token; null where that ends the reply. */
  readonly likeliest: Uint8Array | null;
}

/** The longest continuation that ExactMatch looks at (Chen et al. 2019, arXiv:1906.00080). */
const LONGEST_MATCH = 15;

/**
 * For each word of a reference: how many words from there on, up to 15, the model would write by itself when it is given all before it; null
 * where no token begins with the word. One pass tells all: greedy decoding writes the reference's own tokens as long as each is the likeliest
 * after those before it.
 *
 * Words are what spaces part. A word is written when all its tokens are the likeliest (top 1) and it is known to be over: its last token holds a space
 * too, or what the model would write next begins with one or ends the reply. So "Friday" does not count where "Friday," would be written.
 * The same words in other tokens, or parted by other spaces, do not count, though greedy decoding may reach them: a lower bound.
 */
export function top1Words(tokens: readonly Top1Token[]): (number | null)[] {
  const starts = [0]; // of each token in bytes, and behind the last
  for (const { bytes } of tokens) starts.push(starts[starts.length - 1] + bytes.length);
  const words = placeWords(Buffer.concat(tokens.map(({ bytes }) => bytes)).toString("utf8"), starts);
  /** The first token from each on that is not the likeliest. */
  const failures = new Array<number>(tokens.length + 1).fill(tokens.length);
  for (let i = tokens.length - 1; i >= 0; i--) failures[i] = tokens[i].isTop1 ? failures[i + 1] : i;
  const isOver = ({ last, end }: Word) => starts[last + 1] > end || isBreak(tokens[last + 1]?.likeliest ?? null);

  return words.map(({ first }, k) => {
    if (first === null) return null;
    let count = 0;
    for (const word of words.slice(k, k + LONGEST_MATCH)) {
      if (word.last >= failures[first] || !isOver(word)) break;
      count++;
    }
    return count;
  });
}

/** A word by its tokens: null where the first token that holds some of it also holds some of the word before. */
interface Word {
  readonly first: number | null;
  readonly last: number;
  /** Where it ends, in bytes. */
  readonly end: number;
}

function placeWords(text: string, starts: readonly number[]): Word[] {
  const words: Word[] = [];
  let before = 0; // the end of the word before, in bytes
  let bytes = 0;
  let read = 0;
  let token = 0;
  for (const { index, 0: word } of text.matchAll(/\S+/g)) {
    const begin = bytes + Buffer.byteLength(text.slice(read, index));
    const end = begin + Buffer.byteLength(word);
    // The first token behind the word before: spaces that stand alone belong to the word that they lead to.
    while (starts[token] < before) token++;
    const first = starts[token] <= begin ? token : null;
    let last = Math.max(0, token - 1);
    while (starts[last + 1] < end) last++;
    words.push({ first, last, end });
    [before, bytes, read] = [end, end, index + word.length];
  }
  return words;
}

/** Whether a word ends before `bytes`: they begin with a space, or there are none because the reply ends. */
function isBreak(bytes: Uint8Array | null): boolean {
  return bytes === null || /^\s/.test(Buffer.from(bytes).toString("utf8"));
}

/**
 * Smart Compose's ExactMatch over texts cut before each word, from `top1Words`: for each N up to 15 words the share of continuations of at
 * least N words whose first N are isTop1 exactly (null where none is as long), and their mean weighted by how many continuations are that long.
 */
export function exactMatch(texts: readonly (readonly (number | null)[])[]): {
  byLength: (number | null)[];
  mean: number | null;
} {
  let hits = 0;
  let total = 0;
  const byLength: (number | null)[] = [];
  for (let n = 1; n <= LONGEST_MATCH; n++) {
    let right = 0;
    let long = 0;
    for (const words of texts) {
      for (const length of words.slice(0, Math.max(0, words.length - n + 1))) {
        if (length === null) continue;
        long++;
        if (length >= n) right++;
      }
    }
    hits += right;
    total += long;
    byLength.push(long === 0 ? null : right / long);
  }
  return { byLength, mean: total === 0 ? null : hits / total };
}
