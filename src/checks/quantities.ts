/** Addresses, phone numbers, amounts, numbers and codes in running text, each as keys that compare. */
import type { Claim } from "./calendar.ts";

const URL_TEXT = /(?:https?:\/\/|www\.)[^\s<>"')\]]+/gi;
const EMAIL = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu;
const PHONE = /(?<![\p{L}\d.,/-])(?:\+|00)?\(?\d[\d ()/.-]{6,18}\d(?![\d\p{L}])/gu;
const CODE =
  /(?<![\p{L}\p{N}])(?=[\p{L}\d#/_-]{0,40}\d)(?=[\p{L}\d#/_-]{0,40}\p{L})[\p{L}\d]+(?:[#/_-][\p{L}\d]+)*(?![\p{L}\p{N}])/gu;

/** Every URL; keys without scheme, `www.` and what ends a sentence. */
export function findUrls(text: string): Claim[] {
  return [...text.matchAll(URL_TEXT)].map((match) => {
    const url = match[0].replace(/(?<![.,;:!?])[.,;:!?]+$/, "");
    const key = url
      .toLowerCase()
      .replace(/^https?:\/\//, "")
      .replace(/^www\./, "")
      .replace(/\/$/, "");
    return { kind: "url", text: url, keys: [`url:${key}`], at: match.index };
  });
}

/** Every mail address. */
export function findAddresses(text: string): Claim[] {
  return [...text.matchAll(EMAIL)].map((match) => {
    return { kind: "email", text: match[0], keys: [`email:${match[0].toLowerCase()}`], at: match.index };
  });
}

const PHONE_DIGITS = 8; // the end of a number, which its prefixes do not change

/** Every run of at least eight digits written as phone numbers are. */
export function findPhones(text: string): Claim[] {
  return [...text.matchAll(PHONE)].flatMap((match) => {
    const digits = match[0].replace(/\D/g, "");
    const isPhone = digits.length >= PHONE_DIGITS && (/^[+0]/.test(match[0]) || /[ ()/-]/.test(match[0].trim()));
    const keys = [`phone:${digits.slice(-PHONE_DIGITS)}`];
    return isPhone ? [{ kind: "phone" as const, text: match[0], keys, at: match.index }] : [];
  });
}

/** Letters and digits in one word: INV-2041, BA117, Q3. */
export function findCodes(text: string): Claim[] {
  return [...text.matchAll(CODE)].flatMap((match) => {
    const word = match[0];
    if (/^\d+(?:st|nd|rd|th|k|m|h|am|pm|er|e|s|º|ª|x|min|hrs?|uhr)$/i.test(word)) return [];
    if (/^\d+-(?:\p{L}+)$/u.test(word)) return []; // 3-page, 10-minute: the number counts
    if (/^\p{Ll}{4,}(?:-\p{Ll}{4,})*-?\d?$/u.test(word)) return [];
    return [
      {
        kind: "code" as const,
        text: word,
        keys: [`code:${word.toLowerCase().replace(/[#/_-]/g, "")}`],
        at: match.index,
      },
    ];
  });
}

const CURRENCY = "€|\\$|£|eur(?:os?)?|usd|dollars?|gbp|pounds?|chf";
const SCALE = "k|m|mio\\.?|million(?:s|en)?|thousand|tsd\\.?|mille|mil";
const NUMBER = new RegExp(
  `(?:(${CURRENCY})[ ]?)?(?<![\\p{L}\\d.,:/#-])(\\d+(?:[.,'’ ]\\d{3})*(?:[.,]\\d+)?)(?:[ ]?(${SCALE})(?![\\p{L}\\d]))?(?:[ ]?(${CURRENCY})(?!\\p{L})|[ ]?(%|percent\\b|prozent\\b|pour cent|por ciento|per cento|por cento|procent\\b))?(?:st|nd|rd|th)?(?!\\d)`,
  "giu",
);

/** Every number, with its currency or per cent sign where it has one. `1.200` is 1,200 or 1.2. */
export function findNumbers(text: string): Claim[] {
  return [...text.matchAll(NUMBER)].flatMap((match) => {
    const [found, before, digits, scale, after, percent] = match;
    if (isListNumber(text, match)) return [];
    const values = readNumber(digits).map((value) => value * scaleOf(scale));
    const currency = currencyOf(before ?? after);
    const unit = percent !== undefined ? "percent" : (currency ?? "number");
    const kind = unit === "number" ? ("number" as const) : ("amount" as const);
    return [{ kind, text: found.trim(), keys: values.map((value) => `${unit}:${value}`), at: match.index }];
  });
}

function isListNumber(text: string, match: RegExpMatchArray): boolean {
  const startsItem = /(?:^|[\n.!?:;])[ \t]*$/.test(text.slice(Math.max(0, match.index! - 20), match.index));
  return startsItem && /^\d{1,2}[.)][ ]/.test(text.slice(match.index, match.index! + 4));
}

/** The values that `1,234.5`, `1.234,5`, `1 234` or `1.234` may have. */
export function readNumber(digits: string): number[] {
  const text = digits.replace(/['’ ]/g, "");
  const marks = text.match(/[.,]/g) ?? [];
  const last = Math.max(text.lastIndexOf("."), text.lastIndexOf(","));
  const whole = Number(text.replace(/[.,]/g, ""));
  if (marks.length === 0) return [whole];
  const decimal = Number(`${text.slice(0, last).replace(/[.,]/g, "")}.${text.slice(last + 1)}`);
  if (text.length - last - 1 !== 3) return [decimal];
  if (new Set(marks).size === 2) return [decimal];
  return marks.length > 1 ? [whole] : [whole, decimal];
}

function scaleOf(scale: string | undefined): number {
  if (scale === undefined) return 1;
  return /^(?:k|thousand|tsd|mille|mil$)/i.test(scale) ? 1000 : 1_000_000;
}

function currencyOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^(?:€|eur)/i.test(text)) return "eur";
  if (/^(?:\$|usd|dollar)/i.test(text)) return "usd";
  if (/^(?:£|gbp|pound)/i.test(text)) return "gbp";
  return "chf";
}

const NUMBER_WORDS = new Map<string, number>(
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    .split(" ")
    .map((word, value) => [word, value] as const),
);
for (const [value, words] of Object.entries({
  1: "ein eine einen un une uno una um uma een first",
  2: "zwei deux dos due dois duas twee second both twice pair couple beide",
  3: "drei trois tres tre três drie third",
  4: "vier quatre cuatro quattro quatro fourth",
  5: "fünf cinq cinco cinque vijf fifth",
  6: "sechs six seis sei zes half-dozen",
  7: "sieben sept siete sette sete zeven",
  8: "acht huit ocho otto oito",
  9: "neun neuf nueve nove negen",
  10: "zehn dix diez dieci dez tien",
  12: "zwölf douze doce dodici doze twaalf dozen",
  15: "fünfzehn quinze quince quindici vijftien",
  20: "zwanzig vingt veinte venti vinte twintig",
  30: "thirty dreißig trente treinta trenta trinta dertig",
  40: "forty",
  50: "fifty fünfzig",
  60: "sixty",
  100: "hundred hundert cent cien cem honderd",
}))
  for (const word of words.split(" ")) NUMBER_WORDS.set(word, Number(value));

/** The keys of numbers written as words, for the side that grounds: "two seats" lets a reply say "2 seats". */
export function spelledNumbers(text: string): string[] {
  const words = text.toLowerCase().match(/\p{L}+(?:-\p{L}+)*/gu) ?? [];
  return words.flatMap((word) => (NUMBER_WORDS.has(word) ? [`number:${NUMBER_WORDS.get(word)}`] : []));
}
