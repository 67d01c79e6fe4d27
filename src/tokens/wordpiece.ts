/**
 * WordPiece as BERT has it (google-research/bert tokenization.py, in the form of the `tokenizers` library): text is cleaned and
 * lower-cased, cut at whitespace and punctuation, and each word is cut greedily into the longest pieces of the vocabulary.
 * Letters and marks are those of the Unicode version of the running Node.
 */
import { UserError } from "../errors.ts";

/** What BertNormalizer does; `stripAccents` null means "as lowercase". */
export interface BertNormalization {
  readonly cleanText: boolean;
  readonly spaceChinese: boolean;
  readonly stripAccents: boolean | null;
  readonly lowercase: boolean;
}

/** The `model` of a tokenizer.json whose type is WordPiece. */
export interface WordPieceModel {
  readonly type: "WordPiece";
  readonly vocab: Readonly<Record<string, number>>;
  readonly unk_token?: string;
  readonly continuing_subword_prefix?: string;
  readonly max_input_chars_per_word?: number;
}

/** Controls, formats, private use and halves of a character go, but for tab, newline and return, which are spaces; U+FFFD is what broken text became. */
const removed = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/gu;
/** White_Space of Unicode, without the controls that are removed; a space is already one. */
const spaces = /[\t\n\r\p{Zs}\u2028\u2029]/gu;
/** The blocks that BERT spaces out, with the library's own start of extension E (U+2B920). */
const chinese =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
/** Every ASCII sign, even those that Unicode calls symbols, and Unicode's punctuation. */
const punctuation = /[!-/:-@[-`{-~\p{P}]/u;
const wordsAndSigns = /[!-/:-@[-`{-~\p{P}]|[^!-/:-@[-`{-~\p{P}\p{White_Space}]+/gu;

/** Text as BertNormalizer leaves it. */
export function normalizeBert(text: string, options: BertNormalization): string {
  const { cleanText, spaceChinese, lowercase } = options;
  let result = text;
  if (cleanText) result = result.replace(removed, keepBreaks).replace(spaces, " ");
  if (spaceChinese) result = result.replace(chinese, " $& ");
  if (options.stripAccents ?? lowercase) result = result.normalize("NFD").replace(/\p{Mn}/gu, "");
  // Letter by letter: a capital sigma becomes σ wherever it stands, as in the library.
  if (lowercase) result = /[^\0-\x7f]/.test(result) ? Array.from(result, lower).join("") : result.toLowerCase();
  return result;
}

const keepBreaks = (character: string) => (character === "\t" || character === "\n" || character === "\r" ? " " : "");
const lower = (character: string) => character.toLowerCase();

/** Words and single signs of a text, as BertPreTokenizer cuts them. */
export function splitBert(text: string): string[] {
  return text.match(wordsAndSigns) ?? [];
}

/** Whether a character is a sign that stands alone. */
export function isPunctuation(character: string): boolean {
  return punctuation.test(character);
}

/** A function from a word to the ids of its pieces; a word that cannot be cut becomes the one unknown token. */
export function createWordPiece(model: WordPieceModel, path: string): (word: string) => readonly number[] {
  const { continuing_subword_prefix: prefix = "##", max_input_chars_per_word: maxCharacters = 100 } = model;
  const vocabulary = new Map(Object.entries(model.vocab));
  const unknownToken = model.unk_token ?? "[UNK]";
  const unknown = vocabulary.get(unknownToken);
  if (unknown === undefined)
    throw new UserError(`${path}: the vocabulary lacks the unknown token ${JSON.stringify(unknownToken)}.`);
  let longest = 0;
  for (const token of vocabulary.keys()) longest = Math.max(longest, token.length);

  return (word) => {
    if (word.length > maxCharacters && Array.from(word).length > maxCharacters) return [unknown];
    const ids: number[] = [];
    for (let start = 0; start < word.length; ) {
      const lead = start === 0 ? "" : prefix;
      let end = Math.min(word.length, start + longest);
      let id: number | undefined;
      for (; end > start; end--) {
        id = vocabulary.get(lead + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknown];
      ids.push(id);
      start = end;
    }
    return ids;
  };
}
