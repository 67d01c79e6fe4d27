/** The steps of an encoder's tokenizer.json before its model: normalizers, and pre-tokenizers of the WordPiece and Unigram kind. */
import { UserError } from "../errors.ts";
import { createCharsMap } from "./charsmap.ts";
import { translatePattern } from "./split.ts";
import { isPunctuation, normalizeBert, splitBert } from "./wordpiece.ts";

/** A normalizer as tokenizer.json writes it. */
interface NormalizerJson {
  readonly type: string;
  readonly normalizers?: readonly NormalizerJson[];
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
  readonly strip_left?: boolean;
  readonly strip_right?: boolean;
  readonly pattern?: { readonly String?: string; readonly Regex?: string };
  readonly content?: string;
  readonly precompiled_charsmap?: string;
  readonly prepend?: string;
}

/** A pre-tokenizer as tokenizer.json writes it. */
interface PreTokenizerJson {
  readonly type: string;
  readonly pretokenizers?: readonly PreTokenizerJson[];
  readonly replacement?: string;
  readonly prepend_scheme?: "always" | "first" | "never";
  readonly add_prefix_space?: boolean;
  readonly split?: boolean;
  readonly behavior?: string;
}

/** Cuts a text into words; `isFirst` tells whether it starts the whole text. */
export type PreTokenize = (text: string, isFirst: boolean) => string[];

/** The normalizer that `json` describes, or none. Throws UserError naming one that is not supported. */
export function buildEncoderNormalizer(json: unknown, path: string): (text: string) => string {
  const normalizer = json as NormalizerJson | null | undefined;
  if (normalizer === null || normalizer === undefined) return (text) => text;
  switch (normalizer.type) {
    case "Sequence": {
      const steps = (normalizer.normalizers ?? []).map((step) => buildEncoderNormalizer(step, path));
      return (text) => steps.reduce((result, step) => step(result), text);
    }
    case "BertNormalizer": {
      const options = {
        cleanText: normalizer.clean_text ?? true,
        spaceChinese: normalizer.handle_chinese_chars ?? true,
        stripAccents: normalizer.strip_accents ?? null,
        lowercase: normalizer.lowercase ?? true,
      };
      return (text) => normalizeBert(text, options);
    }
    case "Lowercase":
      return (text) => Array.from(text, (character) => character.toLowerCase()).join("");
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD": {
      const form = normalizer.type;
      return (text) => text.normalize(form);
    }
    case "StripAccents":
      return (text) => text.replace(/\p{Mn}/gu, "");
    case "Strip": {
      const { strip_left: left = true, strip_right: right = true } = normalizer;
      return (text) => {
        const start = left ? text.replace(/^\p{White_Space}+/u, "") : text;
        return right ? start.replace(/\p{White_Space}+$/u, "") : start;
      };
    }
    case "Replace":
      return buildReplace(normalizer, path);
    case "Precompiled":
      return createCharsMap(normalizer.precompiled_charsmap ?? "", path);
    case "Prepend":
      return (text) => (text === "" ? "" : (normalizer.prepend ?? "") + text);
    default:
      throw new UserError(`${path}: the normalizer "${normalizer.type}" is not supported.`);
  }
}

function buildReplace({ pattern, content = "" }: NormalizerJson, path: string): (text: string) => string {
  const { String: fixed, Regex: source } = pattern ?? {};
  if (fixed !== undefined) return (text) => text.replaceAll(fixed, () => content);
  if (source === undefined) throw new UserError(`${path}: a normalizer "Replace" has no pattern.`);
  const expression = translatePattern(source);
  return (text) => text.replace(expression, () => content);
}

/** The pre-tokenizer that `json` describes. Throws UserError naming one that is not supported. */
export function buildEncoderPreTokenizer(json: unknown, path: string): PreTokenize {
  const preTokenizer = json as PreTokenizerJson | null | undefined;
  switch (preTokenizer?.type) {
    case undefined:
      return (text) => [text];
    case "Sequence": {
      const steps = (preTokenizer.pretokenizers ?? []).map((step) => buildEncoderPreTokenizer(step, path));
      return (text, isFirst) =>
        steps.reduce((words, step) => words.flatMap((word, i) => step(word, isFirst && i === 0)), [text]);
    }
    case "BertPreTokenizer":
      return splitBert;
    case "WhitespaceSplit":
      return (text) => text.match(/\P{White_Space}+/gu) ?? [];
    case "Punctuation":
      if ((preTokenizer.behavior ?? "Isolated") !== "Isolated") break;
      return isolatePunctuation;
    case "Metaspace":
      return buildMetaspace(preTokenizer);
  }
  const shown = JSON.stringify(preTokenizer);
  throw new UserError(`${path}: the pre-tokenizer ${shown} is not supported for an encoder.`);
}

function isolatePunctuation(text: string): string[] {
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (!isPunctuation(character)) {
      word += character;
      continue;
    }
    if (word !== "") words.push(word);
    words.push(character);
    word = "";
  }
  if (word !== "") words.push(word);
  return words;
}

/** Spaces become a visible sign, which starts a word. */
function buildMetaspace(json: PreTokenizerJson): PreTokenize {
  const { replacement: sign = "▁", split = true, add_prefix_space: prefix = true } = json;
  const scheme = json.prepend_scheme ?? (prefix ? "always" : "never");
  return (text, isFirst) => {
    let marked = text.replaceAll(" ", sign);
    const prepends = scheme === "always" || (scheme === "first" && isFirst);
    if (prepends && !marked.startsWith(sign)) marked = sign + marked;
    if (!split) return [marked];
    const words = marked.split(sign).map((word, i) => (i === 0 ? word : sign + word));
    return words.filter((word) => word !== "");
  };
}
