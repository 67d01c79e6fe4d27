/**
 * The tokenizer of a model folder: `tokenizer.json`, `tokenizer_config.json`, and where present `generation_config.json`
 * and `chat_template.jinja`. Our own encoder, because text from a mail must never turn into a special token and because
 * it is faster (a cache of words) and truer than the JavaScript port of the library, whose Digits splits only ASCII digits.
 * Letters and numbers are those of the Unicode version of the running Node; the test's reference is the Python library.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, invariant, UserError } from "../errors.ts";
import { CHARACTER_BYTES, utf8Bytes } from "./bytes.ts";
import { type BpeModel, createBpeEncoder } from "./encoder.ts";
import { buildSplit } from "./split.ts";

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

/** The special tokens by their text. */
export interface SpecialTokens {
  readonly bos: string | null;
  readonly eos: string | null;
  readonly all: readonly string[];
}

/** What tokenizer.json holds, as far as it is read here. */
export interface TokenizerJson {
  added_tokens?: { id: number; content: string; special: boolean }[];
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

/** Reads the tokenizer of a model folder. Throws UserError for a missing file or a tokenizer of an unsupported kind. */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, "tokenizer.json");
  const json = await readJson(path);
  if (json === undefined) {
    throw new UserError(
      `${path} does not exist. A model folder needs the tokenizer.json and tokenizer_config.json of its model.`,
    );
  }
  const config = ((await readJson(join(folder, "tokenizer_config.json"))) ?? {}) as TokenizerConfig;
  const generation = ((await readJson(join(folder, "generation_config.json"))) ?? {}) as {
    eos_token_id?: number | number[] | null;
  };
  const template = await readOptional(join(folder, "chat_template.jinja"));
  return createTokenizer({
    json: json as TokenizerJson,
    config,
    chatTemplate: template ?? undefined,
    endIds: [generation.eos_token_id ?? []].flat(),
    path,
  });
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
  const normalize = buildNormalizer(json.normalizer ?? null, path);
  const encodePlain = createBpeEncoder({ model, split: buildSplit(json.pre_tokenizer, path), path });

  const added = json.added_tokens ?? [];
  const specialIds = new Map(added.map(({ content, id }) => [content, id]));
  const hidden = new Set(added.filter(({ special }) => special).map(({ id }) => id));
  const tokenBytes: Uint8Array[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokenBytes[id] = charactersToBytes(token);
  for (const { content, id } of added) tokenBytes[id] = utf8Bytes(content);

  const bos = tokenText(config.bos_token);
  const eos = tokenText(config.eos_token);
  const endTokens = [eos, "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"];
  const endIds = endTokens.flatMap((token) => specialIds.get(token ?? "") ?? []);

  return {
    vocabularySize: tokenBytes.length,
    encode: (text) => encodePlain(normalize(text)),
    specialId: (token) => specialIds.get(token),
    decode: (ids, { skipSpecial = false } = {}) => {
      const parts = (skipSpecial ? ids.filter((id) => !hidden.has(id)) : ids).map((id) => {
        invariant(tokenBytes[id], `token id ${id} is not in the vocabulary of ${tokenBytes.length}`);
        return tokenBytes[id];
      });
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(parts));
    },
    bosId: bos === null ? null : (specialIds.get(bos) ?? null),
    endIds: [...new Set([...endIds, ...(options.endIds ?? [])])],
    specialTokens: { bos, eos, all: added.map(({ content }) => content) },
    chatTemplate: options.chatTemplate ?? defaultTemplate(config.chat_template),
  };
}

function buildNormalizer(normalizer: { type: string } | null, path: string): (text: string) => string {
  if (normalizer === null) return (text) => text;
  if (normalizer.type === "NFC") return (text) => text.normalize("NFC");
  throw new UserError(`${path}: the normalizer "${normalizer.type}" is not supported; only none and NFC are.`);
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

async function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new UserError(`${path} cannot be read (${error.code}).`);
  });
}

async function readJson(path: string): Promise<unknown> {
  const text = await readOptional(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError({ path, where: "the whole file", expected: "JSON", got: (error as Error).message });
  }
}
