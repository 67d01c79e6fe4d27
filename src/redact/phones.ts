/**
 * Telephone numbers. A row of digits is one by its form (country code, area code in brackets, national prefix 0, the
 * North American and Chinese groups) or by the word before it ("Tel.", "call me on"); dates, amounts, and numbers that are
 * called order, invoice or version are none.
 */
import type { Span } from "./spans.ts";

const FIRST = /(?:\+|\(\+?|\d)/g;
const MAX_RUN_CHARACTERS = 40;
const MIN_DIGITS = 6;
const MAX_DIGITS = 15; // ITU-T E.164 §6.1
const MAX_GROUPS = 9;

/** A row of digit groups with single separators between them. */
interface Group {
  /** Where it starts with its sign and brackets, and where its last digit or bracket ends. */
  readonly start: number;
  readonly end: number;
  /** It stands apart: a blank before it. */
  readonly afterBlank: boolean;
}

/** Telephone numbers of `text`; each character is looked at a bounded number of times. */
export function findPhones(text: string): Span[] {
  const found: Span[] = [];
  FIRST.lastIndex = 0;
  for (let match = FIRST.exec(text); match; match = FIRST.exec(text)) {
    const groups = readGroups(text, match.index);
    if (groups.length === 0) {
      FIRST.lastIndex = skipDigits(text, match.index + match[0].length);
      continue;
    }
    const phone = choosePhone(text, groups);
    if (phone) found.push(phone);
    FIRST.lastIndex = Math.max(match.index + 1, phone?.end ?? groups[groups.length - 1].end);
  }
  return found;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text, at)) at++;
  return at;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

