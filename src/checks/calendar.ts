/** Dates, weekdays and times in running text of seven languages, each as keys that compare. */

/** A piece of text, and the keys under which it can stand elsewhere: `3/4` is 3 April or 4 March. */
export interface Claim {
  readonly kind: ClaimKind;
  readonly text: string;
  readonly keys: readonly string[];
  /** Where it stands. */
  readonly at: number;
}

export type ClaimKind = "url" | "email" | "phone" | "date" | "weekday" | "time" | "amount" | "number" | "code" | "name";

const MONTHS: readonly string[] = [
  "january jan januar janvier enero gennaio janeiro januari jänner",
  "february feb februar février febrero febbraio fevereiro februari",
  "march mar märz mars marzo março maart maerz",
  "april apr avril abril aprile",
  "may mai mayo maggio maio mei",
  "june jun juni juin junio giugno junho",
  "july jul juli juillet julio luglio julho",
  "august aug août agosto augustus",
  "september sep sept septembre septiembre settembre setembro",
  "october oct oktober okt octobre octubre ottobre outubro",
  "november nov novembre noviembre novembro",
  "december dec dezember dez décembre diciembre dicembre dezembro",
];
const WEEKDAYS: readonly string[] = [
  "sunday sun sonntag dimanche domingo domenica zondag",
  "monday mon montag lundi lunes lunedì segunda-feira segunda maandag",
  "tuesday tue tues dienstag mardi martes martedì terça-feira terça dinsdag",
  "wednesday wed mittwoch mercredi miércoles mercoledì quarta-feira quarta woensdag",
  "thursday thu thur thurs donnerstag jeudi jueves giovedì quinta-feira quinta donderdag",
  "friday fri freitag vendredi viernes venerdì sexta-feira sexta vrijdag",
  "saturday sat samstag sonnabend samedi sábado sabato zaterdag",
];
const TODAY = "today tonight heute aujourd'hui hoy oggi hoje vandaag";
const TOMORROW = "tomorrow morgen demain mañana domani amanhã";

const indexWords = (rows: readonly string[], first: number) =>
  new Map(rows.flatMap((row, i) => row.split(" ").map((word) => [word, i + first] as const)));
const monthOf = indexWords(MONTHS, 1);
const weekdayOf = indexWords(WEEKDAYS, 0);

/** Words that are also something else where they stand without a day: "may", "mar", "sat", "sun", "segunda". */
const AMBIGUOUS_ALONE = new Set(
  "may march mar sun sat mon wed mai mars segunda terça quarta quinta sexta sep dec jan thu fri tue jun jul apr feb aug oct nov okt dez".split(
    " ",
  ),
);

const alternatives = (words: Iterable<string>) => [...words].sort((a, b) => b.length - a.length).join("|");
const MONTH = alternatives(monthOf.keys());
const DAY = "(?<!\\d)([0-3]?\\d)(?:st|nd|rd|th|er|º|°|\\.)?";
const YEAR = "(?:\\.?,?[ ]+(?:de[ ]+|del[ ]+)?((?:19|20)\\d\\d)(?!\\d))?";
const DAY_MONTH = new RegExp(`${DAY}[ ]+(?:of[ ]+|de[ ]+)?(${MONTH})(?![\\p{L}])${YEAR}`, "giu");
const MONTH_DAY = new RegExp(`(?<![\\p{L}])(${MONTH})\\.?[ ]+${DAY}(?![\\d:.]\\d)(?!\\d)${YEAR}`, "giu");
const DAY_RANGE = new RegExp(
  `(?<!\\d)([0-3]?\\d)(?:st|nd|rd|th|\\.)?[ ]*(?:-|–|to|until|and|or|bis|und|oder|au|et|al|y|e|en|tot)[ ]*[0-3]?\\d(?:st|nd|rd|th|\\.)?[ ]+(?:de[ ]+)?(${MONTH})(?![\\p{L}])`,
  "giu",
);
const ISO_DATE = /(?<!\d)((?:19|20)\d\d)-([01]\d)-([0-3]\d)(?!\d)/g;
const NUMERIC_DATE =
  /(?<![\d/.-])([0-3]?\d)([/.-])([0-3]?\d)\2((?:19|20)?\d\d)(?![\d/])|(?<![\d/.])([0-3]?\d)\.([01]?\d)\.(?!\d)|(?<![\d/])([0-3]?\d)\/([0-3]?\d)(?![\d/])/g;
