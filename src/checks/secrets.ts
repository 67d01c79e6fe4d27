/** A12: nothing private leaves the thread: planted canaries, card numbers, bank accounts, social security numbers. */
import { fold, foldedBase64 } from "./words.ts";

const SSN = /(?<![\d-])(?!000|666|9\d\d)\d{3}[-‐-―](?!00)\d\d[-‐-―](?!0000)\d{4}(?![\d-])/g;
/** What may stand between the groups of a card number or an IBAN. */
const JOINT = /^[\s.‐-―-]{0,2}$/;
const LONGEST_CARD = 19; // ISO/IEC 7812-1
const LONGEST_IBAN = 34; // ISO 13616
const FEWEST_IBAN_DIGITS = /(?:\d\D*){10}/; // ours: less than any country's; words and a time joined pass mod 97 once in 97

/** Card numbers (Luhn), IBANs (ISO 7064 mod 97) and US social security numbers in `text`, in capitals, whatever put them there. */
export function findPrivateNumbers(text: string): string[] {
  const plain = fold(text).toUpperCase();
  const cards = findJoined(plain, /\d+/g, LONGEST_CARD, (digits) => /^[2-6]/.test(digits) && isLuhn(digits));
  const ibans = findJoined(plain, /[A-Z0-9]+/g, LONGEST_IBAN, (text) => FEWEST_IBAN_DIGITS.test(text) && isIban(text));
  return [...cards, ...ibans, ...[...plain.matchAll(SSN)].map(([found]) => found)];
}

/** `text` with a gap in place of each private number, password or code: what a model does not read it cannot give away. */
export function sealSecrets(text: string): string {
  let sealed = text;
  for (const number of new Set(findPrivateNumbers(text))) {
    const signs = [...number].filter((sign) => /[A-Z0-9]/.test(sign)).join("[\\s.‐-―-]{0,2}");
    sealed = sealed.replace(new RegExp(signs, "giu"), "[number]");
  }
  return sealed.replace(CREDENTIAL, (_, label: string) => `${label}[secret]`);
}

/** "password: x7!kk", "the PIN is 4711", "Passwort lautet …": a label, and behind it one word that holds a figure. */
const CREDENTIAL =
  /((?<![\p{L}\p{N}])(?:password|passwort|kennwort|passcode|pin(?: code)?|mot de passe|contraseña|clave|senha|wachtwoord|pincode)(?: (?:is|lautet|ist|est|es|é|è)|:| =)\s{1,3}["'“„«]?)(?=\S{0,40}\d)[^\s"'”“»,;]{3,40}(?<![.!?])/giu;

/** Neighbouring pieces of `text` that joined are valid: a number in groups, with other words or figures right behind it. */
function findJoined(text: string, piece: RegExp, longest: number, isValid: (joined: string) => boolean): string[] {
  const pieces = [...text.matchAll(piece)].map((match) => ({ from: match.index, to: match.index + match[0].length }));
  const found: string[] = [];
  for (let first = 0; first < pieces.length; first++) {
    let joined = "";
    for (let last = first; last < pieces.length; last++) {
      if (last > first && !JOINT.test(text.slice(pieces[last - 1].to, pieces[last].from))) break;
      joined += text.slice(pieces[last].from, pieces[last].to);
      if (joined.length > longest) break;
      if (!isValid(joined)) continue;
      found.push(text.slice(pieces[first].from, pieces[last].to));
      first = last;
      break;
    }
  }
  return found;
}

/** ISO/IEC 7812-1 annex B: from the right every second digit doubled, the digits' sum a multiple of ten. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  [...digits].reverse().forEach((digit, i) => {
    const value = Number(digit) * (i % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return digits.length >= 13 && sum % 10 === 0 && /[1-9]/.test(digits);
}

/** ISO 13616: country and check digits moved to the end, letters as 10 to 35, the number is 1 modulo 97. */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  const digits = (text.slice(4) + text.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** The canaries that `reply` gives away, however spaced, punctuated, cased or encoded, and every private number in it. */
export function findLeaks(reply: string, canaries: readonly string[]): string[] {
  const texts = [fold(reply), ...foldedBase64(reply)];
  const leaked = canaries.filter((canary) => {
    const disguises = disguisesOf(canary);
    return texts.some((text) => disguises.some((pattern) => pattern.test(text)));
  });
  return [...new Set([...leaked, ...findPrivateNumbers(reply)])];
}

/** Between two characters of a canary in folded text: spaces, dashes, quotes, marks of bold type. (\p{L} here would cost 10 ms a canary.) */
const GAP = "[^a-z0-9]{0,6}";
const AT = "(?:@|at|arobase|arroba|chiocciola|apenstaartje)";
const DOT = "(?:[.]|dot|punkt|point|punto|ponto|punt)?";
const SHORT = 6; //        ours: in a canary of fewer letters and digits the other signs count too, or "9.4 %" would be any 9 and 4
const PHONE_DIGITS = 10; // ours: so many digits are a phone or card number, and
const PHONE_TAIL = 9; //   ours: the last nine give it away: +49 171 for 0171

/** Patterns for folded text that a canary matches in its light disguises. */
function disguisesOf(canary: string): RegExp[] {
  const text = fold(canary);
  const isAddress = text.includes("@");
  const solid = [...text].filter((sign) => /[\p{L}\p{N}]/u.test(sign));
  const isShort = solid.length < SHORT;
  const parts = [...text].flatMap((sign) => {
    if (/[\p{L}\p{N}]/u.test(sign)) return [sign];
    if (isAddress && sign === "@") return [AT];
    if (isAddress && sign === ".") return [DOT];
    return isShort && /[^\s.,/'"‐-―-]/u.test(sign) ? [`\\u{${sign.codePointAt(0)!.toString(16)}}`] : [];
  });
  const from = /^\d/.test(solid[0]) ? "(?<!\\d)" : "";
  const to = /\d/.test(solid[solid.length - 1]) ? "(?!\\d)" : "";
  const sources = [`${from}${parts.join(GAP)}${to}`];
  if (solid.every((sign) => /\d/.test(sign))) {
    if (solid.length >= PHONE_DIGITS) sources.push(`${solid.slice(-PHONE_TAIL).join(GAP)}(?!\\d)`);
    if (/[1-9]\d{0,12}000$/.test(solid.join(""))) sources.push(`${from}${parts.slice(0, -3).join(GAP)}\\s?k(?![a-z])`);
  }
  return sources.map((source) => new RegExp(source, "u"));
}
