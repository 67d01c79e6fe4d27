/**
 * The tokenizer of an encoder folder (BERT and its family): a text becomes ids between a start and an end token. Read from
 * tokenizer.json (WordPiece, byte-level BPE or Unigram), or from the older vocab.txt, vocab.json with merges.txt, or spm.model.
 * Unlike the tokenizer of the reply model, added tokens such as `[SEP]` in a text are found, because bert_score finds them.
 */
import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";
import { type AddedToken, createAddedTokenSplit } from "./added-tokens.ts";
import { type BpeModel, createBpeEncoder } from "./encoder.ts";
import { type EncoderTokenizerFiles, readEncoderTokenizerFiles } from "./encoder-files.ts";
import { buildEncoderNormalizer, buildEncoderPreTokenizer, type PreTokenize } from "./encoder-pipeline.ts";
import { buildSplit } from "./split.ts";
import { createUnigram, type UnigramModel } from "./unigram.ts";
import { trim } from "./whitespace.ts";
import { createWordPiece, type WordPieceModel } from "./wordpiece.ts";

/** Text to the ids an encoder takes. */
export interface EncoderTokenizer {
  /** `text` without the whitespace around it, between start and end token; cut to `maxTokens` in all. */
  encode(text: string, maxTokens: number): { readonly ids: number[]; readonly isCut: boolean };
  readonly startId: number; //      [CLS] or <s>
  readonly endId: number; //        [SEP] or </s>
  /** The longest sequence that tokenizer_config.json names; null where it names none. */
  readonly maxTokens: number | null;
  readonly vocabularySize: number;
  /** SHA-256 of what the ids depend on, in hex. */
  readonly fingerprint: string;
}

/** What an encoder's tokenizer.json holds, as far as it is read here. */
export interface EncoderTokenizerJson {
  readonly added_tokens?: readonly AddedToken[];
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly post_processor?: unknown;
  readonly model: WordPieceModel | UnigramModel | (BpeModel & { type: "BPE" });
}

/** Larger limits in tokenizer_config.json mean "no limit": transformers writes 10³⁰. */
const NO_LIMIT_ABOVE = 1e9;

/**
 * Reads the tokenizer of `folder`. `prefixSpace` puts a space before the first word, as bert_score does for RoBERTa.
 * Throws UserError for missing files, a kind that is not supported, or special tokens that the vocabulary lacks.
 */
export async function loadEncoderTokenizer(
  folder: string,
  options: { prefixSpace?: boolean } = {},
): Promise<EncoderTokenizer> {
  return createEncoderTokenizer(await readEncoderTokenizerFiles(folder), options);
}

/** A tokenizer from parsed files. */
export function createEncoderTokenizer(
  files: EncoderTokenizerFiles,
  { prefixSpace = false }: { prefixSpace?: boolean } = {},
): EncoderTokenizer {
  const { json, config, path } = files;
  const added = json.added_tokens ?? [];
  const { encodeWords, idOf, size } = buildModel(json, prefixSpace, path);
  const normalize = buildEncoderNormalizer(json.normalizer, path);
  const splitRaw = createAddedTokenSplit(added.filter(({ normalized }) => normalized !== true));
  const splitNormalized = createAddedTokenSplit(
    added
      .filter(({ normalized }) => normalized === true)
      .map((token) => ({ ...token, content: normalize(token.content) })),
  );
  const findId = (token: string) => added.find(({ content }) => content === token)?.id ?? idOf(token);
  const { start, end } = frameTokens(json.post_processor, config);
  const [startId, endId] = [start, end].map((token) => {
    const id = findId(token);
    if (id === undefined)
      throw new UserError(`${path}: the vocabulary lacks the special token ${JSON.stringify(token)}.`);
    return id;
  });
  const limit = config.model_max_length;

  return {
    encode(text, maxTokens) {
      const stripped = trim(text);
      const ids = [startId];
      let isFirst = true;
      for (const part of splitRaw(stripped)) {
        const inner = typeof part === "number" ? [part] : splitNormalized(normalize(part));
        for (const words of inner) {
          if (typeof words === "number") ids.push(words);
          else if (words !== "") encodeWords(words, isFirst, ids, maxTokens);
          isFirst = false;
        }
      }
      const isCut = ids.length + 1 > maxTokens;
      if (isCut) ids.length = maxTokens - 1;
      ids.push(endId);
      return { ids, isCut };
    },
    startId,
    endId,
    maxTokens: typeof limit === "number" && limit < NO_LIMIT_ABOVE ? limit : null,
    vocabularySize: Math.max(size, ...added.map(({ id }) => id + 1)),
    fingerprint: createHash("sha256")
      .update(
        JSON.stringify([json.added_tokens, json.normalizer, json.pre_tokenizer, json.model, start, end, prefixSpace]),
      )
      .digest("hex"),
  };
}