const BARE_WORD = new RegExp(
  `(?<![\\p{L}-])(${alternatives([...monthOf.keys(), ...weekdayOf.keys()])})s?(?![\\p{L}-])`,
  "giu",
);

const dateKey = (month: number, day: number) => `date:${month}-${day}`;
const isDay = (month: number, day: number) => month >= 1 && month <= 12 && day >= 1 && day <= 31;

/** Every date and weekday of `text`; a month that stands alone is a date without a day. */
export function findDates(text: string): Claim[] {
  const claims: Claim[] = [];
  const add = (match: RegExpMatchArray, keys: string[], year?: string) => {
    if (keys.length === 0) return;
    claims.push({ kind: "date", text: match[0], keys, at: match.index! });
    if (year !== undefined) {
      const at = match.index! + match[0].lastIndexOf(year);
      claims.push({ kind: "number", text: year, keys: [`number:${Number(year)}`], at });
    }
  };
  const named = (month: string, day: string) => {
    if (/^(?:may|march)$/.test(month)) return []; // "20 may be too few"
    const m = monthOf.get(month.toLowerCase())!;
    return isDay(m, Number(day)) ? [dateKey(m, Number(day))] : [];
  };
  for (const match of text.matchAll(ISO_DATE)) add(match, [dateKey(Number(match[2]), Number(match[3]))], match[1]);
  for (const match of text.matchAll(DAY_MONTH)) add(match, named(match[2], match[1]), match[3]);
  for (const match of text.matchAll(DAY_RANGE)) {
    const keys = named(match[2], match[1]); // 16 to 18 May: the 16th too
    if (keys.length > 0) claims.push({ kind: "date", text: match[1], keys, at: match.index });
  }
  for (const match of text.matchAll(MONTH_DAY)) add(match, named(match[1], match[2]), match[3]);
  for (const match of text.matchAll(NUMERIC_DATE)) {
    const [a, b] = [match[1] ?? match[5] ?? match[7], match[3] ?? match[6] ?? match[8]].map(Number);
    const isSlash = match[7] !== undefined || match[2] === "/";
    const pairs = isSlash
      ? [
          [a, b],
          [b, a],
        ]
      : [[b, a]];
    const year = match[4]?.length === 4 ? match[4] : undefined;
    add(match, [...new Set(pairs.filter(([m, d]) => isDay(m, d)).map(([m, d]) => dateKey(m, d)))], year);
  }
  for (const match of text.matchAll(BARE_WORD)) {
    const word = match[1].toLowerCase();
    const taken = claims.some(({ at, text: found }) => match.index >= at && match.index < at + found.length);
    if (taken) continue;
    if (AMBIGUOUS_ALONE.has(word) && !isAbbreviation(text, match)) continue;
    const weekday = weekdayOf.get(word);
    if (weekday !== undefined) {
      claims.push({ kind: "weekday", text: match[0], keys: [`weekday:${weekday}`], at: match.index });
    } else {
      claims.push({ kind: "date", text: match[0], keys: [`month:${monthOf.get(word)}`], at: match.index });
    }
  }
  return claims;
}

/** Whether an ambiguous short word stands as a day or month: capitalised, and after "on", "in", "by" or before a number. */
function isAbbreviation(text: string, match: RegExpMatchArray): boolean {
  const before = text.slice(Math.max(0, match.index! - 12), match.index);
  return /^\p{Lu}/u.test(match[0]) && /\b(?:on|by|in|until|from|next|this|since|em|na|la|en|im|am)[ ]$/iu.test(before);
}

