/**
 * Telephone numbers. What rows of digits may be one is told by libphonenumber's tables of every country: an international number by
 * its length, a national one by being valid somewhere and written as that country groups it. A word before a number ("Tel.",
 * "mi número es") makes it one in any form; a word that names an order, an invoice or a version makes it none.
 */
import { type CountryCode, isPossiblePhoneNumber, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { CALL_LETTERS, CALL_WORDS, CALL_WORDS_UNSPACED, OTHER_WORDS, OTHER_WORDS_UNSPACED } from "./number-words.ts";
import type { Span } from "./spans.ts";

const FIRST = /(?:\+|\(\+?|\d)/g;
const MAX_RUN_CHARACTERS = 40;
const MIN_DIGITS = 6;
const MAX_DIGITS = 15; // ITU-T E.164 §6.1
const MAX_GROUPS = 9;

/** A group of digits with its sign and brackets. */
interface Group extends Span {
  /** It stands apart: a blank before it. */
  readonly afterBlank: boolean;
}

/** Telephone numbers of `text`, whose digits are folded (`foldDigits`); each character is looked at a bounded number of times. */
export function findPhones(text: string): Span[] {
  const found: Span[] = [];
  FIRST.lastIndex = 0;
  for (let match = FIRST.exec(text); match; match = FIRST.exec(text)) {
    const groups = readGroups(text, match.index);
    const phone = choosePhone(text, groups);
    if (phone) found.push(phone);
    FIRST.lastIndex = Math.max(
      match.index + 1,
      phone?.end ?? groups.at(-1)?.end ?? skipDigits(text, match.index + match[0].length),
    );
  }
  return found;
}

function skipDigits(text: string, from: number): number {
  const rest = /\D/g;
  rest.lastIndex = from;
  return rest.exec(text)?.index ?? text.length;
}

const GROUP = /(?:\+ ?)?\(?\+?\d{1,15}(?:\)|(?=\D|$))/y;
const SEPARATOR = /(?: (?:[-/] ?)?|[-./]|(?<=\))|(?=\())(?=[(\d])/y;
/** What a number cannot stand right behind: letters of scripts with blanks, digits, signs of money. */
const JOINED = /[\p{L}\p{N}_$€£¥#]/u;
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}]/u;

function readGroups(text: string, start: number): Group[] {
  const before = text[start - 1] ?? "";
  const two = text.slice(Math.max(0, start - 2), start);
  const isLabel = /\p{L}[.:]$/u.test(two); // "Tel:030…"
  const isJoined = (JOINED.test(before) && !UNSPACED.test(before)) || /[\p{L}\p{N}][-./@#=&%,:]$/u.test(two);
  if (isJoined && !isLabel) return [];
  const groups: Group[] = [];
  let at = start;
  for (let afterBlank = true; groups.length < MAX_GROUPS && at - start < MAX_RUN_CHARACTERS; ) {
    GROUP.lastIndex = at;
    const group = GROUP.exec(text);
    if (!group) break;
    groups.push({ start: at, end: at + group[0].length, afterBlank });
    at += group[0].length;
    SEPARATOR.lastIndex = at;
    const separator = SEPARATOR.exec(text);
    if (!separator) break;
    at += separator[0].length;
    afterBlank = separator[0].includes(" ");
  }
  return groups;
}

/** The longest row of whole groups that is a telephone number, from the first place on where one starts. */
function choosePhone(text: string, groups: readonly Group[]): Span | null {
  for (let first = 0; first < groups.length; first++) {
    if (first > 0 && !groups[first].afterBlank) continue;
    let context: Context | null = null;
    for (let last = groups.length - 1; last >= first; last--) {
      if (last < groups.length - 1 && !groups[last + 1].afterBlank) continue;
      const { start } = groups[first];
      const { end } = groups[last];
      const number = text.slice(start, end);
      if (number.replace(/\D/g, "").length < MIN_DIGITS) break;
      context ??= readContext(text, groups[first].start);
      if (isBroken(text, end) || (context.label !== "call" && isColumn(text, start, end))) continue;
      if (isPhone(number, context)) return { start, end: withExtension(text, end) };
    }
  }
  return null;
}

/** The row goes on in a way that makes it another thing: letters, a decimal part, a percent sign, a unit of money. */
function isBroken(text: string, end: number): boolean {
  const next = text.slice(end, end + 2);
  if (UNSPACED.test(next[0] ?? "")) return UNITS_UNSPACED.test(next);
  return /^(?:[\p{L}_%@°]|[-./:,]\d|[-/][\p{L}])/u.test(next) || UNIT_AFTER.test(text.slice(end, end + 12));
}

const UNIT_AFTER =
  /^ ?(?:€|\$|£|¥|₽|zł|EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|HUF|RUB|Kč|kr\b|руб|Euro?s?\b|dollars?\b|bytes?\b|[KMGT]i?B\b|kWh\b|km\b|kg\b|people\b|users\b|rows\b|%)/i;
const UNITS_UNSPACED = /^(?:元|円|원|个|個|名|人|件|万|萬|亿|億|年|月|日|公里|米|号|號|楼|室)/;
const MONEY_BEFORE = /(?:€|\$|£|¥|₽|EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|Rs\.?) ?$/i;

const CALL = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${CALL_WORDS}|${CALL_LETTERS})(?![\\p{L}])|${CALL_WORDS_UNSPACED}`,
  "giu",
);
const OTHER = new RegExp(`(?<![\\p{L}\\p{N}])(?:${OTHER_WORDS})(?![\\p{L}])|${OTHER_WORDS_UNSPACED}`, "giu");
const LABEL_CHARACTERS = 36;

/** What stands before a number on its line, or on the line above where it begins its own. */
interface Context {
  readonly isMoney: boolean;
  readonly isNumbered: boolean;
  readonly isUnspaced: boolean;
  readonly label: "call" | "other" | null;
}

function readContext(text: string, start: number): Context {
  const line = text.slice(Math.max(0, start - LABEL_CHARACTERS), start).replace(/(?<!\s)\s+$/, " ");
  const isCut = start > LABEL_CHARACTERS && !line.includes("\n");
  const before = isCut ? line.replace(/^[\p{L}\p{N}]+/u, "") : line.slice(line.lastIndexOf("\n") + 1); // no half word
  return {
    isMoney: MONEY_BEFORE.test(before),
    isNumbered: /#[ ]?$/.test(before),
    isUnspaced: UNSPACED.test(text.slice(Math.max(0, start - 12), start)),
    label: /\p{L}/u.test(before) ? nearestLabel(before) : null,
  };
}

/** The nearer of the words before a number: one that announces a call, or one that names another number. */
function nearestLabel(before: string): "call" | "other" | null {
  const call = lastEnd(before, CALL);
  const other = lastEnd(before, OTHER);
  if (call === other) return null;
  return call > other ? "call" : "other";
}

function lastEnd(text: string, pattern: RegExp): number {
  let last = -1;
  for (const match of text.matchAll(pattern)) last = match.index + match[0].length;
  return last;
}

function isPhone(number: string, { isMoney, isNumbered, isUnspaced, label }: Context): boolean {
  const digits = number.replace(/\D/g, "");
  if (isMoney || digits.length > MAX_DIGITS || /^(\d)\1*$/.test(digits)) return false;
  if (/^\(?\+/.test(number)) return label !== "other" && isPossiblePhoneNumber(`+${digits.replace(TRUNK, "$1")}`);
  if (isDate(number) || /(?:^|\D)0\.\d/.test(number)) return false; // 454 0.99
  if (label === "call") return true;
  if (label === "other" || isNumbered) return false;
  if (/^00[1-9]/.test(digits) && digits.length >= 10) return isPossiblePhoneNumber(`+${digits.slice(2)}`);
  return hasNationalForm(number, digits) || (isUnspaced && CHINESE_MOBILE.test(digits));
}

/** "+44 (0)20 …": the 0 of the trunk is not dialled from abroad. */
const TRUNK = /^(2[07]|3[0-469]|4[013-9]|49|6[0-6]|3[578]\d|42\d)0/;
const CHINESE_MOBILE = /^1[3-9]\d{9}$/;
const NORTH_AMERICAN = /^(?:1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([ .-]))[2-9]\d{2}[ .-]\d{4}$/;
const AREA_IN_BRACKETS = /^\(0?[1-9]\d{0,4}\)[ /-]?\d{2,5}(?:[ .-]?\d{1,4}){1,4}$/;
const TRUNK_PREFIX = /^(?:\(?0[1-9]\d{0,4}\)?|\(0\) ?[1-9]\d{0,4})(?:[ ./-]{1,3}\d{2,8}){1,5}$/;
/** Countries whose numbers begin with no 0: how they group them is in libphonenumber. */
const WITHOUT_ZERO: readonly CountryCode[] = ["ES", "PL", "RU", "PT", "CZ", "GR", "HU", "CN", "BR", "MX", "IN"]; // biome-ignore format: one row
/** The lengths of the groups that those countries write, to spare the look into the tables. */
const SHAPES = new Set(
  "3-3-3 3-2-2-2 2-3-2-2 1-3-3-2-2 1-3-2-2-2 1-3-3-4 1-4-2-2-2 2-3-3-2 2-3-4 3-3-4 2-4-4 2-5-4 3-4-4 5-5 3-8 3-7 4-3-3 2-8 5-6 1-2-3-4 2-2-3-4".split(
    " ",
  ),
);
/** Groups of three of the nine digits that these countries' numbers have: the second usual way of writing them. */
const NINE_IN_THREES = /^[5-9]\d\d([ .-])\d{3}\1\d{3}$/;

function hasNationalForm(number: string, digits: string): boolean {
  if (NORTH_AMERICAN.test(number)) return true;
  if (AREA_IN_BRACKETS.test(number)) return digits.length >= 8;
  if (TRUNK_PREFIX.test(number)) return digits.length >= 9 && digits.length <= 12;
  if (
    !SHAPES.has(
      number
        .match(/\d+/g)!
        .map((group) => group.length)
        .join("-"),
    )
  )
    return false;
  const groups = (text: string) => text.replace(/\D+/g, " ").trim();
  return WITHOUT_ZERO.some((country) => {
    const phone = parsePhoneNumberFromString(digits, country);
    if (phone === undefined || !phone.isValid() || phone.country !== country) return false;
    if (NINE_IN_THREES.test(number)) return phone.getType() === "MOBILE";
    const written = groups(number);
    if (written.split(" ").length < 3 && digits.length < 10) return false; // "2345 6789" is anything
    const national = groups(phone.formatNational());
    return written === national || written === groups(phone.formatInternational()).replace(/^\d+ /, "");
  });
}

/** A day, or a day and what follows it: 01/02/2003 10, 2003-02-01-12. French numbers of five pairs are none. */
function isDate(number: string): boolean {
  return (
    /^(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:19|20)\d\d(?:\D|$)/.test(number) ||
    /^(?:0?[1-9]|1[0-2])[./-](?:0?[1-9]|[12]\d|3[01])[./-](?:19|20)\d\d(?:\D|$)/.test(number) ||
    /^(?:19|20)\d\d[./-]?(?:0[1-9]|1[0-2])[./-]?(?:0[1-9]|[12]\d|3[01])(?:\D|$)/.test(number) ||
    /^\d\d[./-]\d\d[./-]\d\d(?: \d\d)?(?: \d\d)?$/.test(number) ||
    /^(?:19|20)\d\d[ -](?:19|20)\d\d$/.test(number)
  );
}

/** One of several numbers side by side in a table or a listing: digits before or after it at some distance. */
function isColumn(text: string, start: number, end: number): boolean {
  return (
    /\d[ \t]{1,8}$/.test(text.slice(Math.max(0, start - 9), start)) || /^[ \t]{1,8}\d/.test(text.slice(end, end + 9))
  );
}

function withExtension(text: string, end: number): number {
  const match =
    /^[ ,]{0,3}(?:ext|extension|x|durchwahl|dw|poste|int|доб|wew|内線)[. ]{0,3}\d{1,6}(?![\p{L}\p{N}])/iu.exec(
      text.slice(end, end + 24),
    );
  return match ? end + match[0].length : end;
}
