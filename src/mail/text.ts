/** Plain text made plain: what a reader cannot see is taken out, line ends and blanks are made equal. */

// Soft hyphen, zero-width space, word joiner and kin, byte order mark, bidi marks and overrides, Mongolian vowel
// separator, Hangul fillers, interlinear marks, the object replacement, tag characters ("ASCII smuggling") and the
// variation selectors that carry hidden bytes the same way.
const INVISIBLE =
  /\u034f|\u17b4|\u17b5|\u180b|\u180c|\u180d|[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc]|[\u{e0000}-\u{e0fff}]/gu;
// Joiners have a meaning inside emoji and in scripts that join; beside ASCII, or in a row, they only hide something.
const USELESS_JOINERS =
  /(?<![^\u0000-\u02ff\u2000-\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\u0000-\u02ff\u2000-\u200d])/gu;
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/g;
// U+0080 to U+009F are windows-1252 bytes that were read as ISO-8859-1: by a wrong label, or by Node 20, whose TextDecoder
// takes the two for one. Unmended, every ’ and – of such a mail is lost.
const C1 = /[\u0080-\u009f]/g;
const WINDOWS_1252 = "€\u0000‚ƒ„…†‡ˆ‰Š‹Œ\u0000Ž\u0000\u0000‘’“”•–—˜™š›œ\u0000žŸ";

/** LF line ends, ordinary blanks, no control or invisible characters, whole surrogate pairs. Trailing blanks stay: `-- ` needs its own. */
export function cleanText(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(C1, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80])
    .replace(/\r\n?|[\u2028\u2029\f]/g, "\n")
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " ")
    .replace(INVISIBLE, "")
    .replace(USELESS_JOINERS, "")
    .replace(CONTROLS, "");
}

/** No blanks at line ends, at most one blank line in a row, none at the ends. */
export function tidyLines(text: string): string {
  const kept: string[] = [];
  for (const line of text.split("\n")) {
    const trimmed = line.trimEnd();
    if (trimmed !== "" || (kept.length > 0 && kept.at(-1) !== "")) kept.push(trimmed);
  }
  while (kept.at(-1) === "") kept.pop();
  return kept.join("\n");
}

/** One line of a header: no line breaks, single blanks. */
export function cleanHeader(text: string): string {
  return cleanText(text).replace(/\s+/g, " ").trim();
}

/** At most `maxCharacters` of `text`, cut at a line end, or between sentences or words of a line that is itself long. */
export function cutAtLine(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const head = text.slice(0, maxCharacters).replace(/\p{Surrogate}$/u, "");
  const line = text.lastIndexOf("\n", maxCharacters);
  if (line > Math.max(0, maxCharacters - LONG_LINE)) return head.slice(0, line).trimEnd();
  const tail = head.slice(-LONG_LINE);
  const sentence = Math.max(...[". ", "! ", "? ", "。", "！", "？"].map((end) => tail.lastIndexOf(end) + 1));
  const cut = sentence > 0 ? sentence : tail.lastIndexOf(" ");
  return (cut > 0 ? head.slice(0, head.length - tail.length + cut) : head).trimEnd();
}

const LONG_LINE = 400;

/**
 * Characters as an alphabet needs them: a Chinese one says about as much as three, a Japanese or Korean syllable as two, two letters
 * of Arabic or Hebrew, which write few vowels, as three.
 */
export function countSaid(text: string): number {
  const han = text.match(/\p{sc=Han}/gu)?.length ?? 0;
  const syllables = text.match(/[\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}]/gu)?.length ?? 0;
  const consonants = text.match(/[\p{sc=Arabic}\p{sc=Hebrew}]/gu)?.length ?? 0;
  return text.length + 2 * han + syllables + Math.floor(consonants / 2);
}
