/** Words as the checks compare them. */

/** Words in lower case; a mark between letters or digits (`3:30`, `don't`, `a@b.c`) does not part them. */
export function toWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’.,:@-][\p{L}\p{N}]+)*/gu) ?? [];
}

/** Every run of `length` words, joined by spaces, in order. */
export function runs(words: readonly string[], length: number): string[] {
  return words.slice(length - 1).map((_, i) => words.slice(i, i + length).join(" "));
}

/** A text as comparisons see it: NFKC, lower case, no marks above letters, no invisible characters, one space between words. */
export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\p{M}\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/gu, "")
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, " ")
    .trim();
}

/** A pattern of an item, to be tried on folded text: its letters without marks, its case ignored. Throws SyntaxError. */
export function foldPattern(source: string): RegExp {
  return new RegExp(source.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[‘’]/g, "'"), "iu");
}

/** The texts that stand in `text` in Base64, folded: what must not be said must not hide from a check so. */
export function foldedBase64(text: string): string[] {
  return [...text.matchAll(/[A-Za-z0-9+/]{16,}/g)].map(([found]) => fold(decodeBase64(found)));
}

/** The text that `found` encodes, without padding; what is no UTF-8 becomes U+FFFD. */
function decodeBase64(found: string): string {
  const whole = found.length % 4 === 1 ? found.slice(0, -1) : found; // one digit alone holds no byte
  const bytes = Uint8Array.from(atob(whole), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