const TIME =
  /(?<![\d.,:€$£])([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?[ ]?(a\.?m\b\.?|p\.?m\b\.?)|(?<![\d.,:/])([01]?\d|2[0-3])[:h]([0-5]\d)(?![\d:])(?:[ ]?(?:uhr|uur|h))?|(?<![\d.,:/])([01]?\d|2[0-3])(?:[.]([0-5]\d))?[ ]?(?:uhr|uur|heures?|h)(?!\p{L})|(?<!\p{L})(noon|midday|midnight|mittags|midi|mediodía|mezzogiorno|meio-dia|middag)(?!\p{L})|(?<!\p{L})([01]?\d)[ ]o['’]clock/giu;

/** Every time of day; one without a.m. or p.m. stands for both. */
export function findTimes(text: string): Claim[] {
  return [...text.matchAll(TIME)].map((match) => {
    const [found, h12, m12, half, h24, m24, hour, minutes, word, oclock] = match;
    const claim = (keys: string[]): Claim => ({ kind: "time", text: found, keys, at: match.index });
    if (word !== undefined) return claim([timeKey(/^midnight$/i.test(word) ? 0 : 12, 0)]);
    if (half !== undefined) return claim([timeKey((Number(h12) % 12) + (/^p/i.test(half) ? 12 : 0), Number(m12 ?? 0))]);
    const h = Number(h24 ?? hour ?? oclock);
    const m = Number(m24 ?? minutes ?? 0);
    return claim(h <= 12 ? [timeKey(h, m), timeKey((h + 12) % 24, m)] : [timeKey(h, m)]);
  });
}

/** The key of a time of day, in 24 hours. */
function timeKey(hour: number, minute: number): string {
  return `time:${hour}:${String(minute).padStart(2, "0")}`;
}

const RELATIVE = new RegExp(
  `(?<![\\p{L}])(?:(${alternatives(TODAY.split(" "))})|(${alternatives(TOMORROW.split(" "))}))(?![\\p{L}])`,
  "giu",
);
const WEEKS_AHEAD = 2;
const NEAR_DAYS = 270; // ours: a date without a year is at most nine months away
const DAY_MS = 86_400_000;

/**
 * What the dates and weekdays of a mail sent at `sentAt` also say: the weekday of a date, the dates of a weekday in the two weeks
 * after it was sent, and the day that "tomorrow" is.
 */
export function impliedDates(text: string, claims: readonly Claim[], sentAt: string): string[] {
  const sent = new Date(sentAt);
  if (Number.isNaN(sent.getTime())) return [];
  const keys: string[] = [];
  const addDay = (ms: number) => {
    const day = new Date(ms);
    keys.push(dateKey(day.getUTCMonth() + 1, day.getUTCDate()), `weekday:${day.getUTCDay()}`);
  };
  for (const key of claims.flatMap(({ keys: own }) => own)) {
    const date = /^date:(\d+)-(\d+)$/.exec(key);
    if (date !== null) {
      keys.push(`month:${date[1]}`);
      for (const year of [-1, 0, 1].map((step) => sent.getUTCFullYear() + step)) {
        const day = Date.UTC(year, Number(date[1]) - 1, Number(date[2]));
        if (Math.abs(day - sent.getTime()) < NEAR_DAYS * DAY_MS) keys.push(`weekday:${new Date(day).getUTCDay()}`);
      }
    }
    const weekday = /^weekday:(\d)$/.exec(key);
    if (weekday !== null) {
      const ahead = (Number(weekday[1]) - sent.getUTCDay() + 7) % 7;
      for (let week = 0; week < WEEKS_AHEAD; week++) addDay(sent.getTime() + (ahead + 7 * week) * DAY_MS);
    }
  }
  for (const match of text.matchAll(RELATIVE)) addDay(sent.getTime() + (match[1] === undefined ? DAY_MS : 0));
  return keys;
}
