/**
 * Text to token ids and back for the reply model, from a parsed tokenizer.json: byte-level BPE by `@huggingface/tokenizers`. Ours are what
 * the library has not: text from a mail never turns into a special token, and decoding keeps every byte.
 */
import { invariant, UserError } from "../errors.ts";
import { CHARACTER_BYTES, joinBytes, utf8Bytes } from "./bytes.ts";
import { type AddedTokenJson, type BpeModel, checkBpe, openPipeline } from "./library.ts";
import { partAddedTokens } from "./markers.ts";
import { findEndOfTurn, type SpecialTokens } from "./template.ts";

/** Text to token ids and back, for one model. */
export interface Tokenizer {
  /** Highest id + 1, special tokens included. */
  readonly vocabularySize: number;
  /** Plain text: never yields a special token, adds none. */
  encode(text: string): number[];
  /** The id of a special token such as `<|eot_id|>`. */
  specialId(token: string): number | undefined;
  /** Text of `ids`; bytes that are no UTF-8 become U+FFFD. `skipSpecial` leaves special tokens out (default: they are shown). */
  decode(ids: readonly number[], options?: { skipSpecial?: boolean }): string;
  readonly bosId: number | null;
  /** Ids that end a reply; the first is the one that ends an assistant's turn in training. */
  readonly endIds: readonly number[];
  readonly specialTokens: SpecialTokens;
  /** Jinja source; empty where the folder has none. */
  readonly chatTemplate: string;
}

/** What tokenizer.json holds, as far as it is read here. */
export interface TokenizerJson {
  added_tokens?: readonly AddedTokenJson[];
  normalizer?: { type: string } | null;
  pre_tokenizer: unknown;
  model: BpeModel;
}

/** What tokenizer_config.json holds, as far as it is read here. */
export interface TokenizerConfig {
  bos_token?: string | { content: string } | null;
  eos_token?: string | { content: string } | null;
  chat_template?: string | { name: string; template: string }[] | null;
}

/** A tokenizer from parsed files; `endIds` adds to those found by name, `path` is for messages only. */
export function createTokenizer(options: {
  json: TokenizerJson;
  config?: TokenizerConfig;
  chatTemplate?: string;
  endIds?: readonly number[];
  path?: string;
}): Tokenizer {
  const { json, config = {}, path = "tokenizer.json" } = options;
  const { model } = json;
  if (model?.type !== "BPE" || !model.vocab || !Array.isArray(model.merges)) {
    throw new UserError(
      `${path}: the tokenizer model is ${JSON.stringify(model?.type ?? null)}; only byte-level "BPE" is supported.`,
    );
  }
  const added = json.added_tokens ?? [];
  const bos = tokenText(config.bos_token);
  const eos = tokenText(config.eos_token);
  const template = options.chatTemplate ?? defaultTemplate(config.chat_template);
  const { markers, ordinary } = partAddedTokens(added, { template, ends: [bos, eos] });
  const encode = openPlain(json, { markers, ordinary, path });
  const specialIds = new Map(markers.map(({ content, id }) => [content, id]));
  const hidden = new Set(markers.map(({ id }) => id));
  const tokenBytes: Uint8Array[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokenBytes[id] = charactersToBytes(token);
  for (const { content, id } of added) tokenBytes[id] = utf8Bytes(content);

  const specialTokens = { bos, eos, all: markers.map(({ content }) => content) };
  const endTokens = [findEndOfTurn({ template, specialTokens }), eos, "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"];
  const endIds = endTokens.flatMap((token) => specialIds.get(token ?? "") ?? []);

  return {
    vocabularySize: tokenBytes.length,
    encode,
    specialId: (token) => specialIds.get(token),
    decode: (ids, { skipSpecial = false } = {}) => {
      const parts = (skipSpecial ? ids.filter((id) => !hidden.has(id)) : ids).map((id) => {
        invariant(tokenBytes[id], `token id ${id} is not in the vocabulary of ${tokenBytes.length}`);
        return tokenBytes[id];
      });
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(joinBytes(parts));
    },
    bosId: bos === null ? null : (specialIds.get(bos) ?? null),
    endIds: [...new Set([...endIds, ...(options.endIds ?? [])])],
    specialTokens,
    chatTemplate: template,
  };
}

/** The encoder of plain text, in which ordinary added tokens are found and markers are not. A byte that the vocabulary lacks is left out, as by llama.cpp, and never becomes the unknown token. */
function openPlain(
  json: TokenizerJson,
  {
    markers,
    ordinary,
    path,
  }: { markers: readonly AddedTokenJson[]; ordinary: readonly AddedTokenJson[]; path: string },
): (text: string) => number[] {
  const { normalizer, pre_tokenizer, model } = json;
  if (normalizer && normalizer.type !== "NFC")
    throw new UserError(`${path}: the normalizer "${normalizer.type}" is not supported; only none and NFC are.`);
  if (!isByteLevel(pre_tokenizer)) {
    const { type: kind = null, add_prefix_space } = (pre_tokenizer ?? {}) as {
      type?: string;
      add_prefix_space?: boolean;
    };
    const type = JSON.stringify(kind) + (kind === "ByteLevel" && add_prefix_space ? " with add_prefix_space" : "");
    throw new UserError(
      `${path}: the pre-tokenizer ${type} is not supported; only one that ends with ByteLevel, and puts no space before a text, is.`,
    );
  }
  checkBpe(model, path);
  const special = new Set(markers.map(({ content }) => content));
  const vocab = Object.fromEntries(Object.entries(model.vocab).filter(([token]) => !special.has(token)));
  return openPipeline({ normalizer, pre_tokenizer, model: { ...model, vocab, unk_token: null } }, ordinary, path);
}

/** Whether the last step turns text into GPT-2's byte alphabet, without a space before it. */
function isByteLevel(preTokenizer: unknown): boolean {
  const json = preTokenizer as { type?: string; add_prefix_space?: boolean; pretokenizers?: unknown[] } | null;
  if (json?.type === "Sequence") return isByteLevel(json.pretokenizers?.at(-1));
  return json?.type === "ByteLevel" && !json.add_prefix_space;
}

function charactersToBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = CHARACTER_BYTES.get(character);
    if (byte === undefined) return utf8Bytes(token); // a reserved token that is not written in the byte alphabet
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

function tokenText(token: string | { content: string } | null | undefined): string | null {
  if (token === null || token === undefined) return null;
  return typeof token === "string" ? token : token.content;
}

function defaultTemplate(template: TokenizerConfig["chat_template"]): string {
  if (Array.isArray(template)) return template.find(({ name }) => name === "default")?.template ?? "";
  return template ?? "";
}
