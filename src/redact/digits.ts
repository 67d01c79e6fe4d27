/** One view of the digits and marks that people write numbers with, so that every search for numbers sees them alike. */

/** Where the ten digits of each script begin (Unicode 16, general category Nd, inside the Basic Multilingual Plane). */
const ZEROS = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
  0x0f20, 0x1040, 0x17e0, 0x1810, 0xff10,
];
const DIGITS = new Map(
  ZEROS.flatMap((zero) => Array.from({ length: 10 }, (_, i) => [String.fromCharCode(zero + i), String(i)])),
);
const FOLDED =
  /[\u0660-\u0669\u06f0-\u06f9\u07c0-\u07c9\u0966-\u0d6f\u0e50-\u0e59\u0ed0-\u0ed9\u0f20-\u0f29\u1040-\u1049\u17e0-\u17e9\u1810-\u1819\uff01-\uff5e\u00a0\u2002-\u200a\u202f\u3000\u2010-\u2015\u2212]/g;

/** `text` with every digit as 0–9, full-width letters and marks as ASCII, and one kind of blank and of hyphen; the length stays. */
export function foldDigits(text: string): string {
  return text.replace(FOLDED, foldOne);
}

function foldOne(character: string): string {
  const digit = DIGITS.get(character);
  if (digit !== undefined) return digit;
  const code = character.charCodeAt(0);
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  if (code === 0xa0 || code === 0x3000 || code === 0x202f || (code >= 0x2002 && code <= 0x200a)) return " ";
  if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212) return "-";
  return character;
}
