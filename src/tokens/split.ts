/**
 * Pre-tokenization: text cut into words, inside which BPE merges. The patterns of tokenizer.json are written for
 * Oniguruma (the engine of the `tokenizers` library); JavaScript reads some of the same signs otherwise, so they are
 * translated first.
 */
import { UserError } from "../errors.ts";

/** The split pattern of Llama 3, as it stands in its tokenizer.json. */
export const LLAMA3_SPLIT_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The split pattern of GPT-2, which `ByteLevel` applies by itself when its `use_regex` is set. */
const GPT2_SPLIT_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** GPT-2's pre-tokenizer as a tokenizer.json writes it. */
export const GPT2_BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };

/** Cuts text into words; the words joined are the text. */
export type Split = (text: string) => string[];

/**
 * The split that the `pre_tokenizer` of a tokenizer.json describes: any sequence of Split (a regex, isolated), Digits and
 * ByteLevel. Throws UserError on any other, naming `path`.
 */
export function buildSplit(preTokenizer: unknown, path: string): Split {
  const stages = listStages(preTokenizer, path);
  if (stages.length === 1) return (text) => cut(stages[0], text);
  return (text) => stages.reduce((words, stage) => words.flatMap((word) => cut(stage, word)), [text]);
}

/** A pattern of Oniguruma's, as the `tokenizers` library uses it, in JavaScript's terms. */
export function translatePattern(pattern: string): RegExp {
  let source = "";
  let inClass = false;
  let ignoreCaseUntil = -1;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (pattern.startsWith("(?i:", i)) {
      source += "(?:";
      ignoreCaseUntil = closingParenthesis(pattern, i);
      i += 3;
    } else if (character === "\\") {
      source += translateEscape(pattern[++i], inClass);
    } else {
      if (character === "[") inClass = true;
      if (character === "]") inClass = false;
      source += i < ignoreCaseUntil && /[a-zA-Z]/.test(character) ? `[${caseVariants(character)}]` : character;
    }
  }
  return new RegExp(source, "gu");
}

/** White_Space of Unicode. JavaScript's own `\s` lacks U+0085 and adds U+FEFF. */
const WHITE_SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

function translateEscape(letter: string, inClass: boolean): string {
  if (letter === "s") return inClass ? WHITE_SPACE : `[${WHITE_SPACE}]`;
  if (letter === "S" && !inClass) return `[^${WHITE_SPACE}]`;
  return `\\${letter}`;
}

/** All characters that fold to one letter: U+017F LONG S folds to s, U+212A KELVIN SIGN to k. */
function caseVariants(letter: string): string {
  const lower = letter.toLowerCase();
  return lower + lower.toUpperCase() + (lower === "s" ? "\u017f" : lower === "k" ? "\u212a" : "");
}

function closingParenthesis(pattern: string, open: number): number {
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern[i] === "(") depth++;
    else if (pattern[i] === ")" && --depth === 0) return i;
  }
  return pattern.length;
}

/** Matches and the gaps between them, in order. */
function cut(stage: RegExp, text: string): string[] {
  const words = text.match(stage) ?? [];
  const covered = words.reduce((sum, word) => sum + word.length, 0);
  if (covered === text.length) return words;
  const all: string[] = [];
  let end = 0;
  for (const match of text.matchAll(stage)) {
    if (match.index > end) all.push(text.slice(end, match.index));
    if (match[0]) all.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) all.push(text.slice(end));
  return all;
}

interface PreTokenizer {
  type: string;
  pretokenizers?: PreTokenizer[];
  pattern?: { Regex?: string };
  behavior?: string;
  invert?: boolean;
  individual_digits?: boolean;
  add_prefix_space?: boolean;
  use_regex?: boolean;
}

function listStages(value: unknown, path: string): RegExp[] {
  const preTokenizer = value as PreTokenizer | null;
  const refuse = (what: string) =>
    new UserError(
      `${path}: ${what} is not supported. Supported are byte-level BPE tokenizers of the Llama 3 and GPT-2 form: Split (Regex, Isolated), Digits and ByteLevel (no prefix space).`,
    );
  switch (preTokenizer?.type) {
    case "Sequence":
      return preTokenizer.pretokenizers!.flatMap((part) => listStages(part, path));
    case "Split":
      if (!preTokenizer.pattern?.Regex || preTokenizer.behavior !== "Isolated" || preTokenizer.invert) {
        throw refuse(`the pre-tokenizer ${JSON.stringify(preTokenizer)}`);
      }
      return [translatePattern(preTokenizer.pattern.Regex)];
    case "Digits":
      return [preTokenizer.individual_digits ? /\p{N}/gu : /\p{N}+/gu];
    case "ByteLevel":
      if (preTokenizer.add_prefix_space) throw refuse("ByteLevel with add_prefix_space");
      return preTokenizer.use_regex === false ? [] : [translatePattern(GPT2_SPLIT_PATTERN)];
    default:
      throw refuse(`the pre-tokenizer ${JSON.stringify(preTokenizer?.type ?? null)}`);
  }
}
