/**
 * The tokenizer of an encoder folder (BERT and its family): a text becomes ids between a start and an end token. Read from
 * tokenizer.json (WordPiece, byte-level BPE or Unigram), or from the older vocab.txt, vocab.json with merges.txt, or spm.model.
 * Unlike the tokenizer of the reply model, added tokens such as `[SEP]` in a text are found, because bert_score finds them.
 */
import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";
import { type EncoderTokenizerFiles, readEncoderTokenizerFiles } from "./encoder-files.ts";
import {
  type AddedTokenJson,
  type BpeModel,
  checkBpe,
  openPipeline,
  type UnigramModel,
  type WordPieceModel,
} from "./library.ts";
import { trim } from "./whitespace.ts";

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
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly post_processor?: unknown;
  readonly model: WordPieceModel | UnigramModel | (BpeModel & { type: "BPE" });
}

/** Larger limits in tokenizer_config.json mean "no limit": transformers writes 10³⁰. */
const NO_LIMIT_ABOVE = 1e9;

/** Of a text that is cut to some tokens, no more than this many characters for each is read: one word of a megabyte would take half a minute. */
const CHARACTERS_PER_TOKEN = 100;

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
function createEncoderTokenizer(
  files: EncoderTokenizerFiles,
  { prefixSpace = false }: { prefixSpace?: boolean } = {},
): EncoderTokenizer {
  const { json, config, path } = files;
  const added = json.added_tokens ?? [];
  const { model, tokens } = checkModel(json, path);
  const prefix = { type: "Metaspace", replacement: " ", prepend_scheme: "always", split: false };
  const pre_tokenizer = prefixSpace
    ? { type: "Sequence", pretokenizers: [prefix, json.pre_tokenizer] }
    : json.pre_tokenizer;
  const encodeAll = openPipeline({ normalizer: json.normalizer, pre_tokenizer, model }, added, path);
  const findId = (token: string) => added.find(({ content }) => content === token)?.id ?? tokens.get(token);
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
      const readable = stripped.slice(0, CHARACTERS_PER_TOKEN * maxTokens);
      const inner = encodeAll(readable);
      const isCut = readable.length < stripped.length || inner.length + 2 > maxTokens;
      return { ids: [startId, ...inner.slice(0, maxTokens - 2), endId], isCut };
    },
    startId,
    endId,
    maxTokens: typeof limit === "number" && limit < NO_LIMIT_ABOVE ? limit : null,
    vocabularySize: Math.max(tokens.size, ...added.map(({ id }) => id + 1)),
    fingerprint: createHash("sha256")
      .update(
        JSON.stringify([json.added_tokens, json.normalizer, json.pre_tokenizer, json.model, start, end, prefixSpace]),
      )
      .digest("hex"),
  };
}

/** The model as the library reads it, and its vocabulary. Throws UserError for a kind that is not supported. */
function checkModel({ model }: EncoderTokenizerJson, path: string): { model: unknown; tokens: Map<string, number> } {
  switch (model?.type) {
    case "WordPiece": {
      const unknown = model.unk_token ?? "[UNK]";
      if (model.vocab[unknown] === undefined)
        throw new UserError(`${path}: the vocabulary lacks the unknown token ${JSON.stringify(unknown)}.`);
      const complete = { continuing_subword_prefix: "##", ...model, unk_token: unknown };
      return { model: complete, tokens: new Map(Object.entries(model.vocab)) };
    }
    case "Unigram":
      if (model.byte_fallback) throw new UserError(`${path}: Unigram with byte_fallback is not supported.`);
      if (model.unk_id === null || model.vocab[model.unk_id] === undefined)
        throw new UserError(`${path}: the Unigram model has no unknown token (unk_id ${model.unk_id}).`);
      return { model, tokens: new Map(model.vocab.map(([piece], id) => [piece, id])) };
    case "BPE":
      checkBpe(model, path);
      return { model, tokens: new Map(Object.entries(model.vocab)) };
    default: {
      const kind = JSON.stringify((model as { type?: string } | undefined)?.type ?? null);
      throw new UserError(
        `${path}: the tokenizer model is ${kind}; encoders with WordPiece, byte-level BPE and Unigram are supported.`,
      );
    }
  }
}

/** The tokens around a text: those of the post-processor, else the cls_token and sep_token of the configuration. */
function frameTokens(postProcessor: unknown, config: EncoderTokenizerFiles["config"]): { start: string; end: string } {
  const json = postProcessor as {
    type?: string;
    cls?: [string, number];
    sep?: [string, number];
    single?: { SpecialToken?: { id: string }; Sequence?: unknown }[];
  } | null;
  if (json?.cls && json.sep) return { start: json.cls[0], end: json.sep[0] };
  const single = json?.single ?? [];
  const [first, middle, last] = single;
  if (single.length === 3 && first.SpecialToken && middle.Sequence && last.SpecialToken)
    return { start: first.SpecialToken.id, end: last.SpecialToken.id };
  return { start: config.cls_token ?? "[CLS]", end: config.sep_token ?? "[SEP]" };
}
