/** Bank accounts and cards: numbers that carry a check, so that hardly any other number is taken for one. */
import type { Span } from "./spans.ts";

/** Length of an IBAN by country (SWIFT IBAN registry, release 99). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 " +
    "GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 " +
    "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 " +
    "TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** IBANs, in one piece, in groups or broken over two lines, whose check digits are right (ISO 7064, mod 97-10). */
export function findIbans(text: string): Span[] {
  const found: Span[] = [];
  const starts = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ .-]?[A-Za-z0-9])/g;
  for (let match = starts.exec(text); match; match = starts.exec(text)) {
    const length = IBAN_LENGTHS[match[0].slice(0, 2).toUpperCase()];
    const end = length === undefined ? null : readGroups(text, match.index, length);
    if (end === null || !hasIbanCheck(text.slice(match.index, end))) continue;
    found.push({ start: match.index, end });
    starts.lastIndex = end;
  }
  return found;
}

/** Where `count` letters and digits end, single separators between them not counted; null where they do not. */
function readGroups(text: string, start: number, count: number): number | null {
  let at = start;
  for (let read = 0; read < count; ) {
    if (/[A-Za-z0-9]/.test(text[at] ?? "")) read++;
    else if (!/[ .\-\u00a0\n]/.test(text[at] ?? "") || !/[A-Za-z0-9]/.test(text[at - 1])) return null;
    at++;
  }
  return /[A-Za-z0-9]/.test(text[at] ?? "") ? null : at;
}

function hasIbanCheck(text: string): boolean {
  const iban = text.replace(/[^A-Za-z0-9]/g, "").toUpperCase();
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36); // A = 10 … Z = 35
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Groups as cards print them: 4-4-4-4(-3), 4-6-5, 4-6-4, or in one piece; one or two blanks, hyphens, dots or a line end between. */
const CARD =
  /(?<![\p{Script=Latin}\p{N}]|\d[.,:/-])(?:\d{4}( {1,2}|[-._/]| - |\n)\d{4}\1\d{4}\1\d{1,7}(?:\1\d{1,3})?|\d{4}( {1,2}|[-._/]| - )\d{6}\2\d{4,5}|\d{13,19})(?![\p{Script=Latin}\p{N}]|[.,:/-]\d)/gu;

/** Payment cards: 13 to 19 digits of a known issuer's range with a right last digit (Luhn, ISO/IEC 7812-1 annex B). */
export function findCards(text: string): Span[] {
  const found: Span[] = [];
  for (const { index, 0: match } of text.matchAll(CARD)) {
    const digits = match.replace(/\D/g, "");
    if (isIssued(digits) && hasLuhnCheck(digits)) found.push({ start: index, end: index + match.length });
  }
  return found;
}

/** Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro: first digits with the lengths they are issued in. */
function isIssued(digits: string): boolean {
  const length = digits.length;
  if (/^4/.test(digits)) return length === 13 || length === 16 || length === 19;
  if (/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/.test(digits)) return length === 16;
  if (/^3[47]/.test(digits)) return length === 15;
  if (/^3(?:0[0-5]|[689])/.test(digits)) return length === 14 || length === 16;
  if (/^35(?:2[89]|[3-8])/.test(digits)) return length >= 16;
  if (/^6(?:011|4[4-9]|5|2)/.test(digits)) return length >= 16;
  return /^(?:5[0678]|6)/.test(digits) && length >= 13 && length !== 14 && length !== 17;
}

function hasLuhnCheck(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0 && new Set(digits).size > 1;
}
