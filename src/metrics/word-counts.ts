/**
 * Texts as counted words. A word is a run of letters and digits in lower case, `text.toLowerCase().match(/[\p{L}\p{N}]+/gu)`; words are
 * numbered as they are first seen. The text is read once, character by character, and no string is made of a word.
 */

/** The distinct words of one text, in the order in which they first stand in it. Overwritten by the next call. */
export interface CountedWords {
  length: number;
  readonly words: Int32Array;
  readonly counts: Int32Array;
}

/** Counts words, each by its number. */
export interface WordCounter {
  /** How many different words were seen. */
  size(): number;
  /** The words of a text, numbering those that are new. */
  learn(text: string): CountedWords;
  /** The words of a text that have a number; others are left out. */
  look(text: string): CountedWords;
}

const ABSENT = -1;

/** A counter that has seen no word. */
export function createWordCounter(): WordCounter {
  let size = 0;
  let spelling = new Uint16Array(1 << 12); // all words, one after another
  let starts = new Int32Array(1 << 10); //    of each word in `spelling`, and where the last one ends
  let hashes = new Int32Array(1 << 10);
  let slots = new Int32Array(1 << 11).fill(ABSENT); // hash → word, at most half full
  let places = new Int32Array(1 << 10).fill(ABSENT); // of each word in the text at hand
  let found = { length: 0, words: new Int32Array(1 << 8), counts: new Int32Array(1 << 8) };
  let bytes = Buffer.alloc(1 << 12);
  let units = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2); // the text at hand

  function count(text: string, isLearning: boolean): CountedWords {
    for (let i = 0; i < found.length; i++) places[found.words[i]] = ABSENT;
    found.length = 0;
    const lower = text.toLowerCase();
    if (2 * lower.length > bytes.length) {
      bytes = Buffer.alloc(4 * lower.length);
      units = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    }
    bytes.write(lower, "utf16le");
    const end = lower.length;
    for (let at = 0; at < end; ) {
      let width = wordWidth(units, at, end);
      if (width === 0) {
        at++;
        continue;
      }
      const start = at;
      let hash = 0;
      for (; width > 0; width = at < end ? wordWidth(units, at, end) : 0) {
        hash = Math.imul(hash ^ units[at], 0x01000193);
        if (width === 2) hash = Math.imul(hash ^ units[at + 1], 0x01000193);
        at += width;
      }
      add(start, at, hash, isLearning);
    }
    return found;
  }

  function add(start: number, end: number, hash: number, isLearning: boolean): void {
    const word = find(start, end, hash, isLearning);
    if (word === ABSENT) return;
    const place = places[word];
    if (place !== ABSENT) {
      found.counts[place]++;
      return;
    }
    if (found.length === found.words.length)
      found = { ...found, words: larger(found.words), counts: larger(found.counts) };
    places[word] = found.length;
    found.words[found.length] = word;
    found.counts[found.length++] = 1;
  }

  function find(start: number, end: number, hash: number, isLearning: boolean): number {
    const mask = slots.length - 1;
    let slot = slotOf(hash, mask);
    for (let word = slots[slot]; word !== ABSENT; word = slots[slot]) {
      if (hashes[word] === hash && isSpelt(word, start, end)) return word;
      slot = (slot + 1) & mask;
    }
    if (!isLearning) return ABSENT;
    slots[slot] = size;
    hashes[size] = hash;
    const from = starts[size];
    while (from + end - start > spelling.length) spelling = largerUnits(spelling);
    spelling.set(units.subarray(start, end), from);
    size++;
    if (size + 1 >= starts.length) grow();
    starts[size] = from + end - start;
    return size - 1;
  }

  function isSpelt(word: number, start: number, end: number): boolean {
    const from = starts[word];
    if (starts[word + 1] - from !== end - start) return false;
    for (let i = start; i < end; i++) if (spelling[from + i - start] !== units[i]) return false;
    return true;
  }

  function grow(): void {
    starts = larger(starts);
    hashes = larger(hashes);
    const known = places.length;
    places = larger(places).fill(ABSENT, known);
    slots = new Int32Array(2 * slots.length).fill(ABSENT);
    const mask = slots.length - 1;
    for (let word = 0; word < size; word++) {
      let slot = slotOf(hashes[word], mask);
      while (slots[slot] !== ABSENT) slot = (slot + 1) & mask;
      slots[slot] = word;
    }
  }

  return {
    size: () => size,
    learn: (text) => count(text, true),
    look: (text) => count(text, false),
  };
}

const slotOf = (hash: number, mask: number) => (hash ^ (hash >>> 15)) & mask;

/** A copy with room for twice as many. */
export function larger(list: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(2 * list.length);
  copy.set(list);
  return copy;
}

function largerUnits(list: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const copy = new Uint16Array(2 * list.length);
  copy.set(list);
  return copy;
}

/** How many code units the letter or digit at `at` takes; 0 where there is none. */
function wordWidth(units: Uint16Array, at: number, end: number): number {
  const unit = units[at];
  const kind = UNIT_KINDS[unit];
  if (kind !== 0) return kind - 1;
  if (unit < 0xd800 || unit >= 0xe000) {
    UNIT_KINDS[unit] = WORD_CHARACTER.test(String.fromCharCode(unit)) ? 2 : 1;
    return UNIT_KINDS[unit] - 1;
  }
  return at + 1 < end && WORD_CHARACTER.test(String.fromCharCode(unit, units[at + 1])) ? 2 : 0;
}

const WORD_CHARACTER = /[\p{L}\p{N}]/u;
/** For each code unit that is no surrogate: 0 not asked yet, 1 no, 2 a letter or digit. */
const UNIT_KINDS = new Uint8Array(1 << 16);
