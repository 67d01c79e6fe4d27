/** How words compare, and what of them their script shows. */

/** Scripts that write names without blanks around them: searched inside words. */
export const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}]/u;

/** Comparison form: composed, lower case, one kind of apostrophe. */
export function fold(word: string): string {
  return word.normalize("NFC").toLowerCase().replaceAll("’", "'");
}

/** Begins with a capital letter, or is written in a script that has none. */
export function isCapital(word: string): boolean {
  const first = String.fromCodePoint(word.codePointAt(0)!);
  return first !== first.toLowerCase() || first.toLowerCase() === first.toUpperCase();
}
