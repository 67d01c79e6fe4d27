/** The tokenizer of a GGUF as the files of a model folder, from its metadata (ggml docs/gguf.md, "Tokenizer"). Runs in a browser too. */
import { UserError } from "../errors.ts";
import type { GgufMetadata } from "../formats/codecs.ts";
import { LLAMA3_SPLIT, QWEN2_SPLIT } from "./bpe.ts";

/** GPT-2's pre-tokenizer as a tokenizer.json writes it. */
const GPT2_BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

/** `tokenizer.ggml.token_type` (llama.h, llama_token_type). */
const TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5 } as const;

/** The content of each file by its name. `path` is for messages only. */
export function ggufTokenizerFiles(path: string, metadata: GgufMetadata): Record<string, Record<string, unknown>> {
  const kind = metadata.get("tokenizer.ggml.model")?.value;
  if (kind !== "gpt2") {
    throw new UserError(
      `${path}: the tokenizer is ${JSON.stringify(kind ?? null)}; only byte-level BPE ("gpt2", as in Llama 3 and SmolLM2) can be trained with.`,
    );
  }
  const list = <T>(key: string) => (metadata.get(key)?.value ?? []) as readonly T[]; // a wrong type fails in createTokenizer
  const tokens = list<string>("tokenizer.ggml.tokens");
  const types = list<number>("tokenizer.ggml.token_type");
  const named = (name: string) => metadata.get(`tokenizer.ggml.${name}_token_id`)?.value;
  const ids = ["eos", "eot", "eom"].map(named).filter((id) => typeof id === "number");
  const textOf = (name: string) => tokens[Number(named(name) ?? -1)] ?? null;
  const isSpecial = (type: number) => type === TYPES.control || type === TYPES.unknown;
  const added = tokens.flatMap((content, id) =>
    isSpecial(types[id]) || types[id] === TYPES.userDefined
      ? [{ id, content, ...PLAIN_ADDED_TOKEN, special: isSpecial(types[id]) }]
      : [],
  );
  const vocabulary = tokens.flatMap((token, id) =>
    types[id] === TYPES.unused || types[id] === TYPES.userDefined ? [] : [[token, id] as const],
  );
  const { ignoreMerges, ...steps } = preTokenizer(path, metadata.get("tokenizer.ggml.pre")?.value);
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      ...steps,
      post_processor: null,
      decoder: GPT2_BYTE_LEVEL,
      model: {
        type: "BPE",
        ...{ dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
        ...{ fuse_unk: false, byte_fallback: false, ignore_merges: ignoreMerges },
        vocab: Object.fromEntries(vocabulary),
        merges: list<string>("tokenizer.ggml.merges"),
      },
    },
    "tokenizer_config.json": {
      add_bos_token: metadata.get("tokenizer.ggml.add_bos_token")?.value === true,
      bos_token: textOf("bos"),
      eos_token: textOf("eos"),
      chat_template: metadata.get("tokenizer.chat_template")?.value ?? null,
      clean_up_tokenization_spaces: false,
      tokenizer_class: "PreTrainedTokenizerFast",
    },
    "generation_config.json": { bos_token_id: named("bos") ?? null, eos_token_id: ids },
  };
}

const PLAIN_ADDED_TOKEN = { single_word: false, lstrip: false, rstrip: false, normalized: false };

interface PreTokenizer {
  readonly ignoreMerges: boolean;
  readonly normalizer: { readonly type: "NFC" } | null;
  readonly pre_tokenizer: object;
}

const sequence = (...pretokenizers: object[]) => ({ type: "Sequence", pretokenizers });
const BYTE_LEVEL = { ...GPT2_BYTE_LEVEL, use_regex: false };
const DIGITS = { type: "Digits", individual_digits: true };

/** What llama.cpp's names of pre-tokenizers stand for in a tokenizer.json (llama-vocab.cpp, the models' own files). */
const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  "llama-bpe": { ignoreMerges: true, normalizer: null, pre_tokenizer: sequence(LLAMA3_SPLIT, BYTE_LEVEL) },
  dbrx: { ignoreMerges: false, normalizer: null, pre_tokenizer: sequence(LLAMA3_SPLIT, BYTE_LEVEL) }, // Granite 4
  qwen2: { ignoreMerges: false, normalizer: { type: "NFC" }, pre_tokenizer: sequence(QWEN2_SPLIT, BYTE_LEVEL) },
  smollm: { ignoreMerges: false, normalizer: null, pre_tokenizer: sequence(DIGITS, GPT2_BYTE_LEVEL) },
  refact: { ignoreMerges: false, normalizer: null, pre_tokenizer: sequence(DIGITS, GPT2_BYTE_LEVEL) }, // Granite 3
  "gpt-2": { ignoreMerges: false, normalizer: null, pre_tokenizer: GPT2_BYTE_LEVEL },
};

function preTokenizer(path: string, name: unknown): PreTokenizer {
  const found = typeof name === "string" ? PRE_TOKENIZERS[name] : undefined;
  if (found !== undefined) return found;
  throw new UserError(
    `${path}: the pre-tokenizer ${JSON.stringify(name ?? null)} is not known; ${Object.keys(PRE_TOKENIZERS).join(", ")} are. Take the model's folder from the hub instead.`,
  );
}
