/**
 * Numbers that stand for a person at a bank or an office: accounts, social security, passports, tax. Most are known by the word
 * before them; those of a form with a check of their own are known without one.
 */
import { mergeSpans, type Span } from "./spans.ts";

/** What such a number is called, in lower case. Source: forms of banks and offices of these languages. */
const LABELS =
  "(?:bank |checking |savings |current )?(?:account|acct|a/c)(?: (?:number|no|nr|num))?|routing(?: number)?|aba(?: number)?|sort[ -]?code|" +
  "kontonummer|konto(?:-?nr)?|kto|bankleitzahl|blz|steuer(?:-?id|nummer|identifikationsnummer)|sozialversicherungsnummer|personalausweis(?:nummer)?|reisepass(?:nummer)?|versichertennummer|" +
  "num[ée]ro de (?:compte|s[ée]curit[ée] sociale|passeport)|n° de compte|compte n°|" +
  "n[úu]mero de (?:cuenta|seguridad social|pasaporte)|cuenta(?: bancaria)?(?: n[ºo°.]{1,2})?|dni|nie|nif|cuil|curp|" +
  "numero di conto|conto corrente(?: n\\.)?|codice fiscale|passaporto|" +
  "conta(?: corrente)?|ag[êe]ncia|cpf|nº de identificação fiscal|passaporte|rekeningnummer|bsn|paspoortnummer|" +
  "numer (?:konta|rachunku)|nr (?:konta|rachunku)|pesel|nr dowodu|rodné číslo|číslo účtu|personnummer|kontonr|cpr(?:-?nr)?|" +
  "номер сч[её]та|р/с|инн|снилс|паспорт|" +
  "ssn|social security(?: (?:number|no|num))?|national insurance(?: (?:number|no))?|ni number|nino|passport(?: (?:number|no|nr))?|driver'?s?'? licen[cs]e(?: (?:number|no))?|driving licen[cs]e(?: (?:number|no))?|" +
  "tax(?:payer)? (?:id|identification)(?: (?:number|no))?|itin|ein|medicare(?: (?:number|no))?|medical record(?: (?:number|no))?|mrn|nhs(?: (?:number|no))?|insurance (?:number|no|id)|policy ?holder (?:number|no)|id card(?: (?:number|no))?|identity card(?: (?:number|no))?|employee (?:id|number)|student (?:id|number)|aadhaar(?: (?:number|no))?|pan(?: card)? (?:number|no)|" +
  "frequent flyer(?: (?:number|no))?|membership (?:number|no)|vin|nip|patient (?:number|no|id)|patienten-?(?:nummer|nr)";
const LABELS_UNSPACED =
  "账号|帐号|賬號|帳號|卡号|卡號|身份证号?码?|身分證字號|护照号?码?|護照號碼|口座番号|口座|マイナンバー|パスポート番号|계좌번호|계좌|주민등록번호|여권번호";
const VALUE =
  "(?:[A-Z]{2} ?\\d\\d ?\\d\\d ?\\d\\d ?[A-D](?![\\p{L}\\p{N}])|(?=[A-Z0-9 ./-]{0,11}\\d[ .-]?[A-Z0-9]{2})[A-Z0-9]{1,34}(?:[ ./-]{1,3}[A-Z]{0,3}\\d[A-Z0-9]{0,17}){0,8})";
const NAMED = new RegExp(
  `(?:(?<![\\p{L}\\p{N}])(?:${LABELS})(?![\\p{L}\\p{N}])|${LABELS_UNSPACED})[ "'’*)]{0,3}(?:[(][^()\\n]{1,24}[)] ?)?[.:#=]{0,2}[ \\t]{0,4}(?:(?:is|was|ist|lautet|est|es|é|è|jest|to|är|er|ending in|nr\\.?|no\\.?|n[º°]|number|of|:|は|是|为)[ :]{1,3}|[是为は는은:]{0,2}[ ]?)?(${VALUE})(?![\\p{Script=Latin}\\p{N}])`,
  "dgiu",
);
const FEWEST_DIGITS = 5;

