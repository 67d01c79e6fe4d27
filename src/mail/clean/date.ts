/** Dates of mail headers. Unlike `new Date(text)`, a date without a zone is UTC on every machine. */

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const ZONE_HOURS: Readonly<Record<string, number>> = {
  ...{ EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 }, // RFC 5322 §4.3
  ...{
    CET: 1,
    CEST: 2,
    MET: 1,
    MEST: 2,
    EET: 2,
    EEST: 3,
    BST: 1,
    IST: 1,
    JST: 9,
    HKT: 8,
    AEST: 10,
    AEDT: 11,
    NZST: 12,
  },
};
const DAY_FIRST =
  /\b(\d{1,2})[ -]([a-z]{3})[a-z]{0,6}[ -](\d{2,4}) (\d{1,2}):(\d\d)(?::(\d\d))? ?([+-]\d{4}|[a-z]{1,5})?/i;
const MONTH_FIRST = /\b([a-z]{3})[a-z]{0,6} (\d{1,2}),? (\d{1,2}):(\d\d)(?::(\d\d))? ?([+-]\d{4}|[a-z]{1,5})? (\d{4})/i;

/** ISO 8601 in UTC of a Date header (RFC 5322 with its obsolete forms, asctime, ISO 8601), or null where it is none or not between 1970 and 2100. */
export function parseDate(header: string): string | null {
  const text = header.slice(0, 200).replace(/\s+/g, " ").trim();
  const time = dayFirst(text) ?? monthFirst(text) ?? iso(text);
  if (time === null || Number.isNaN(time)) return null;
  const date = new Date(time);
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 2100 ? date.toISOString() : null;
}

function dayFirst(text: string): number | null {
  const match = DAY_FIRST.exec(text);
  if (!match) return null;
  const [, day, month, year, hour, minute, second, zone] = match;
  return utcTime({ year, month, day, hour, minute, second, zone });
}

function monthFirst(text: string): number | null {
  const match = MONTH_FIRST.exec(text);
  if (!match) return null;
  const [, month, day, hour, minute, second, zone, year] = match;
  return utcTime({ year, month, day, hour, minute, second, zone });
}

function iso(text: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|[+-]\d\d:?\d\d)?)?/i.exec(text);
  if (!match) return null;
  const zone = (match[3] ?? "Z").toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  return Date.parse(`${match[1]}T${match[2] ?? "00:00"}${zone}`);
}

type Parts = Readonly<Record<"year" | "month" | "day" | "hour" | "minute", string>> & {
  second?: string;
  zone?: string;
};

function utcTime({ year, month, day, hour, minute, second, zone }: Parts): number | null {
  const monthIndex = MONTHS.indexOf(month.toLowerCase());
  if (monthIndex < 0) return null;
  const numbers = [fullYear(year), Number(day), Number(hour), Number(minute), Number(second ?? 0)];
  if (numbers[1] > 31 || numbers[2] > 24 || numbers[3] > 59 || numbers[4] > 60) return null;
  return Date.UTC(numbers[0], monthIndex, numbers[1], numbers[2], numbers[3], numbers[4]) - zoneMinutes(zone) * 60_000;
}

/** RFC 5322 §4.3: 00–49 are 2000–2049, 50–999 count from 1900. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2 && year < 50) return 2000 + year;
  return text.length < 4 ? 1900 + year : year;
}

/** Unknown names count as UTC (RFC 5322 §4.3). */
function zoneMinutes(zone: string | undefined): number {
  if (!zone) return 0;
  const match = /^([+-])(\d\d)(\d\d)$/.exec(zone);
  if (match) return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
  return (ZONE_HOURS[zone.toUpperCase()] ?? 0) * 60;
}
