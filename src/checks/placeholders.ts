/** A7: gaps for the user to fill: well formed, and none where the thread holds the value. */
import { findDates, findTimes } from "./calendar.ts";
import { findNumbers } from "./quantities.ts";

/** What stands open in a reply. */
export interface Placeholders {
  /** As written: `[Name]`, `{date}`, `<time>`. */
  readonly open: readonly string[];
  /** A half bracket, blanks to fill, `XXX`, `TBD`, the bare word "name" of the paper's prompt where a name belongs. */
  readonly malformed: readonly string[];
  /** Those whose value stands in the thread: the sender's name in the greeting, the only date, time or amount. */
  readonly known: readonly string[];
}

const BRACKETED = /\[[^\][\n]{1,60}\]|\{\{?[^{}\n]{1,60}\}?\}|<[A-Za-zÀ-ÿ][^<>@/\n]{0,58}>/g;
const HALF = /(?:\[|\{|<(?=[A-Z]))[^\][{}<>\n]{1,40}$|[\p{L}\p{N}]{1,40}[\]}]/mu;
const BLANKS =
  /_{3,}|\.{6,}|\b(?:XX+|TBD|TBC|TODO|lorem ipsum)\b|\b(?:insert|fill in|enter) (?:your |the )?(?:name|date|time|detail|number)s?\b/;
const BARE =
  /^[ \t]*(?:dear|hi|hello|hey)[ \t]+(?:name|sender|recipient|customer name|first name|your name)\b|(?:regards|best|sincerely|thanks|cheers),?\s*\n[ \t]*(?:your name|name|sender)[ \t]*$|\bspecific detail\b/im;

/** A limit that a mail sets, with the words behind it. */
const LIMIT =
  /\b(?:by|until|before|till|no later than|deadline|due|bis|spätestens|avant|antes|hasta|entro|prima|até|voor|uiterlijk)\b[^.!?\n]{0,30}/giu;

/** Finds every gap. `thread` is all text that was known; `senderName` is "" where it is not. */
export function findPlaceholders(reply: string, context: { thread: string; senderName: string }): Placeholders {
  const places = [...reply.matchAll(BRACKETED)].filter(([text]) => isPlaceholder(text));
  const open = places.map(([text]) => text);
  const rest = reply.replace(BRACKETED, "");
  const malformed = [HALF, BLANKS, BARE].flatMap((pattern) => {
    const match = pattern.exec(rest);
    return match === null ? [] : [match[0].trim()];
  });
  return { open, malformed, known: places.filter((place) => isKnown(place, context)).map(([text]) => text) };
}

/** A smiley, an aside in brackets or a quotation mark ("[sic]", "[…]") is none. */
function isPlaceholder(text: string): boolean {
  return /\p{L}{2}/u.test(text) && !/^\[(?:sic|…|\.\.\.)\]$/i.test(text);
}

function isKnown(
  { 0: text, index, input: reply }: RegExpExecArray,
  context: { thread: string; senderName: string },
): boolean {
  const word = text.slice(1, -1).toLowerCase();
  const before = reply.slice(0, index);
  const only = (keys: readonly string[]) => new Set(keys).size === 1;
  const { thread, senderName } = context;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const greets = /^\s*(?:dear|hi|hello|hey|hallo|liebe[r]?|bonjour|hola|ciao|olá|beste|guten tag)\s*$/i.test(line);
  if (greets || /sender|recipient/.test(word)) return senderName !== "";
  if (/\bdate\b|datum|fecha|\bdata\b/.test(word)) {
    // "I will let you know by [date]" is a day that the writer sets: the thread tells it only where it sets a limit.
    const told = /\b(?:by|until|before)\s+$/i.test(before) ? (thread.match(LIMIT) ?? []).join("\n") : thread;
    return only(findDates(told).map(({ keys }) => keys[0]));
  }
  if (/\btime\b|uhrzeit|heure|\bhora\b|\bora\b/.test(word)) return only(findTimes(thread).map(({ keys }) => keys[0]));
  if (/amount|betrag|montant|importe|price/.test(word))
    return only(findNumbers(thread).flatMap(({ kind, keys }) => (kind === "amount" ? [keys[0]] : [])));
  return false;
}