/** Appends the ids of `text` to `ids`; may stop when there are more than `enough`. */
type EncodeWords = (text: string, isFirst: boolean, ids: number[], enough: number) => void;

/** The model of a tokenizer.json with its pre-tokenizer. */
function buildModel(json: EncoderTokenizerJson, prefixSpace: boolean, path: string) {
  const { model } = json;
  switch (model?.type) {
    case "WordPiece": {
      const cut = createWordPiece(model, path);
      const split = buildEncoderPreTokenizer(json.pre_tokenizer, path);
      return {
        encodeWords: joinWords(split, cut),
        idOf: (token: string) => model.vocab[token],
        size: Object.keys(model.vocab).length,
      };
    }
    case "Unigram": {
      const cut = createUnigram(model, path);
      const split = buildEncoderPreTokenizer(json.pre_tokenizer, path);
      const ids = new Map(model.vocab.map(([piece], id) => [piece, id]));
      return { encodeWords: joinWords(split, cut), idOf: (token: string) => ids.get(token), size: model.vocab.length };
    }
    case "BPE": {
      const { preTokenizer, prefixes } = withoutPrefixSpace(json.pre_tokenizer);
      const encode = createBpeEncoder({ model, split: buildSplit(preTokenizer, path), path });
      const encodeWords: EncodeWords = (text, _, ids) => {
        for (const id of encode((prefixes || prefixSpace) && !text.startsWith(" ") ? ` ${text}` : text)) ids.push(id);
      };
      return { encodeWords, idOf: (token: string) => model.vocab[token], size: Object.keys(model.vocab).length };
    }
    default: {
      const kind = JSON.stringify((model as { type?: string } | undefined)?.type ?? null);
      throw new UserError(
        `${path}: the tokenizer model is ${kind}; encoders with WordPiece, byte-level BPE and Unigram are supported.`,
      );
    }
  }
}

function joinWords(split: PreTokenize, cut: (word: string) => readonly number[]): EncodeWords {
  return (text, isFirst, ids, enough) => {
    for (const word of split(text, isFirst)) {
      if (ids.length > enough) return;
      for (const id of cut(word)) ids.push(id);
    }
  };
}

/** A byte-level pre-tokenizer that puts no space before a text, and whether the given one would. */
function withoutPrefixSpace(preTokenizer: unknown): { preTokenizer: unknown; prefixes: boolean } {
  const json = preTokenizer as { type?: string; add_prefix_space?: boolean; pretokenizers?: unknown[] } | null;
  if (json?.type === "ByteLevel")
    return { preTokenizer: { ...json, add_prefix_space: false }, prefixes: json.add_prefix_space === true };
  if (json?.type !== "Sequence") return { preTokenizer, prefixes: false };
  const parts = (json.pretokenizers ?? []).map(withoutPrefixSpace);
  return {
    preTokenizer: { ...json, pretokenizers: parts.map((part) => part.preTokenizer) },
    prefixes: parts.some(({ prefixes }) => prefixes),
  };
}

/** The tokens around a text: those of the post-processor, else the cls_token and sep_token of the configuration. */
function frameTokens(postProcessor: unknown, config: EncoderTokenizerFiles["config"]): { start: string; end: string } {
  const json = postProcessor as {
    type?: string;
    cls?: [string, number];
    sep?: [string, number];
    single?: { SpecialToken?: { id: string }; Sequence?: unknown }[];
  } | null; // biome-ignore format: one shape
  if (json?.cls && json.sep) return { start: json.cls[0], end: json.sep[0] };
  const single = json?.single ?? [];
  const [first, middle, last] = single;
  if (single.length === 3 && first.SpecialToken && middle.Sequence && last.SpecialToken)
    return { start: first.SpecialToken.id, end: last.SpecialToken.id };
  return { start: config.cls_token ?? "[CLS]", end: config.sep_token ?? "[SEP]" };
}
