/**
 * A5: every number, amount, date, time, address, link, code and name of the reply stands in what the writer could know. Normalised
 * before it is compared: 3:30 p.m. is 15:30, 1k is 1,000, the Friday after the mail was sent is its date. Lenient where a reading is
 * open: a finding is worth a look, its absence is no proof.
 */
import { splitReply } from "../mail/portable.ts";
import { type Claim, findDates, findTimes, impliedDates } from "./calendar.ts";
import { findNames, foldName, nameWords } from "./names.ts";
import {
  findAddresses,
  findCodes,
  findNumbers,
  findPhones,
  findUrls,
  readNumber,
  spelledNumbers,
} from "./quantities.ts";

/** What a reply may draw on. */
export interface Sources {
  /** Every text that was known: the mails of the thread with their headers, the user's own name and facts. */
  readonly texts: readonly string[];
  /** ISO 8601: when the mail was sent, which tells what "Friday" and "tomorrow" are. */
  readonly sentAt?: string;
  /** ISO 639-1 of the reply; German writes every noun with a capital. Default en. */
  readonly language?: string;
}

/** What a reply claims, and which of it stands nowhere. */
export interface Grounding {
  readonly claims: number;
  readonly ungrounded: readonly Claim[];
}

/** Idioms that claim no figure. */
const IDIOMS = /\b24\/7\b|\b50[/-]50\b|\b100\s?%|\b101\b|\b9[- ]to[- ]5\b/gi;
/** A placeholder claims nothing: it says that the value is missing. */
const PLACEHOLDER = /\[[^\]\n]{1,60}\]|\{[^}\n]{1,60}\}|<[^>\n@]{1,60}>/g;

/** Checks every claim of `reply`. */
export function groundReply(reply: string, sources: Sources): Grounding {
  return createGrounder(sources)(reply);
}

/** `groundReply` for many replies to one mail, whose sources are read once, when a reply first claims something. */
export function createGrounder(sources: Sources): (reply: string) => Grounding {
  let known: Index | undefined;
  return (reply) => {
    const claims = findClaims(reply, sources.language);
    if (claims.length > 0) known ??= indexSources(sources);
    return { claims: claims.length, ungrounded: claims.filter((claim) => !known!.has(claim)) };
  };
}

/** Every name, number, date, time, address and code of a text, in its order. */
export function findClaims(reply: string, language?: string): Claim[] {
  const { signOff } = splitReply(reply.trimEnd());
  const blank = (text: string) => text.replace(/\S/g, " ");
  const text = reply.trimEnd().replace(PLACEHOLDER, blank).replace(IDIOMS, blank);
  const figures = findFigures(text);
  let words = text; // without the figures: a weekday is no name
  for (const { at, text: piece } of figures)
    words = words.slice(0, at) + piece.replace(/[^.]/g, "0") + words.slice(at + piece.length); // "… on May 9. That" begins a sentence
  const names = findNames(words, { language, signOff: words.slice(text.length - signOff.length) });
  return [...figures, ...names].sort((a, b) => a.at - b.at);
}

/** Everything but names, each piece of text once: a date is not also a number. */
function findFigures(text: string): Claim[] {
  const finders = [findUrls, findAddresses, findDates, findTimes, findPhones, findCodes, findNumbers];
  const found: Claim[] = [];
  let rest = text;
  for (const find of finders) {
    const claims = find(rest);
    found.push(...claims);
    for (const { at, text: piece, kind } of claims) {
      if (kind === "number" && find === findDates) continue; // the year inside a date
      rest = rest.slice(0, at) + " ".repeat(piece.length) + rest.slice(at + piece.length);
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

interface Index {
  has(claim: Claim): boolean;
}

function indexSources({ texts, sentAt }: Sources): Index {
  const all = texts.join("\n");
  const figures = findFigures(all);
  const keys = new Set(figures.flatMap(({ keys: own }) => own));
  for (const key of spelledNumbers(all)) keys.add(key);
  for (const key of figures.flatMap(({ keys: own }) => own)) {
    const date = /^date:(\d+)-/.exec(key);
    if (date !== null) keys.add(`month:${date[1]}`);
  }
  if (sentAt !== undefined) for (const key of impliedDates(all, figures, sentAt)) keys.add(key);
  const values = new Set([...all.matchAll(/\d+(?:[.,]\d+)*/g)].flatMap(([digits]) => readNumber(digits)));
  const words = nameWords(all);
  return {
    has: (claim) => {
      if (claim.kind === "name") return hasName(words, foldName(claim.text));
      return claim.keys.some((key) => keys.has(key) || hasLoosely(key, keys, values));
    },
  };
}

/** "at 3" grounds 3 p.m. and 15:00; a bare 300 grounds $300; the day of a known date grounds "the 12th". */
function hasLoosely(key: string, keys: ReadonlySet<string>, values: ReadonlySet<number>): boolean {
  const [unit, value] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  switch (unit) {
    case "time": {
      const [hour, minute] = value.split(":").map(Number);
      return minute === 0 && (keys.has(`number:${hour}`) || keys.has(`number:${hour % 12 || 12}`));
    }
    case "number":
      return values.has(Number(value));
    case "eur":
    case "usd":
    case "gbp":
    case "chf":
    case "percent":
      return keys.has(`number:${value}`);
    default:
      return false;
  }
}

const SHORT_NAME = 3; // letters: Sam for Samuel, but not J for Jane

/** A name, or the short form of one: each the beginning of the other. */
function hasName(words: ReadonlySet<string>, name: string): boolean {
  if (words.has(name)) return true;
  const parts = name.split(/['’-]/).filter((part) => part !== "");
  if (parts.length > 1 && parts.every((part) => words.has(part))) return true;
  if (name.length < SHORT_NAME) return false;
  for (const word of words) {
    if (
      word.length >= SHORT_NAME &&
      (word.startsWith(name) || (name.startsWith(word) && name.length - word.length <= 2))
    )
      return true;
  }
  return false;
}
