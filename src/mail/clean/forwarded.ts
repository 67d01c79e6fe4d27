/** The marks and header blocks that introduce an old mail without quote signs, as Outlook and forwarding write them. */
import { HEADER_LABELS, type HeaderLabel } from "../languages/headers.ts";
import { BEGIN_FORWARDED, FORWARDED_MESSAGE, ORIGINAL_MESSAGE, REPLY_ABOVE } from "../languages/introductions.ts";
import { isStamped } from "./attribution.ts";
import type { Line } from "./line.ts";

const ORIGINAL = new RegExp(`^[-_*=\\s]{2,40}(?:${ORIGINAL_MESSAGE})[-_*=\\s]{0,40}$`, "iu");
const ORIGINAL_BARE = new RegExp(`^(?:${ORIGINAL_MESSAGE.replace("original|", "")})\\s?:?$`, "iu");
const FORWARDED = new RegExp(`^(?:[-_*=\\s]{2,40}(?:${FORWARDED_MESSAGE})|(?:${BEGIN_FORWARDED})[\\s:：]{0,4}$)`, "iu");
const MARKER = new RegExp(
  `^(?:[^\\p{L}\\p{N}]{2,40}|\\[).{0,60}(?:${REPLY_ABOVE}).{0,60}$|^##-.{1,160}-##$|^.{0,60}(?:${REPLY_ABOVE})\\s?[-=_#*\\]]{3,60}$|^[-=_#*]{2,40} ?do not (?:delete|remove|change|edit).{0,60}[-=_#*]{2,40}$`,
  "iu",
);
const MARKER_BARE = new RegExp(
  `^(?:please )?(?:type |write |enter )?(?:your )?reply (?:${REPLY_ABOVE})\\W{0,10}$`,
  "iu",
);

/** "-----Original Message-----" in the main languages. */
export function isOriginalMark(line: Line): boolean {
  return line.head.length < 120 && ORIGINAL.test(plain(line));
}

/** A line that parts an old mail from the new text and means nothing without a header block below: a rule, words between two, or "Original Message" alone. */
export function isPartingLine(line: Line): boolean {
  return (
    line.head.length < 120 &&
    (/^[-_=*]{5,}$/.test(line.head) ||
      /^[-_=*‐–—]{3,20}.{1,60}?[-_=*‐–—]{3,20}$/.test(line.head) ||
      ORIGINAL.test(plain(line)) ||
      ORIGINAL_BARE.test(plain(line)))
  );
}

/** A help desk's "##- Please type your reply above this line -##". */
export function isReplyMarker(line: Line): boolean {
  return line.head.length < 180 && (MARKER.test(plain(line)) || MARKER_BARE.test(plain(line)));
}

function plain({ head }: Line): string {
  return head.replace(/[’ʼ´]/g, "'");
}

/** "---------- Forwarded message ----------", "Begin forwarded message:". */
export function isForwardMark(line: Line): boolean {
  return line.head.length < 200 && FORWARDED.test(plain(line));
}

const LABELS = new Map<string, HeaderLabel>();
for (const [label, words] of Object.entries(HEADER_LABELS))
  for (const word of words.split("|")) if (!LABELS.has(word)) LABELS.set(word, label as HeaderLabel);

const MAX_BLOCK_LINES = 12;

/**
 * The header lines at line i, or null where there are none. `isMail` where they can only be a mail's: From and Subject with a
 * date or recipient, or Outlook's From, Sent, To (an itinerary has From, To and Date); `isPart` for two or more.
 */
