/**
 * Dates of mail headers, as programs of many languages write them. Unlike `new Date(text)`, a date without a zone is UTC on every
 * machine, a day that the calendar does not have is no date, and a numeric date whose day and month could be swapped is none.
 */
import calendar from "../languages/calendar.json" with { type: "json" };

/** Word -> the months it names, more than one where languages differ. */
const MONTHS = new Map<string, number[]>();
for (const [i, words] of calendar.months.entries())
  for (const word of words) MONTHS.set(word, [...(MONTHS.get(word) ?? []), i + 1]);
const LONG_ZONES = new Map<string, number>(Object.entries(calendar.zones));

/** Hours east of UTC: RFC 5322 §4.3, then names in use that mean one offset in mail. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  ...{ EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
  ...{ AKST: -9, AKDT: -8, HST: -10, NST: -3.5, NDT: -2.5, BRT: -3, ART: -3 },
  ...{
    WET: 0,
    WEST: 1,
    BST: 1,
    IST: 1,
    CET: 1,
    CEST: 2,
    MET: 1,
    MEST: 2,
    MEZ: 1,
    MESZ: 2,
    EET: 2,
    EEST: 3,
    MSK: 3,
    SAST: 2,
  },
  ...{ PKT: 5, SGT: 8, HKT: 8, JST: 9, KST: 9, AWST: 8, AEST: 10, AEDT: 11, NZST: 12, NZDT: 13 },
};

/** ISO 8601 in UTC of a Date header (RFC 5322 with its obsolete forms, asctime, ISO 8601, local habits), or null where it is none or not between 1970 and 2100. */
export function parseDate(header: string): string | null {
  const text = header
    .slice(0, 200)
    .replace(/\([^()]{0,100}\)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const clock = findClock(text);
  // what stands before the time of day, and behind it: a year may follow ("Aug 22 12:36:23 2002")
  const before = clock ? text.slice(0, clock.start) : text;
  const behind = clock ? text.slice(clock.end) : "";
  const day = findDay(before, behind, clock?.isHalfDay ?? false) ?? findDay(behind, "", clock?.isHalfDay ?? false);
  if (!day) return null;
  const { year, month, date } = day;
  const time = Date.UTC(
    year,
    month - 1,
    date,
    clock?.hour ?? 0,
    clock?.minute ?? 0,
    clock?.second ?? 0,
    clock?.millisecond ?? 0,
  );
  const isReal = new Date(Date.UTC(year, month - 1, date)).getUTCDate() === date;
  if (!isReal || year < 1970 || year > 2100) return null;
  return new Date(time - zoneMinutes(behind) * 60_000).toISOString();
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** With AM or PM, as Americans write, who also put the month first. */
  readonly isHalfDay: boolean;
  readonly start: number;
  readonly end: number;
}

const COLONS = /(?<![\d:])(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?!\d)/;
const BASIC = /(?<=\d{8}T)(\d\d)(\d\d)(\d\d)(?!\d)/; // ISO 8601 without its marks
const STOPS = /(?<![\d.])(\d{1,2})\.(\d\d)\.(\d\d)(?![\d.])/;

/** Halves of the day that stand before the time, or behind it in words of their own: they say nothing of the order of day and month. */
const MORNING = /上午|午前|오전|\ba\. m\.|π\.?μ|(?<!\p{L})ص(?!\p{L})/iu;
const AFTERNOON = /下午|午後|오후|\bp\. m\.|(?<!\p{L})μ\.?μ|(?<!\p{L})م(?!\p{L})/iu;

function findClock(text: string): Clock | null {
  const match = COLONS.exec(text) ?? STOPS.exec(text) ?? BASIC.exec(text);
  if (!match) return null;
  const [whole, hour, minute, second = "0", fraction = "0"] = match;
  const half = /^\s?([ap])\.?m\b\.?/i.exec(text.slice(match.index + whole.length));
  const isMorning = half ? half[1].toLowerCase() === "a" : MORNING.test(text);
  const isAfternoon = half ? !isMorning : AFTERNOON.test(text);
  const shift = isAfternoon && Number(hour) < 12 ? 12 : isMorning && Number(hour) === 12 ? -12 : 0;
  const clock = { hour: Number(hour) + shift, minute: Number(minute), second: Number(second) };
  if (clock.hour > 24 || clock.minute > 59 || clock.second > 60) return null;
  return {
    ...clock,
    millisecond: Math.floor(Number(`0.${fraction}`) * 1000),
    isHalfDay: half !== null,
    start: match.index,
    end: match.index + whole.length + (half?.[0].length ?? 0),
  };
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

/** The day in `text`; a year that is not there may stand in `behind`. */
function findDay(text: string, behind: string, monthFirst: boolean): Day | null {
  return yearFirst(text) ?? namedMonth(text, behind) ?? numberedMonth(text) ?? numeric(text, monthFirst);
}

/** 2015-10-01, 2015/10/1, 2015. 10. 1., 2024年3月4日 and, with a "T" behind it, 20151001 */
function yearFirst(text: string): Day | null {
  const match = /(?<!\d)(\d{4})(?:[-/.]|年|년|\. )\s?(\d{1,2})(?:[-/.]|月|월|\. )\s?(\d{1,2})(?!\d)/.exec(text);
  const [, year, month, date] = match ?? /(?<!\d)(\d{4})(\d\d)(\d\d)T?$/.exec(text) ?? [];
  return year === undefined ? null : checkDay(Number(year), Number(month), Number(date));
}

/** Of Thai also with a stop inside: มี.ค. */
const WORD = /\p{sc=Thai}{1,9}\.\p{sc=Thai}{1,9}|[\p{L}\p{M}]{2,20}/gu;

/** 1 Oct 2015, 01-Okt-15, October 1, 2015, 1 de outubro de 2015 */
function namedMonth(text: string, behind: string): Day | null {
  for (const word of text.toLowerCase().matchAll(WORD)) {
    const months = MONTHS.get(word[0].normalize("NFC"));
    if (months?.length !== 1) continue;
    const left = /(?<!\d)(\d{1,2})(?:st|nd|rd|th|º|\.)?[ -]{0,3}(?:de |d’|d'|of )?$/.exec(
      text.slice(0, word.index).toLowerCase(),
    );
    const rest = text.slice(word.index + word[0].length);
    const right = left ? null : /^[. -]{0,3}(\d{1,2})(?:st|nd|rd|th)?(?!\d)/.exec(rest);
    const date = left?.[1] ?? right?.[1];
    if (date === undefined) continue;
    const year =
      /^[., '’-]{0,4}(?:de |del )?(\d{2,4})(?!\d)/.exec(right ? rest.slice(right[0].length) : rest)?.[1] ??
      /(?<![\d+-])((?:19|20)\d\d)(?!\d)/.exec(behind)?.[1];
    if (year !== undefined) return checkDay(fullYear(year), months[0], Number(date));
  }
  return null;
}

/** 金, 4 10月 2024; 12 thg 3, 2020: what programs of Japan, Korea and Vietnam write, whose months have numbers for names */
function numberedMonth(text: string): Day | null {
  const match = /(?<!\d)(\d{1,2}) (?:thg |tháng )?(\d{1,2})(?:月|월)?,? (\d{4})(?!\d)/i.exec(text);
  return match ? checkDay(Number(match[3]), Number(match[2]), Number(match[1])) : null;
}

/** 05.03.2024 is a day first; 05/03/2024 is known where one of the two is above 12, or by AM and PM. */
function numeric(text: string, monthFirst: boolean): Day | null {
  const match = /(?<!\d)(\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{4})(?!\d)/.exec(text);
  if (!match) return null;
  const [a, b, year] = [Number(match[1]), Number(match[3]), Number(match[4])];
  if (match[2] === "." || a > 12 || a === b) return checkDay(year, b, a);
  return b > 12 || monthFirst ? checkDay(year, a, b) : null;
}

function checkDay(year: number, month: number, date: number): Day | null {
  return month >= 1 && month <= 12 && date >= 1 && date <= 31 ? { year, month, date } : null;
}

/** RFC 5322 §4.3: 00–49 are 2000–2049, 50–999 count from 1900; so do years below 200 in four digits, which a program padded. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2 && year < 50) return 2000 + year;
  return text.length < 4 || (year >= 70 && year < 200) ? 1900 + year : year;
}

/** Of what stands behind the time of day: the first offset that can be one, else a name. Unknown names count as UTC (RFC 5322 §4.3). */
function zoneMinutes(text: string): number {
  for (const [, sign, hours, minutes] of text.matchAll(/(?<!\d-?)([+-])(\d\d):?(\d\d)(?![\d-])/g)) {
    if (Number(hours) <= 14 && Number(minutes) < 60)
      return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  }
  const short = /(?:GMT|UTC?|^)\s?([+-])(\d{1,2})(?:00|:([0-5]\d))?(?![\d:])/i.exec(text);
  if (short) return (short[1] === "-" ? -1 : 1) * (Number(short[2]) * 60 + Number(short[3] ?? 0));
  const long = /[a-z][a-z. ]{5,40}\btime\b/i.exec(text)?.[0].toLowerCase();
  if (long !== undefined) return LONG_ZONES.get(long) ?? 0;
  const name = /(?<![\p{L}])[A-Z]{2,5}(?![\p{L}])/u.exec(text)?.[0] ?? "";
  return (ZONE_HOURS[name] ?? 0) * 60;
}
