/**
 * Training a byte-level BPE tokenizer of the Llama 3 form. Deterministic: the most frequent pair is merged, and of equal
 * ones the pair with the smaller ids, so that the merges are those of the `tokenizers` library's BpeTrainer.
 */
import { UserError } from "../errors.ts";
import { BYTE_CHARACTERS, utf8Bytes } from "./bytes.ts";
import { popHeap, pushHeap } from "./heap.ts";
import { type BpeModel, openPreTokenizer } from "./library.ts";

/** The split pattern of Llama 3, as it stands in its tokenizer.json. */
const LLAMA3_SPLIT_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The special tokens of Llama 3 that the chat template and the trainer use, in the order of their ids. */
export const LLAMA3_SPECIAL_TOKENS = [
  "<|begin_of_text|>",
  "<|end_of_text|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eom_id|>",
  "<|eot_id|>",
  "<|finetune_right_pad_id|>",
] as const;

/** The pre-tokenizer of Llama 3 before its byte level, as a tokenizer.json writes it. */
export const LLAMA3_SPLIT = {
  type: "Split",
  pattern: { Regex: LLAMA3_SPLIT_PATTERN },
  behavior: "Isolated",
  invert: false,
};

/** The pre-tokenizer of Qwen2 and Qwen3 before its byte level: as Llama 3's, but digits stand alone. */
export const QWEN2_SPLIT = {
  ...LLAMA3_SPLIT,
  pattern: { Regex: LLAMA3_SPLIT_PATTERN.replace("\\p{N}{1,3}", "\\p{N}") },
};

/** A whole tokenizer.json as `trainBpe` writes it. */
export interface TrainedTokenizer {
  readonly version: "1.0";
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: { id: number; content: string; special: true; [flag: string]: unknown }[];
  readonly normalizer: null;
  readonly pre_tokenizer: unknown;
  readonly post_processor: unknown;
  readonly decoder: unknown;
  readonly model: BpeModel;
}

/**
 * A tokenizer.json learnt from `texts`: the 256 bytes first (ids 0–255), then merged tokens, then `specialTokens`;
 * `vocabularySize` counts all three. Throws UserError where the texts are too small for that many tokens.
 */
export function trainBpe(options: {
  texts: Iterable<string>;
  vocabularySize: number;
  specialTokens?: readonly string[];
}): TrainedTokenizer {
  const { texts, vocabularySize, specialTokens = LLAMA3_SPECIAL_TOKENS } = options;
  const tokens = [...BYTE_CHARACTERS].sort();
  const mergesWanted = vocabularySize - tokens.length - specialTokens.length;
  if (mergesWanted < 0) {
    throw new UserError(
      `A vocabulary of ${vocabularySize} is too small: 256 bytes and ${specialTokens.length} special tokens come first.`,
    );
  }
  const merges = learnMerges(countWords(texts), tokens, tokens.length + mergesWanted);
  if (tokens.length < vocabularySize - specialTokens.length) {
    throw new UserError(
      `The texts hold only ${tokens.length} different tokens; ${vocabularySize - specialTokens.length} were asked for. Give more text or a smaller vocabulary.`,
    );
  }
  return tokenizerJson(tokens, merges, specialTokens);
}

