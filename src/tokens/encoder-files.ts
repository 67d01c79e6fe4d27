/** The files of an encoder's tokenizer: tokenizer.json, or the older forms, which are brought into the same shape. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, UserError } from "../errors.ts";
import type { EncoderTokenizerJson } from "./encoder-tokenizer.ts";
import type { AddedTokenJson } from "./library.ts";
import { parseSentencePiece } from "./sentencepiece.ts";

/** The tokenizer of a folder, parsed. */
export interface EncoderTokenizerFiles {
  readonly json: EncoderTokenizerJson;
  readonly config: EncoderTokenizerConfig;
  /** The file that the vocabulary came from, for messages. */
  readonly path: string;
}

/** What tokenizer_config.json and special_tokens_map.json hold, as far as it is read here; tokens by their text. */
export interface EncoderTokenizerConfig {
  readonly model_max_length?: number;
  readonly do_lower_case?: boolean;
  readonly strip_accents?: boolean | null;
  readonly tokenize_chinese_chars?: boolean;
  readonly add_prefix_space?: boolean;
  readonly split_by_punct?: boolean;
  readonly cls_token?: string;
  readonly sep_token?: string;
  readonly pad_token?: string;
  readonly unk_token?: string;
  readonly mask_token?: string;
}

const TOKEN_KEYS = ["cls_token", "sep_token", "pad_token", "unk_token", "mask_token"] as const;

/** Reads what is there of tokenizer.json, vocab.txt, vocab.json + merges.txt and spm.model, in this order. Throws UserError where there is none. */
export async function readEncoderTokenizerFiles(folder: string): Promise<EncoderTokenizerFiles> {
  const config = await readConfig(folder);
  const whole = join(folder, "tokenizer.json");
  const json = await readJson(whole);
  if (json !== undefined) return { json: json as EncoderTokenizerJson, config, path: whole };

  const wordPieces = join(folder, "vocab.txt");
  const lines = await readOptional(wordPieces);
  if (lines !== undefined) return { json: fromWordPieces(lines.toString("utf8"), config), config, path: wordPieces };

  const vocabulary = join(folder, "vocab.json");
  const vocab = await readJson(vocabulary);
  const merges = await readOptional(join(folder, "merges.txt"));
  if (vocab !== undefined && merges !== undefined)
    return {
      json: fromMerges(vocab as Record<string, number>, merges.toString("utf8"), config),
      config,
      path: vocabulary,
    };

  const sentencePieces = join(folder, "spm.model");
  const bytes = await readOptional(sentencePieces);
  if (bytes !== undefined)
    return { json: parseSentencePiece(bytes, config, sentencePieces), config, path: sentencePieces };
  throw new UserError(
    `${folder} holds no tokenizer: neither tokenizer.json nor vocab.txt, vocab.json with merges.txt, or spm.model. An encoder folder needs the tokenizer of its model.`,
  );
}

/** A vocabulary of one token a line, as BERT's. */
function fromWordPieces(text: string, config: EncoderTokenizerConfig): EncoderTokenizerJson {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  const vocab = Object.fromEntries(lines.map((token, id) => [token, id]));
  const unknown = config.unk_token ?? "[UNK]";
  return {
    added_tokens: specialTokens(vocab, config, {
      cls: "[CLS]",
      sep: "[SEP]",
      pad: "[PAD]",
      unk: unknown,
      mask: "[MASK]",
    }),
    normalizer: {
      type: "BertNormalizer",
      lowercase: config.do_lower_case ?? true,
      strip_accents: config.strip_accents ?? null,
      handle_chinese_chars: config.tokenize_chinese_chars ?? true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: { type: "WordPiece", vocab, unk_token: unknown },
  };
}

/** GPT-2's pair of files, as RoBERTa and DeBERTa ship it; the two differ in their special tokens. */
function fromMerges(
  vocab: Record<string, number>,
  merges: string,
  config: EncoderTokenizerConfig,
): EncoderTokenizerJson {
  const rules = merges.split("\n").filter((line) => line !== "" && !line.startsWith("#version"));
  const bert = vocab["[CLS]"] !== undefined && vocab["<s>"] === undefined;
  const names = bert
    ? { cls: "[CLS]", sep: "[SEP]", pad: "[PAD]", unk: "[UNK]", mask: "[MASK]" }
    : { cls: "<s>", sep: "</s>", pad: "<pad>", unk: "<unk>", mask: "<mask>" };
  const [cls, sep] = [config.cls_token ?? names.cls, config.sep_token ?? names.sep];
  return {
    added_tokens: specialTokens(vocab, config, names).map((token) =>
      token.content === (config.mask_token ?? names.mask) ? { ...token, lstrip: true } : token,
    ),
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: config.add_prefix_space ?? false, use_regex: true },
    post_processor: { type: "BertProcessing", cls: [cls, vocab[cls]], sep: [sep, vocab[sep]] },
    model: { type: "BPE", vocab, merges: rules },
  };
}

function specialTokens(
  vocab: Record<string, number>,
  config: EncoderTokenizerConfig,
  names: Record<"cls" | "sep" | "pad" | "unk" | "mask", string>,
): AddedTokenJson[] {
  const contents = TOKEN_KEYS.map((key) => config[key] ?? names[key.replace("_token", "") as keyof typeof names]);
  return [...new Set(contents)].flatMap((content) =>
    vocab[content] === undefined ? [] : [{ id: vocab[content], content, special: true, normalized: false }],
  );
}

async function readConfig(folder: string): Promise<EncoderTokenizerConfig> {
  const config = (await readJson(join(folder, "tokenizer_config.json"))) ?? {};
  const map = (await readJson(join(folder, "special_tokens_map.json"))) ?? {};
  const both = { ...(map as object), ...(config as object) } as Record<string, unknown>;
  for (const key of TOKEN_KEYS) {
    const token = both[key] as string | { content: string } | null | undefined;
    both[key] = token === null || token === undefined ? undefined : typeof token === "string" ? token : token.content;
  }
  return both as EncoderTokenizerConfig;
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new UserError(`${path} cannot be read (${error.code}).`);
  });
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readOptional(path);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new FormatError({ path, where: "the whole file", expected: "JSON", got: (error as Error).message });
  }
}
