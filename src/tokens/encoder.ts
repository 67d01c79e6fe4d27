/** Byte-level BPE encoding: the merges of a tokenizer.json applied to one word at a time, with a cache of words. */
import { UserError } from "../errors.ts";
import { BYTE_CHARACTERS, bytesToCharacters, utf8Bytes } from "./bytes.ts";
import { popHeap, pushHeap } from "./heap.ts";
import type { Split } from "./split.ts";

/** The `model` of a tokenizer.json whose type is BPE; merges are pairs, or pairs joined by a space in older files. */
export interface BpeModel {
  type: string;
  vocab: Record<string, number>;
  merges: readonly (string | readonly [string, string])[];
  ignore_merges?: boolean;
}

/** Words beyond these bounds are encoded anew each time, so that memory stays constant whatever the text. */
const CACHED_WORDS = 200_000;
const CACHED_WORD_LENGTH = 48;

/** A byte that the vocabulary has no token for: it is left out, as the `tokenizers` library does (SmolLM2 lacks 21 control bytes). */
const ABSENT = -1;

/** An encoder of plain text for `model`. Throws UserError, naming `path`, where the model lacks merged tokens. */
export function createBpeEncoder(options: { model: BpeModel; split: Split; path: string }): (text: string) => number[] {
  const { model, split, path } = options;
  const vocabulary = new Map(Object.entries(model.vocab));
  const byteIds = BYTE_CHARACTERS.map((character) => vocabulary.get(character) ?? ABSENT);
  const merges = readMerges(model, vocabulary, path);
  const cache = new Map<string, readonly number[]>();

  function encodeWord(word: string): readonly number[] {
    const bytes = utf8Bytes(word);
    const whole = model.ignore_merges ? vocabulary.get(bytesToCharacters(bytes)) : undefined;
    if (whole !== undefined) return [whole];
    return mergeWord(
      Array.from(bytes, (byte) => byteIds[byte]).filter((id) => id !== ABSENT),
      merges,
    );
  }

  return function encode(text) {
    const ids: number[] = [];
    for (const word of split(text)) {
      let wordIds = cache.get(word);
      if (wordIds === undefined) {
        wordIds = encodeWord(word);
        if (word.length <= CACHED_WORD_LENGTH) {
          if (cache.size >= CACHED_WORDS) cache.clear();
          cache.set(word, wordIds);
        }
      }
      for (const id of wordIds) ids.push(id);
    }
    return ids;
  };
}

/** Merge rules by pair of ids. Rank 0 is applied first. */
interface Merges {
  readonly vocabularySize: number;
  readonly ranks: ReadonlyMap<number, number>; // left * vocabularySize + right → rank
  readonly results: Int32Array; //                rank → id of the merged token
}

function readMerges(model: BpeModel, vocabulary: ReadonlyMap<string, number>, path: string): Merges {
  let vocabularySize = 0;
  for (const id of vocabulary.values()) vocabularySize = Math.max(vocabularySize, id + 1);
  const ranks = new Map<number, number>();
  const results = new Int32Array(model.merges.length);
  model.merges.forEach((merge, rank) => {
    const [left, right] = typeof merge === "string" ? merge.split(" ") : merge;
    const key = requireToken(vocabulary, left, path) * vocabularySize + requireToken(vocabulary, right, path);
    if (!ranks.has(key)) ranks.set(key, rank);
    results[rank] = requireToken(vocabulary, left + right, path);
  });
  return { vocabularySize, ranks, results };
}

function requireToken(vocabulary: ReadonlyMap<string, number>, token: string, path: string): number {
  const id = vocabulary.get(token);
  if (id === undefined) {
    throw new UserError(`${path}: the vocabulary lacks ${JSON.stringify(token)}, but its merges need it.`);
  }
  return id;
}

const POSITIONS = 2 ** 26;

/**
 * Applies merges to one word: always the lowest rank, leftmost first. O(n log n) by a heap of candidates, because a mail
 * may hold one word of a million letters.
 */
function mergeWord(ids: number[], merges: Merges): number[] {
  const { vocabularySize, ranks, results } = merges;
  const next = ids.map((_, i) => i + 1); //     position of the right neighbour; ids.length at the end
  const previous = ids.map((_, i) => i - 1);
  const heap: number[] = []; //                 rank * POSITIONS + position of the left part

  const rankAt = (position: number) =>
    next[position] < ids.length ? ranks.get(ids[position] * vocabularySize + ids[next[position]]) : undefined;
  const offer = (position: number) => {
    const rank = rankAt(position);
    if (rank !== undefined) pushHeap(heap, rank * POSITIONS + position, ascending);
  };

  for (let i = 0; i + 1 < ids.length; i++) offer(i);
  while (heap.length > 0) {
    const candidate = popHeap(heap, ascending)!;
    const position = candidate % POSITIONS;
    const rank = (candidate - position) / POSITIONS;
    if (ids[position] < 0 || rankAt(position) !== rank) continue; // overtaken by another merge
    const right = next[position];
    ids[position] = results[rank];
    ids[right] = -1;
    next[position] = next[right];
    if (next[right] < ids.length) previous[next[right]] = position;
    if (previous[position] >= 0) offer(previous[position]);
    offer(position);
  }
  return ids.filter((id) => id >= 0);
}

const ascending = (a: number, b: number) => a < b;