export function readHeaderBlock(
  lines: readonly Line[],
  i: number,
): { end: number; isMail: boolean; isPart: boolean } | null {
  const inOneLine = labelsInLine(lines[i]);
  if (isMailBlock(inOneLine)) return { end: i + 1, isMail: true, isPart: true };
  const seen = new Set<HeaderLabel>();
  let last: HeaderLabel | null = null;
  let k = i;
  for (; k < Math.min(lines.length, i + MAX_BLOCK_LINES); k++) {
    const line = lines[k];
    if (line.kind !== "new" || line.isBlank) break;
    const label = labelOf(line);
    if (label !== null) seen.add(label);
    else if (last !== "from" && last !== "to" && last !== "cc" && last !== "subject") break; // these may wrap
    last = label ?? last;
  }
  return seen.size === 0 ? null : { end: k, isMail: isMailBlock(seen), isPart: seen.size >= 2 };
}

/**
 * The line after the head of an old mail as Lotus Notes writes it, or null where line i begins none: a sender, below it the time, then
 * labels without colons, each above its value ("To", "Ann Lee/Firm", "Subject", "Draft").
 */
export function readNotesBlock(lines: readonly Line[], i: number): number | null {
  const isNew = (line: Line | undefined) => line !== undefined && line.kind === "new" && !line.isBlank;
  const [above, sender, time] = [lines[i - 1], lines[i], lines[i + 1]];
  if ((above && !above.isBlank) || sender.head.length > MAX_SENDER_CHARACTERS || !isNew(time)) return null;
  if (time.head.length > MAX_TIME_CHARACTERS || !isStamped(time.head)) return null;
  let hasTo = false;
  let seen = 0;
  for (let k = i + 2; k < lines.length && seen < MAX_BLOCK_LINES; k++) {
    if (!isNew(lines[k])) continue;
    const label = LABELS.get(lines[k].head.toLowerCase());
    if (!hasTo && seen >= 3) return null;
    seen++;
    hasTo ||= label === "to";
    if (hasTo && label === "subject") return isNew(lines[k + 1]) ? k + 2 : k + 1;
  }
  return null;
}

const MAX_SENDER_CHARACTERS = 120;
const MAX_TIME_CHARACTERS = 60;

/** `From: …`, `Betreff: …`. */
export function isHeaderLine(line: Line): boolean {
  return labelOf(line) !== null || isForwardMark(line) || isOriginalMark(line);
}

function isMailBlock(seen: ReadonlySet<HeaderLabel>): boolean {
  if (!seen.has("from")) return false;
  const hasOther = seen.has("to") || seen.has("date") || seen.has("sent");
  return (seen.has("subject") && hasOther) || (seen.has("sent") && seen.has("to"));
}

/** The labels of a block that a program wrote in one line: "----- Original Message -----From: Bob Date: 3/12/20 To: Ann Subject: Draft". */
function labelsInLine({ head }: Line): ReadonlySet<HeaderLabel> {
  const seen = new Set<HeaderLabel>();
  const start = /^[-_*=‐–— ]{5,80}(?:(.{1,60}?)[-_*=‐–— ]{5,80})?(?=\p{L})/u.exec(head);
  if (!start) return seen;
  for (const [, before, last] of head
    .slice(start[0].length)
    .matchAll(/([\p{L}\p{M}]{1,20} )?([\p{L}\p{M}]{1,24})\s?[:：]/gu)) {
    const label = LABELS.get(`${before ?? ""}${last}`.toLowerCase()) ?? LABELS.get(last.toLowerCase());
    if (seen.size === 0 && label !== "from") return seen;
    if (label !== undefined) seen.add(label);
  }
  return seen;
}

function labelOf(line: Line): HeaderLabel | null {
  const known = labels.get(line);
  if (known !== undefined) return known;
  const match = /^[*_]{0,2}([^:：*_]{1,24}?)[*_]{0,2}\s?[:：]/u.exec(line.head.slice(0, 40));
  const words = match?.[1]
    .trim()
    .toLowerCase()
    .replace(/(?<=\p{sc=Han}) (?=\p{sc=Han})/gu, ""); // "主　题", set as wide as its neighbours
  const label = words === undefined ? null : (LABELS.get(words) ?? null);
  labels.set(line, label);
  return label;
}

const labels = new WeakMap<Line, HeaderLabel | null>(); // a line is looked at from up to twelve lines above
