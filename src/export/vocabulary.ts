/** The `tokenizer.*` keys of a GGUF: from a byte-level BPE tokenizer.json, or from a SentencePiece-style list of pieces. */
import { join } from "node:path";
import { FormatError, UserError } from "../errors.ts";
import { type GgufMetadata, type GgufValue, isObject, readJsonFile } from "../formats/index.ts";
import {
  LLAMA3_SPLIT,
  loadTokenizer,
  QWEN2_SPLIT,
  type Tokenizer,
  type TokenizerConfig,
  type TokenizerJson,
} from "../tokens/index.ts";

/** A SentencePiece-style vocabulary: pieces with "▁" for a space, their scores and llama.cpp's token types. */
export interface SentencePieceVocabulary {
  readonly tokens: readonly string[];
  readonly scores: readonly number[];
  readonly types: readonly number[];
  readonly bosId: number;
  readonly eosId: number;
}

/** `tokenizer.ggml.token_type` (llama.h, llama_token_type). */
const TOKEN_TYPES = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

/** The tokenizer keys of a model folder whose weights have `vocabularySize` rows. Throws UserError for a tokenizer that llama.cpp would read otherwise. */
export async function readBpeVocabulary(folder: string, vocabularySize: number): Promise<GgufMetadata> {
  const tokenizer = await loadTokenizer(folder);
  const path = join(folder, "tokenizer.json");
  const json = (await readJsonFile(path)) as TokenizerJson & { post_processor?: unknown }; // loadTokenizer has checked it
  const config = (await readJsonFile(join(folder, "tokenizer_config.json"))) as TokenizerConfig & {
    add_bos_token?: unknown;
  };
  if (tokenizer.vocabularySize > vocabularySize) {
    throw new UserError(
      `${path} has ${tokenizer.vocabularySize} tokens, but the weights have rows for ${vocabularySize} only. Tokenizer and weights do not belong together.`,
    );
  }
  const keys = new Map<string, GgufValue>([
    ["tokenizer.ggml.model", { type: "string", value: "gpt2" }],
    ["tokenizer.ggml.pre", { type: "string", value: preTokenizerName(json, path) }],
    ...tokenKeys(json, { tokenizer, vocabularySize, path }),
    ["tokenizer.ggml.merges", { type: "array", of: "string", value: joinMerges(json, path) }],
    ...specialKeys(tokenizer),
  ]);
  const addBos = typeof config.add_bos_token === "boolean" ? config.add_bos_token : startsWithBos(json, tokenizer);
  keys.set("tokenizer.ggml.add_bos_token", { type: "bool", value: addBos });
  if (tokenizer.chatTemplate !== "")
    keys.set("tokenizer.chat_template", { type: "string", value: tokenizer.chatTemplate });
  return keys;
}

/** The tokenizer keys of a SentencePiece-style vocabulary of `vocabularySize` pieces. */
export function sentencePieceKeys(vocabulary: SentencePieceVocabulary, vocabularySize: number): GgufMetadata {
  const { tokens, scores, types, bosId, eosId } = vocabulary;
  if (tokens.length !== vocabularySize || scores.length !== vocabularySize || types.length !== vocabularySize) {
    const got = `${tokens.length} pieces, ${scores.length} scores and ${types.length} types`;
    throw new UserError(`The vocabulary has ${got}, but the weights have rows for ${vocabularySize}.`);
  }
  return new Map<string, GgufValue>([
    ["tokenizer.ggml.model", { type: "string", value: "llama" }],
    ["tokenizer.ggml.pre", { type: "string", value: "default" }],
    ["tokenizer.ggml.tokens", { type: "array", of: "string", value: tokens }],
    ["tokenizer.ggml.scores", { type: "array", of: "f32", value: scores }],
    ["tokenizer.ggml.token_type", { type: "array", of: "i32", value: types }],
    ["tokenizer.ggml.bos_token_id", { type: "u32", value: bosId }],
    ["tokenizer.ggml.eos_token_id", { type: "u32", value: eosId }],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
  ]);
}

/**
 * llama.cpp's name for the pre-tokenizer. A wrong name gives other tokens than in training and nothing but worse replies
 * to show for it, so a tokenizer that is not exactly one of the known ones is refused.
 */
function preTokenizerName(json: TokenizerJson, path: string): string {
  const steps = listSteps(json.pre_tokenizer);
  const kinds = steps.map((step) => describeStep(step)).join(", ");
  const alike = PRE_TOKENIZERS.filter((known) => known.kinds === kinds);
  const normalizer = json.normalizer?.type ?? null;
  if (alike.length === 0) {
    throw new UserError(
      `${path}: the pre-tokenizer [${kinds}] is none that is exported to GGUF (${PRE_TOKENIZERS.map(({ name }) => name).join(", ")}).`,
    );
  }
  const normalized = alike.filter((known) => known.normalizer === normalizer);
  if (normalized.length === 0) {
    throw new UserError(
      `${path}: the normalizer ${JSON.stringify(normalizer)} has no counterpart in GGUF; "${alike[0].name}" is for a tokenizer with ${JSON.stringify(alike[0].normalizer)}.`,
    );
  }
  const wholeWordsFirst = json.model.ignore_merges === true; // "llama-bpe" looks a whole word up before it merges, the others never do
  const found = normalized.find((known) => known.wholeWordsFirst === wholeWordsFirst);
  if (found !== undefined) return found.name;
  throw new UserError(
    `${path}: model.ignore_merges is ${wholeWordsFirst}, but llama.cpp's "${alike[0].name}" works as if it were ${!wholeWordsFirst}; the exported model would see other tokens than in training.`,
  );
}

