/** The lines of a mail's text as the quote splitter sees them. */
import { OWN_MARK } from "../mime/flowed.ts";

/** One line and what was found out about it. */
export interface Line {
  text: string;
  /** At most LINE_CHARACTERS of the text, without blanks at its ends: all that patterns are run on. */
  readonly head: string;
  readonly isBlank: boolean;
  /** `>`, `|` or initials with `>` where the line begins so, else null. */
  readonly mark: string | null;
  kind: "new" | "quoted" | "signature";
  /** Its mark is the writer's own text, as flowed text says, unless an introduction stands above it. */
  readonly isOwn: boolean;
  /** HTML says that it belongs to a signature. */
  readonly isMarkedSignature: boolean;
  /** Part of a mail that is forwarded as the content of this one. */
  isForwarded: boolean;
}

/** Stand around what HTML calls a signature; noncharacters that no text of a mail can bring along, as flowed text's mark. */
export const SIGNATURE_START = "\ufdd1";
export const SIGNATURE_END = "\ufdd2";

/** Patterns see no more of a line than this. */
const LINE_CHARACTERS = 400;

/** At most `maxLines` lines, and the text after them. */
export function readLines(text: string, maxLines: number): { lines: Line[]; rest: string } {
  const lines: Line[] = [];
  let from = 0;
  let depth = 0; // of the elements of a signature that are open
  while (from <= text.length && lines.length < maxLines) {
    const at = text.indexOf("\n", from);
    const end = at < 0 ? text.length : at;
    const raw = text.slice(from, end);
    const opens = countOf(raw, SIGNATURE_START);
    const startsMarked = raw.trimStart().startsWith(SIGNATURE_START);
    lines.push(readLine(opens + depth > 0 ? raw.replace(MARKS, "") : raw, depth > 0 || startsMarked));
    depth = Math.max(0, depth + opens - (opens + depth > 0 ? countOf(raw, SIGNATURE_END) : 0));
    from = end + 1;
  }
  return { lines, rest: text.slice(from).replace(MARKS, "") };
}

const MARKS = new RegExp(`[${SIGNATURE_START}${SIGNATURE_END}]`, "g");

function countOf(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) count++;
  return count;
}

function readLine(raw: string, isMarkedSignature: boolean): Line {
  const isOwn = raw.startsWith(OWN_MARK);
  const text = isOwn ? raw.slice(OWN_MARK.length) : raw;
  const start = firstText(text);
  const head = text.slice(start, start + LINE_CHARACTERS).trimEnd();
  const mark = findMark(text, start);
  return { text, head, isBlank: head === "", mark, kind: "new", isForwarded: false, isOwn, isMarkedSignature };
}

/** The last characters of a line, for patterns that look at its end. */
export function lineTail(line: Line, characters: number): string {
  return line.text.length <= LINE_CHARACTERS ? line.head.slice(-characters) : line.text.slice(-characters).trimEnd();
}

function firstText(line: string): number {
  let at = 0;
  while (at < line.length && (line[at] === " " || line[at] === "\t")) at++;
  return at;
}

const MAX_MARK_INDENT = 4;

function findMark(line: string, start: number): string | null {
  const character = line[start];
  if (character === ">" || character === "＞") return start <= MAX_MARK_INDENT ? ">" : null;
  if (character === "|") return isBarQuote(line.slice(start, start + LINE_CHARACTERS)) ? "|" : null;
  if (start > MAX_MARK_INDENT || character === undefined) return null;
  const mark = INITIALS.exec(line.slice(start, start + 8))?.[0].trim();
  return mark === undefined || PROMPT.test(mark) ? null : mark;
}

/** `JD> `, `f> `, as Supercite and readers of news write them. */
const INITIALS = /^\p{L}{1,3}>+(?: |$)/u;
/** What programs write before a command. */
const PROMPT = /^(?:sql|irb|ftp|gdb|iex|php)>$/i;

/** `| text`, which is no row of a table when no second bar follows. */
function isBarQuote(text: string): boolean {
  return (
    (text.length === 1 || text[1] === " " || text[1] === "|" || text[1] === "\t") &&
    !text.trimEnd().slice(2).includes("|")
  );
}
