/** The marks and header blocks that introduce an old mail without quote signs, as Outlook and forwarding write them. */
import { HEADER_LABELS, type HeaderLabel } from "../languages/headers.ts";
import { BEGIN_FORWARDED, FORWARDED_MESSAGE, ORIGINAL_MESSAGE, REPLY_ABOVE } from "../languages/introductions.ts";
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

/** A line that parts an old mail from the new text and means nothing without a header block below: a rule, or "Original Message" alone. */
export function isPartingLine(line: Line): boolean {
  return (
    line.head.length < 120 &&
    (/^[-_=*]{5,}$/.test(line.head) || ORIGINAL.test(plain(line)) || ORIGINAL_BARE.test(plain(line)))
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

/** `From: …`, `Betreff: …`. */
export function isHeaderLine(line: Line): boolean {
  return labelOf(line) !== null || isForwardMark(line) || isOriginalMark(line);
}

function isMailBlock(seen: ReadonlySet<HeaderLabel>): boolean {
  if (!seen.has("from")) return false;
  const hasOther = seen.has("to") || seen.has("date") || seen.has("sent");
  return (seen.has("subject") && hasOther) || (seen.has("sent") && seen.has("to"));
}

function labelOf(line: Line): HeaderLabel | null {
  const known = labels.get(line);
  if (known !== undefined) return known;
  const match = /^[*_]{0,2}([^:：*_]{1,24}?)[*_]{0,2}\s?[:：]/u.exec(line.head.slice(0, 40));
  const label = match ? (LABELS.get(match[1].trim().toLowerCase()) ?? null) : null;
  labels.set(line, label);
  return label;
}

const labels = new WeakMap<Line, HeaderLabel | null>(); // a line is looked at from up to twelve lines above