/** llama.cpp normalizes nothing: a text with other forms of a letter than NFC's is normalized by our `reply`, and not by other programs. */
const PRE_TOKENIZERS: readonly { kinds: string; name: string; wholeWordsFirst: boolean; normalizer: "NFC" | null }[] = [
  { kinds: "Split llama-bpe, ByteLevel", name: "llama-bpe", wholeWordsFirst: true, normalizer: null },
  { kinds: "Split llama-bpe, ByteLevel", name: "dbrx", wholeWordsFirst: false, normalizer: null },
  { kinds: "Split qwen2, ByteLevel", name: "qwen2", wholeWordsFirst: false, normalizer: "NFC" },
  { kinds: "ByteLevel with regex", name: "gpt-2", wholeWordsFirst: false, normalizer: null },
  { kinds: "Digits, ByteLevel with regex", name: "smollm", wholeWordsFirst: false, normalizer: null },
];

function listSteps(preTokenizer: unknown): unknown[] {
  if (isObject(preTokenizer) && Array.isArray(preTokenizer.pretokenizers)) return preTokenizer.pretokenizers;
  return [preTokenizer];
}

function describeStep(step: unknown): string {
  if (!isObject(step)) return String(step);
  const regex = isObject(step.pattern) ? step.pattern.Regex : undefined;
  if (step.type === "Split" && step.behavior === "Isolated" && !step.invert) {
    if (regex === LLAMA3_SPLIT.pattern.Regex) return "Split llama-bpe";
    if (regex === QWEN2_SPLIT.pattern.Regex) return "Split qwen2";
  }
  if (step.type === "Digits" && step.individual_digits === true) return "Digits";
  if (step.type === "ByteLevel" && !step.add_prefix_space)
    return step.use_regex === false ? "ByteLevel" : "ByteLevel with regex";
  return JSON.stringify(step);
}

/**
 * Token texts and types by id; rows of the weights beyond the tokenizer are unused tokens, as llama.cpp's converter names them. llama.cpp finds
 * user-defined tokens in any text, and control tokens in none: the former are ordinary added tokens, the latter the markers of a conversation.
 */
function tokenKeys(
  json: TokenizerJson,
  options: { tokenizer: Tokenizer; vocabularySize: number; path: string },
): [string, GgufValue][] {
  const { tokenizer, vocabularySize, path } = options;
  const markers = new Set(tokenizer.specialTokens.all);
  const tokens = Array.from({ length: vocabularySize }, (_, id) => `[PAD${id}]`);
  const types: number[] = new Array(vocabularySize).fill(TOKEN_TYPES.unused);
  for (const [token, id] of Object.entries(json.model.vocab)) {
    tokens[id] = token;
    types[id] = TOKEN_TYPES.normal;
  }
  for (const { id, content, lstrip, rstrip } of json.added_tokens ?? []) {
    const isMarker = markers.has(content);
    tokens[id] = content;
    types[id] = isMarker ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined;
    if (!isMarker && (lstrip || rstrip))
      throw new UserError(
        `${path}: the added token ${JSON.stringify(content)} takes in the spaces beside it (lstrip, rstrip); llama.cpp leaves them, so the exported model would see other tokens than in training.`,
      );
  }
  return [
    ["tokenizer.ggml.tokens", { type: "array", of: "string", value: tokens }],
    ["tokenizer.ggml.token_type", { type: "array", of: "i32", value: types }],
  ];
}

/** Merges as GGUF holds them, "left right"; newer tokenizer.json files hold pairs. */
function joinMerges(json: TokenizerJson, path: string): string[] {
  return json.model.merges.map((merge, i) => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    if (pair.length === 2 && pair.every((part) => part !== "" && !part.includes(" "))) return pair.join(" ");
    throw new FormatError({
      path,
      where: `merge ${i}`,
      expected: "two tokens without spaces",
      got: JSON.stringify(merge),
    });
  });
}

/** llama.cpp stops at all of eos, eot and eom; readers that know eos alone must stop where a turn ends, unless the template writes the base's eos_token. */
function specialKeys(tokenizer: Tokenizer): [string, GgufValue][] {
  const { bos, eos } = tokenizer.specialTokens;
  const idOf = (token: string | null) => (token === null ? undefined : tokenizer.specialId(token));
  const [end] = tokenizer.endIds;
  const writesEos = /\beos_token\b/.test(tokenizer.chatTemplate);
  const ids: [string, number | undefined][] = [
    ["bos", idOf(bos)],
    ["eos", writesEos ? (idOf(eos) ?? end) : (end ?? idOf(eos))],
    ["eot", end],
    ["eom", tokenizer.specialId("<|eom_id|>")],
  ];
  return ids.flatMap(([name, id]) =>
    id === undefined ? [] : [[`tokenizer.ggml.${name}_token_id`, { type: "u32", value: id }] as [string, GgufValue]],
  );
}

/** Whether tokenizer.json itself puts the begin token before a text (TemplateProcessing, perhaps inside a Sequence). */
function startsWithBos(json: { post_processor?: unknown }, { specialTokens }: Tokenizer): boolean {
  const top = json.post_processor;
  const steps = isObject(top) && Array.isArray(top.processors) ? top.processors : [top];
  return steps.some((step) => {
    const first: unknown =
      isObject(step) && step.type === "TemplateProcessing" && Array.isArray(step.single) ? step.single[0] : null;
    return isObject(first) && isObject(first.SpecialToken) && first.SpecialToken.id === specialTokens.bos;
  });
}
