/** The tokenizer of a GGUF: an engine makes the ids; bytes, names and template come from the file's metadata. Runs in a browser too. */
import { FormatError, invariant } from "../errors.ts";
import type { GgufMetadata } from "../formats/index.ts";
import { CHARACTER_BYTES, joinBytes, type Tokenizer } from "../tokens/portable.ts";

/** A tokenizer as the rest of the house knows it, and what decoding a stream needs. */
export interface GgufTokenizer extends Tokenizer {
  /** The bytes a token stands for; none for a control token, which is no text. */
  tokenBytes(id: number): Uint8Array;
  /** Whether the token ends a reply: an end token, or any control token, for instance the header of another turn. */
  endsReply(id: number): boolean;
}

/** `tokenizer.ggml.token_type` (llama.h, llama_token_type). */
const CONTROL = 3;
const USER_DEFINED = 4;
const UNUSED = 5;
const BYTE = 6;

/** What the metadata says of the tokens: by id, their text, type and bytes; and the ids with a name. */
export interface GgufVocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly isByteLevel: boolean;
  /** Whether training saw text in Unicode's form C, which llama.cpp does not make. */
  readonly isNormalized: boolean;
  /** `tokenizer.ggml.<name>_token_id` of bos, eos, eot, eom. */
  readonly named: ReadonlyMap<string, number>;
  readonly chatTemplate: string;
}

/** Reads the vocabulary. Throws FormatError where it is missing or of a kind not known here. */
export function readVocabulary(path: string, metadata: GgufMetadata): GgufVocabulary {
  const kind = metadata.get("tokenizer.ggml.model")?.value;
  if (kind !== "gpt2" && kind !== "llama") {
    throw new FormatError({
      path,
      where: "tokenizer.ggml.model",
      expected: '"gpt2" (byte-level BPE) or "llama" (SentencePiece)',
      got: JSON.stringify(kind ?? null),
    });
  }
  const template = metadata.get("tokenizer.chat_template")?.value;
  const named = ["bos", "eos", "eot", "eom"].flatMap((name) => {
    const id = metadata.get(`tokenizer.ggml.${name}_token_id`)?.value;
    return typeof id === "number" ? [[name, id] as const] : [];
  });
  return {
    tokens: readList<string>(path, metadata, "tokenizer.ggml.tokens", "string"),
    types: readList<number>(path, metadata, "tokenizer.ggml.token_type", "number"),
    isByteLevel: kind === "gpt2",
    isNormalized: metadata.get("tokenizer.ggml.pre")?.value === "qwen2",
    named: new Map(named),
    chatTemplate: typeof template === "string" ? template : "",
  };
}

/** What makes ids of a text: llama.cpp here; in a browser the same algorithm over the same vocabulary. */
export interface TextEncoding {
  /** Ids of plain text: never a control token, none is added. */
  encode(text: string): number[];
  /** Whether the engine itself takes the token for an end. */
  isEnd?(id: number): boolean;
}

/** The tokenizer of a GGUF whose vocabulary was read. */
export function ggufTokenizer(vocabulary: GgufVocabulary, encoding: TextEncoding): GgufTokenizer {
  const { tokens, types, isByteLevel, isNormalized, named, chatTemplate } = vocabulary;
  const pieceBytes = isByteLevel ? byteLevelBytes : sentencePieceBytes;
  const special = new Map<string, number>();
  for (const [id, type] of types.entries()) if (type === CONTROL) special.set(tokens[id], id);
  const byText = ["<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"].map((token) => special.get(token));
  const ends = [named.get("eot"), named.get("eos"), named.get("eom"), ...byText].filter((id) => id !== undefined);
  const endIds = new Set(ends);
  const none = new Uint8Array();
  const textOf = (name: string) => tokens[named.get(name) ?? -1] ?? null;

  function tokenBytes(id: number): Uint8Array {
    invariant(tokens[id] !== undefined, `token id ${id} is not in the vocabulary of ${tokens.length}`);
    if (types[id] === CONTROL || types[id] === UNUSED) return none; // a row that no text has is named for its place only
    return types[id] === USER_DEFINED ? utf8.encode(tokens[id]) : pieceBytes(tokens[id], types[id] === BYTE);
  }
  return {
    vocabularySize: tokens.length,
    encode: (text) => encoding.encode(isNormalized ? text.normalize("NFC") : text),
    specialId: (token) => special.get(token),
    decode: (ids, { skipSpecial = false } = {}) => {
      const shown = (id: number) => (types[id] === CONTROL && !skipSpecial ? utf8.encode(tokens[id]) : tokenBytes(id));
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(joinBytes(ids.map(shown)));
    },
    bosId: named.get("bos") ?? null,
    endIds: [...endIds],
    specialTokens: { bos: textOf("bos"), eos: textOf("eos"), all: [...special.keys()] },
    chatTemplate,
    tokenBytes,
    endsReply: (id) => types[id] === CONTROL || endIds.has(id) || encoding.isEnd?.(id) === true,
  };
}

const utf8 = new TextEncoder();

/** GPT-2's alphabet: one character a byte. */
function byteLevelBytes(piece: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of piece) {
    const byte = CHARACTER_BYTES.get(character);
    if (byte === undefined) return utf8.encode(piece); // a reserved token that is not written in the byte alphabet
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** SentencePiece: U+2581 is a space, `<0x0A>` a byte. */
function sentencePieceBytes(piece: string, isByte: boolean): Uint8Array {
  return isByte ? Uint8Array.of(Number.parseInt(piece.slice(3, 5), 16)) : utf8.encode(piece.replaceAll("\u2581", " "));
}

function readList<T>(path: string, metadata: GgufMetadata, key: string, type: "string" | "number"): readonly T[] {
  const value = metadata.get(key)?.value;
  if (Array.isArray(value) && value.length > 0 && typeof value[0] === type) return value as T[];
  const got = value === undefined ? "nothing" : typeof value;
  throw new FormatError({ path, where: key, expected: `a list of ${type}s`, got });
}