/** How often each word stands in `texts`, in order of first appearance. */
function countWords(texts: Iterable<string>): Map<string, number> {
  const split = openPreTokenizer(LLAMA3_SPLIT, "the split of Llama 3");
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of split(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** A pair that may be merged, with its count when it was put on the heap. */
interface Candidate {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

const PAIR = 2 ** 24; // pairs are keyed left * PAIR + right

/** Merges until `tokens` (appended to in place) has `size` entries or no pair is left. */
function learnMerges(wordCounts: ReadonlyMap<string, number>, tokens: string[], size: number): [string, string][] {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const byteIds = BYTE_CHARACTERS.map((character) => idOf.get(character)!);
  const words = Array.from(wordCounts.keys(), (word) => Array.from(utf8Bytes(word), (byte) => byteIds[byte]));
  const repeats = [...wordCounts.values()];

  const counts = new Map<number, number>(); //        pair → occurrences
  const places = new Map<number, Set<number>>(); //   pair → words that hold or held it
  const heap: Candidate[] = [];
  const touched = new Set<number>();

  const change = (left: number, right: number, by: number, word: number) => {
    const pair = left * PAIR + right;
    counts.set(pair, (counts.get(pair) ?? 0) + by);
    if (by < 0) return;
    const set = places.get(pair);
    if (set) set.add(word);
    else places.set(pair, new Set([word]));
    touched.add(pair);
  };
  const offerTouched = () => {
    for (const pair of touched) {
      const count = counts.get(pair)!;
      if (count > 0) pushHeap(heap, { left: Math.floor(pair / PAIR), right: pair % PAIR, count }, isBefore);
    }
    touched.clear();
  };

  words.forEach((ids, word) => {
    for (let i = 0; i + 1 < ids.length; i++) change(ids[i], ids[i + 1], repeats[word], word);
  });
  offerTouched();

  const merges: [string, string][] = [];
  while (tokens.length < size && heap.length > 0) {
    const { left, right, count } = popHeap(heap, isBefore)!;
    const pair = left * PAIR + right;
    const current = counts.get(pair)!;
    if (current !== count) {
      if (current > 0 && current < count) pushHeap(heap, { left, right, count: current }, isBefore);
      continue; // counted again since; a higher count stands elsewhere on the heap
    }
    const text = tokens[left] + tokens[right];
    let merged = idOf.get(text);
    if (merged === undefined) {
      merged = tokens.length;
      tokens.push(text);
      idOf.set(text, merged);
    }
    merges.push([tokens[left], tokens[right]]);
    for (const word of places.get(pair)!) mergeIn(words[word], left, right, merged, repeats[word], word, change);
    places.delete(pair);
    counts.set(pair, 0);
    offerTouched();
  }
  return merges;
}

/** Replaces each `left right` of one word by `merged`, left to right, reporting the pairs that come and go. */
function mergeIn(
  ids: number[],
  left: number,
  right: number,
  merged: number,
  repeats: number,
  word: number,
  change: (left: number, right: number, by: number, word: number) => void,
): void {
  let write = 0;
  for (let read = 0; read < ids.length; read++, write++) {
    if (ids[read] !== left || read + 1 >= ids.length || ids[read + 1] !== right) {
      ids[write] = ids[read];
      continue;
    }
    if (write > 0) {
      change(ids[write - 1], left, -repeats, word);
      change(ids[write - 1], merged, repeats, word);
    }
    read++;
    if (read + 1 < ids.length) {
      change(right, ids[read + 1], -repeats, word);
      change(merged, ids[read + 1], repeats, word);
    }
    ids[write] = merged;
  }
  ids.length = write;
}

/** Higher counts first; of equal counts the smaller left id, then the smaller right id. */
function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** The file in the layout of Llama 3's. `ignore_merges` is set as there: llama.cpp assumes it for this pre-tokenizer. */
function tokenizerJson(
  tokens: readonly string[],
  merges: [string, string][],
  specialTokens: readonly string[],
): TrainedTokenizer {
  const bos = { content: specialTokens[0], id: tokens.length };
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  const bosPart = { SpecialToken: { id: bos.content, type_id: 0 } };
  const sequence = (id: string, type: number) => ({ Sequence: { id, type_id: type } });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, i) => ({
      id: tokens.length + i,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [LLAMA3_SPLIT, byteLevel],
    },
    post_processor: bos.content
      ? {
          type: "TemplateProcessing",
          single: [bosPart, sequence("A", 0)],
          pair: [bosPart, sequence("A", 0), bosPart, sequence("B", 1)],
          special_tokens: { [bos.content]: { id: bos.content, ids: [bos.id], tokens: [bos.content] } },
        }
      : null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    } as BpeModel,
  };
}
