/** A day and an hour that stand in the mail, but not together: "Tuesday at 10:30 or Wednesday at 14:00" answered with Wednesday at 10:30. */
import { splitSentences } from "../mail/portable.ts";

/** A pair of a reply, with its place. */
export interface DayTime {
  readonly text: string;
  readonly at: number;
  readonly day: string;
  readonly time: string;
}

const DAY =
  /\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|tomorrow|today|tonight)\b/giu;
const TIME = /\b\d{1,2}(?:[:.]\d{2}(?!\d|[.:]\d)(?: ?[ap]\.?m\b)?| ?[ap]\.?m\b| uhr\b)|\bnoon\b/giu;
/** Between the parts of an offer: each part has a day and hours of its own. */
const PARTS = /[,;]|\b(?:or|oder|and|und|but|aber|else|instead)\b/giu;
/** ours: what stands farther apart in one part belongs to two thoughts. */
const REACH = 40;

interface Mention {
  readonly kind: "day" | "time";
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** The pairs of `reply` whose day and hour the `texts` (mail, owner's line) hold with other hours and days, and never with each other. */
export function findSplitPairs(reply: string, texts: readonly string[]): DayTime[] {
  const known = texts.flatMap((text) => splitSentences(text).flatMap(pairsOffered));
  const isKnown = ({ day, time }: { day: string; time: string }) =>
    known.some((pair) => pair.day === day && pair.time === time);
  return pairsSaid(reply).filter(
    (pair) =>
      !isKnown(pair) && known.some(({ day }) => day === pair.day) && known.some(({ time }) => time === pair.time),
  );
}

/** What a sentence of the mail offers: hours go to the day of their part, else to the last one named; days without hours to the next hour. */
function pairsOffered(sentence: string): { day: string; time: string }[] {
  const pairs: { day: string; time: string }[] = [];
  let days: string[] = [];
  let hadTime = false;
  for (const { kind, value } of mentionsIn(sentence)) {
    if (kind === "day") {
      days = hadTime ? [value] : [...days, value];
      hadTime = false;
    } else {
      hadTime = true;
      for (const day of days) pairs.push({ day, time: value });
    }
  }
  // "at 10:30 on Tuesday": an hour before the first day of its part
  for (const part of sentence.split(PARTS)) {
    const [first, second] = mentionsIn(part);
    if (first?.kind === "time" && second?.kind === "day") pairs.push({ day: second.value, time: first.value });
  }
  return pairs;
}

/** A day and an hour beside each other in one part of the reply. */
function pairsSaid(reply: string): DayTime[] {
  const found = mentionsIn(reply);
  return found.slice(1).flatMap((second, i) => {
    const first = found[i];
    const between = reply.slice(first.end, second.start);
    if (
      first.kind === second.kind ||
      between.length > REACH ||
      /[.!?\n]/.test(between) ||
      new RegExp(PARTS).test(between)
    )
      return [];
    const [day, time] = first.kind === "day" ? [first, second] : [second, first];
    const text = reply.slice(first.start, second.end);
    return [{ text, at: first.start, day: day.value, time: time.value }];
  });
}

function mentionsIn(text: string): Mention[] {
  const of = (kind: Mention["kind"], pattern: RegExp) =>
    [...text.matchAll(pattern)].map((match): Mention => {
      const value = kind === "day" ? match[0].toLowerCase() : plainTime(match[0]);
      return { kind, value, start: match.index, end: match.index + match[0].length };
    });
  return [...of("day", DAY), ...of("time", TIME)].sort((a, b) => a.start - b.start);
}

/** Minutes of the day where it can be told: "2 pm", "14:00" and "14 Uhr" are one hour. */
function plainTime(text: string): string {
  if (/^noon$/i.test(text)) return "720";
  const [, hour, minute = "0"] = /^(\d{1,2})(?:[:.](\d{2}))?/.exec(text)!;
  const half = /([ap])\.?m/i.exec(text)?.[1].toLowerCase();
  const shift =
    half === undefined
      ? 0
      : half === "p"
        ? (Number(hour) % 12) + 12 - Number(hour)
        : (Number(hour) % 12) - Number(hour);
  return `${60 * (Number(hour) + shift) + Number(minute)}`;
}
