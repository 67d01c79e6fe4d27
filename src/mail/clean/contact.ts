/** The block of name, firm and numbers at the end of a mail, where no "-- " stands above it: known by what it holds. */
import type { Line } from "./line.ts";

const MAX_LINES = 14;
const MAX_CHARACTERS = 220;
const RULE = /^(?:[-_=*~]{2,}|[-–—])$/;
const CLOSING =
  /^(?:(?:kind |best |warm |many |with )*(?:regards|wishes|thanks)|best|cheers|sincerely|yours(?: \w+)?|thank you|(?:mit )?(?:freundlich\w* |beste\w* |viele\w* |liebe\w* )*grüße\w*|cordialement|bien à vous|saludos(?: \w+)?|un saludo|atentamente|cordiali saluti|met vriendelijke groet\w*|atenciosamente|med vänlig hälsning|с уважением|pozdrawiam)[,.!]?$/iu;
/** A telephone number with its label or country code, an address, a link, a handle, a legal form. */
const DETAILS = [
  /(?:^|\W)(?:tel|phone|ph|fax|mobile?|mob|cell|office|direct|телефон|tél|telefon|m|t|p|f)\b\.?\s?[:.]?\s?\(?\+?\d[\d\s().\-/]{5,}/iu,
  /\+\d[\d\s().-]{7,}/,
  /[^\s@<>]{1,64}@[^\s@<>]{1,100}\.[a-z]{2,}/i,
  /(?:https?:\/\/|www\.)\S{3,}/i,
  /\b(?:ltd|inc|gmbh|llc|pty|s\.?r\.?l|corp|b\.v|plc|sarl|ag)\b\.?/i,
  /(?:^|\s)@[a-z\d_]{3,}/i,
];

/** The first line of such a block at the end of the lines from `start` to `end`, or null. The name below a closing stays. */
export function findContactBlock(lines: readonly Line[], start: number, end: number): number | null {
  let textLines = 0;
  const details = new Set<RegExp>(); // of how many kinds: two links alone are references
  for (let k = end - 1; k >= start; k--) {
    const { head, isBlank } = lines[k];
    if (isBlank) continue;
    const isRule = RULE.test(head);
    if (isRule || CLOSING.test(head)) {
      if (details.size < MIN_DETAILS || textLines < 2) return null;
      return isRule ? (hasTextAbove(lines, start, k) ? k : null) : afterName(lines, k + 1, end);
    }
    if (++textLines > MAX_LINES || head.length > MAX_CHARACTERS || isSentence(head)) return null;
    for (const pattern of DETAILS) if (pattern.test(head)) details.add(pattern);
  }
  return null;
}

const MIN_DETAILS = 2;

/** Asks something, or tells it: no line of a block does. */
function isSentence(head: string): boolean {
  const text = head.replace(/(?:https?:\/\/|www\.)\S{0,300}/gi, "");
  return (
    /[?？؟]/.test(text) ||
    (/[.!]$/.test(text) && text.split(" ").length > 7) ||
    /^(?:[-*•+]|\d+[.)]|\[\d+\])\s/.test(text) ||
    /\b(?:I|you|we)\b/.test(text)
  );
}

/** The line below the name that stands below a closing. */
function afterName(lines: readonly Line[], from: number, end: number): number {
  let k = from;
  while (k < end && lines[k].isBlank) k++;
  const isName = /^[\p{L}.' -]{2,40}$/u.test(lines[k].head);
  return isName ? k + 1 : from;
}

function hasTextAbove(lines: readonly Line[], start: number, end: number): boolean {
  return lines.slice(start, end).some((line) => !line.isBlank);
}