const GROUP = /(?:\+ ?)?\(?\+?\d{1,15}(?:\)|(?=\D|$))/y;
const SEPARATOR = /(?:[ \u00a0](?:[-–/] ?)?|[-–./]|(?<=\))|(?=\())(?=[(\d])/y;

function readGroups(text: string, start: number): Group[] {
  const before = text[start - 1] ?? "";
  if (
    /[\p{L}\p{N}_$€£¥#]/u.test(before) ||
    /[\p{L}\p{N}][-./@#=&%,:]$/u.test(text.slice(Math.max(0, start - 2), start))
  ) {
    const isLabel = /\p{L}[.:]$/u.test(text.slice(Math.max(0, start - 2), start)); // "Tel:030…"
    if (!isLabel) return [];
  }
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
    afterBlank = /[ \u00a0]/.test(separator[0]);
  }
  return groups;
}

/** The longest row of whole groups that is a telephone number, from the first place on where one starts. */
function choosePhone(text: string, groups: readonly Group[]): Span | null {
  for (let first = 0; first < groups.length; first++) {
    if (first > 0 && !groups[first].afterBlank) continue;
    const context = readContext(text, groups[first].start);
    for (let last = groups.length - 1; last >= first; last--) {
      if (last < groups.length - 1 && !groups[last + 1].afterBlank) continue;
      const { start } = groups[first];
      const { end } = groups[last];
      const number = text.slice(start, end);
      if (countDigits(number) < MIN_DIGITS) break;
      if (isPhone(number, context) && !isBroken(text, end) && (context.label === "call" || !isColumn(text, start, end)))
        return { start, end: withExtension(text, end) };
    }
  }
  return null;
}

/** The row goes on in a way that makes it another thing: letters, a decimal part, a percent sign, a unit of money. */
function isBroken(text: string, end: number): boolean {
  return (
    /^(?:[\p{L}_%@°]|[-./:,]\d|[-/][\p{L}])/u.test(text.slice(end, end + 2)) ||
    MONEY_AFTER.test(text.slice(end, end + 12))
  );
}

const MONEY_AFTER =
  /^[ \u00a0]?(?:€|\$|£|¥|EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|Euro?s?\b|dollars?\b|bytes?\b|[KMGT]i?B\b|kWh\b|km\b|kg\b|people\b|users\b|rows\b|%)/i;
const MONEY_BEFORE = /(?:€|\$|£|¥|EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|Rs\.?)[ \u00a0]?$/i;

/** Words that announce a number to call, and words that announce another number; the nearer one counts. */
const CALL_WORD =
  /(?<![\p{L}\p{N}])(?:tel|tél|telefono?|teléfono|telephone|téléphone|telefoon|telefax|fon|phone|phones|mobile?|mob|cell(?:phone|ular)?|handy|mobil|fax|faks|ph|[tmfo](?=[.:])|whatsapp|signal|sms|hotline|helpline|landline|rufnummer|durchwahl|portable|móvil|cellulare|puhelin|gsm|dial(?:-?in)?|(?:call|ring|phone|reach|text|anrufen|appelez|llama(?:me|r)?)(?: (?:me|us|him|her|them|back|moi))?|my (?:new )?number|our (?:new )?number|direct(?: line)?|desk|office line|dw|电话|電話|手机|携帯)(?![\p{L}])/giu;
const OTHER_WORD =
  /(?<![\p{L}\p{N}])(?:order|orders|invoice|inv|ticket|case|ref|reference|tracking|shipment|parcel|account|acct|customer|client|member(?:ship)?|serial|model|part|item|sku|isbn|issn|ean|upc|asin|rma|po|version|build|id|ids|pid|uid|bug|issue|patch|rfc|commit|revision|port|pin|code|vat|ust|tax|iban|bic|blz|konto(?:nummer)?|bestell(?:ung|nummer|nr)?|rechnung(?:snummer|s-nr|snr)?|kundennummer|auftrag(?:snummer)?|vorgang|aktenzeichen|sendungsnummer|commande|facture|pedido|factura|ordine|fattura|flight|booking|reservation|policy|contract|licen[cs]e|permit|year|years|date|page|pages|lines?|coordinates?|lat|lon|latitude|longitude|row|rows|bytes|size|total|amount|count|msgid|message-id|timestamp|epoch)(?![\p{L}])/giu;
const LABEL_CHARACTERS = 36;

/** What stands before a number on its line. */
interface Context {
  readonly isMoney: boolean;
  readonly isNumbered: boolean;
  readonly label: "call" | "other" | null;
}

function readContext(text: string, start: number): Context {
  const line = text.slice(Math.max(0, start - LABEL_CHARACTERS), start);
  const isCut = start > LABEL_CHARACTERS && !line.includes("\n");
  const before = isCut ? line.replace(/^[\p{L}\p{N}]+/u, "") : line.slice(line.lastIndexOf("\n") + 1); // no half word
  const hasWords = /\p{L}/u.test(before);
  return {
    isMoney: MONEY_BEFORE.test(before),
    isNumbered: /#[ ]?$/.test(before),
    label: hasWords ? nearestLabel(before) : null,
  };
}

function isPhone(number: string, { isMoney, isNumbered, label }: Context): boolean {
  const digits = number.replace(/\D/g, "");
  if (isMoney || digits.length < MIN_DIGITS || digits.length > MAX_DIGITS || /^(\d)\1*$/.test(digits)) return false;
  if (number.startsWith("+") || number.startsWith("(+")) return label !== "other" && hasCountryCode(digits);
  if (isDate(number) || /(?:^|\D)0\.\d/.test(number)) return false; // 454 0.99
  if (label === "call") return true;
  if (label === "other" || isNumbered) return false;
  if (/^00[1-9]/.test(digits) && digits.length >= 10 && hasCountryCode(digits.slice(2))) return true;
  return hasNationalForm(number, digits);
}

function nearestLabel(before: string): "call" | "other" | null {
  const call = lastIndex(before, CALL_WORD);
  const other = lastIndex(before, OTHER_WORD);
  if (call === other) return null;
  return call > other ? "call" : "other";
}

function lastIndex(text: string, pattern: RegExp): number {
  let last = -1;
  for (const match of text.matchAll(pattern)) last = match.index + match[0].length;
  return last;
}

/** ITU country codes of one, two and three digits, with the length that the whole number has. */
const COUNTRY_CODE =
  /^(?:7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|21[1-368]|22\d|23\d|24\d|25[0-8]|26\d|29[0-1789]|35\d|37\d|38[0-35-79]|42[013]|50\d|59\d|67[02-9]|68\d|69[0-2]|80[08]|85[02356]|87[08]|88[0-68]|96[0-8]|97[0-79]|99[2-68])/;

function hasCountryCode(digits: string): boolean {
  if (digits.startsWith("1")) return /^1[2-9]\d{2}[2-9]\d{6}$/.test(digits);
  return COUNTRY_CODE.test(digits) && digits.length >= 8;
}

const NORTH_AMERICAN = /^(?:1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([ .-]))[2-9]\d{2}[ .-]\d{4}$/;
const AREA_IN_BRACKETS = /^\(0?[1-9]\d{0,4}\)[ /-]?\d{2,5}(?:[ .-]?\d{1,4}){1,4}$/;
const CHINESE_MOBILE = /^1[3-9]\d[ -]\d{4}[ -]\d{4}$/;
const NATIONAL_PREFIX = /^(?:\(?0[1-9]\d{0,4}\)?|\(0\) ?[1-9]\d{0,4})(?:[ \u00a0./–-]{1,3}\d{2,8}){1,5}$/;

function hasNationalForm(number: string, digits: string): boolean {
  if (NORTH_AMERICAN.test(number) || CHINESE_MOBILE.test(number)) return true;
  if (AREA_IN_BRACKETS.test(number)) return digits.length >= 8;
  return NATIONAL_PREFIX.test(number) && digits.length >= 9 && digits.length <= 12;
}

/** A day, or a day and what follows it: 01/02/2003 10, 2003-02-01-12. French numbers of five pairs are none. */
function isDate(number: string): boolean {
  return (
    /^(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:19|20)\d\d(?:\D|$)/.test(number) ||
    /^(?:0?[1-9]|1[0-2])[./-](?:0?[1-9]|[12]\d|3[01])[./-](?:19|20)\d\d(?:\D|$)/.test(number) ||
    /^(?:19|20)\d\d[./-]?(?:0[1-9]|1[0-2])[./-]?(?:0[1-9]|[12]\d|3[01])(?:\D|$)/.test(number) ||
    /^\d\d[./-]\d\d[./-]\d\d(?: \d\d)?(?: \d\d)?$/.test(number) ||
    /^(?:19|20)\d\d[ –-](?:19|20)\d\d$/.test(number)
  );
}

/** One of several numbers side by side in a table or a listing: digits before or after it at some distance. */
function isColumn(text: string, start: number, end: number): boolean {
  return (
    /\d[ \t]{1,8}$/.test(text.slice(Math.max(0, start - 9), start)) || /^[ \t]{1,8}\d/.test(text.slice(end, end + 9))
  );
}

function withExtension(text: string, end: number): number {
  const match = /^[ ,]{0,3}(?:ext|extension|x|durchwahl|dw|poste|int)[. ]{0,3}\d{1,6}(?![\p{L}\p{N}])/iu.exec(
    text.slice(end, end + 24),
  );
  return match ? end + match[0].length : end;
}

function countDigits(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (isDigit(text, i)) count++;
  return count;
}