/** Numbers that the text calls an account, a passport and the like, and such that show it by their form; digits folded (`foldDigits`). */
export function findIdentities(text: string): Span[] {
  const named = Array.from(text.matchAll(NAMED), ({ indices, 1: value }) => ({ start: indices![1][0], value }))
    .filter(({ value }) => value.replace(/\D/g, "").length >= FEWEST_DIGITS && !isDate(value))
    .map(({ start, value }) => ({ start, end: start + value.length }));
  const formed = FORMS.flatMap(({ pattern, isRight }) =>
    Array.from(text.matchAll(pattern))
      .filter(([match]) => isRight(match.replace(/[ ./-]/g, "").toUpperCase()))
      .map(({ index, 0: match }) => ({ start: index, end: index + match.length })),
  );
  return mergeSpans([...named, ...formed]);
}

function isDate(value: string): boolean {
  return /^(?:(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|[12]\d|3[01])[./-](?:19|20)?\d\d|(?:19|20)\d\d-\d\d-\d\d)$/.test(
    value,
  );
}

/** Numbers that can be told by form and check alone. */
const FORMS: readonly { readonly pattern: RegExp; readonly isRight: (number: string) => boolean }[] = [
  // United States, social security (SSA: no 000, 666 or 9xx areas)
  { pattern: /(?<![\w.-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])/g, isRight: () => true },
  // United Kingdom, national insurance (HMRC NIM39110)
  { pattern: /(?<![\p{L}\p{N}])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?![\p{L}\p{N}])/gu, isRight: () => true },
  // Spain, DNI and NIE: the letter is the number modulo 23
  { pattern: /(?<![\p{L}\p{N}])(?:\d{8}|[XYZ]-?\d{7})-?[A-Z](?![\p{L}\p{N}])/gu, isRight: hasSpanishLetter },
  // Italy, codice fiscale
  { pattern: /(?<![\p{L}\p{N}])[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?![\p{L}\p{N}])/gu, isRight: () => true },
  // France, numéro de sécurité sociale: key 97 − n mod 97
  { pattern: /(?<![\p{L}\p{N}.,-])[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d(?![\p{L}\p{N}])/gu, isRight: hasFrenchKey },
  // Brazil, CPF: two check digits modulo 11
  { pattern: /(?<![\p{L}\p{N}.,-])\d{3}\.\d{3}\.\d{3}-\d\d(?![\p{L}\p{N}])/gu, isRight: hasBrazilianChecks },
  // China, resident identity card (GB 11643): ISO 7064 mod 11-2
  { pattern: /(?<![\p{Script=Latin}\p{N}.,-])[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\p{Script=Latin}\p{N}])/gu, isRight: hasChineseCheck },
  // wallets: Bitcoin and Litecoin (BIP 173), Ethereum; Bitcoin's older form is found for its randomness
  { pattern: /(?<![\p{L}\p{N}])(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{20,71}(?![\p{L}\p{N}])/giu, isRight: () => true },
  { pattern: /(?<![\p{L}\p{N}])0x[\da-f]{40}(?![\p{L}\p{N}])/giu, isRight: () => true },
]; // biome-ignore format: a form a row

function hasSpanishLetter(number: string): boolean {
  const digits = number.slice(0, -1).replace(/^[XYZ]/, (first) => String("XYZ".indexOf(first)));
  return number.at(-1) === "TRWAGMYFPDXBNJZSQVHLCKE"[Number(digits) % 23];
}

function hasFrenchKey(number: string): boolean {
  const digits = number.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return /^\d{13}$/.test(digits) && 97 - (Number(digits) % 97) === Number(number.slice(13));
}

function hasBrazilianChecks(number: string): boolean {
  const check = (count: number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Number(number[i]) * (count + 1 - i);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === Number(number[9]) && check(10) === Number(number[10]) && new Set(number).size > 1;
}

function hasChineseCheck(number: string): boolean {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += Number(number[i]) * (2 ** (17 - i) % 11);
  return "10X98765432"[sum % 11] === number[17];
}
