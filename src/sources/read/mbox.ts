/**
 * mbox: messages one after another, each opened by a "From_" line, `From sender@host Thu Aug 22 12:36:23 2002`, and
 * followed by a blank line (RFC 4155). Programs differ: the date is missing or in another language, the blank line is left out,
 * the line is a bare `From `, lines end with CR alone. What decides is the line below: a message begins with a header. Lines of a
 * message that look like a From_ line are escaped:
 *   mboxrd   every `>*From ` gets one more `>`; undone here
 *   mboxo    only `From ` gets a `>`; undone here too, since it is the same line, but not amid quoted lines, whose mark it is
 * Read as a stream: a message larger than the limit is passed over without being held.
 */
import { isMailField } from "../../mail/index.ts";
import { createGathered, HEAD_BYTES, inPieces } from "./lines.ts";

/** One message of an mbox file. */
export interface MboxMessage {
  /** From 1. */
  readonly number: number;
  /** Where its From_ line stands in the unpacked file. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** The message without its From_ line and unescaped; null where it is larger than the limit. */
  readonly bytes: Buffer | null;
}

/** Streams the messages of an mbox; lines before the first From_ line are passed over (there are none in a sound file). */
export async function* readMbox(
  chunks: AsyncIterable<Buffer>,
  { maxMessageBytes }: { maxMessageBytes: number },
): AsyncGenerator<MboxMessage> {
  const gathered = createGathered(maxMessageBytes);
  let number = 0;
  let messageOffset = 0;
  let offset = 0;
  let blankBytes = 0; //              of the line before, when it is blank: the separator if a From_ line follows
  let isQuoted = false; //            the line before begins with ">"
  let held: HeldLine | null = null; // what it is, the line below decides

  const finish = (): MboxMessage => {
    const sizeBytes = gathered.sizeBytes - blankBytes;
    return { number, offset: messageOffset, sizeBytes, bytes: gathered.take(blankBytes) };
  };
  /** Settles the held line, knowing the one below it (empty at the end of the file); the message that it ends, or null. */
  const settle = (line: HeldLine, below: Buffer): MboxMessage | null => {
    held = null;
    if (line.mark === "escaped") {
      gathered.append(isQuoted && isQuoteLine(below) ? line.bytes : line.bytes.subarray(1));
      isQuoted = true;
      blankBytes = 0;
      return null;
    }
    if (!opensMessage(line.bytes, below, { afterBlank: blankBytes > 0 || number === 0, first: number === 0 })) {
      if (number > 0) gathered.append(line.bytes);
      blankBytes = 0;
      isQuoted = false;
      return null;
    }
    const ended = number > 0 ? finish() : null;
    number++;
    messageOffset = line.offset;
    blankBytes = 0;
    isQuoted = false;
    return ended;
  };

  for await (const pieces of inPieces(withLineFeeds(chunks))) {
    for (const { bytes, starts, ends } of pieces) {
      if (held && starts) {
        const ended = settle(held, bytes);
        if (ended) yield ended;
      }
      const mark = starts ? markOf(bytes, number === 0) : null;
      if (mark !== null && ends && (mark === "from" || number > 0)) held = { mark, bytes: Buffer.from(bytes), offset };
      else if (number > 0) {
        gathered.append(mark === "escaped" ? bytes.subarray(1) : bytes);
        blankBytes = starts && ends && isBlank(bytes) ? bytes.length : 0;
        if (starts) isQuoted = isQuoteLine(bytes);
      }
      offset += bytes.length;
    }
  }
  const ended = held ? settle(held, Buffer.alloc(0)) : null;
  if (ended) yield ended;
  if (number > 0) yield finish();
}

interface HeldLine {
  readonly mark: "from" | "escaped";
  readonly bytes: Buffer;
  readonly offset: number;
}

/** A mailbox of an old Macintosh has CR for a line end; a first piece with CR and no LF at all shows it. Lengths stay. */
async function* withLineFeeds(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isMac: boolean | null = null;
  for await (const chunk of chunks) {
    isMac ??= chunk.length > 1 && !chunk.includes(0x0a) && chunk.subarray(0, -1).includes(0x0d);
    yield isMac ? Buffer.from(chunk.toString("latin1").replaceAll("\r", "\n"), "latin1") : chunk;
  }
}

/** One message as it stands in an mboxrd file: From_ line, escaped lines, blank line. `raw` gets a final "\n" where it lacks one. */
export function encodeMboxMessage(raw: string, from: string, date: Date): string {
  const sender = from.replace(/\s+/g, "-") || "MAILER-DAEMON";
  const escaped = raw.replace(/(^|\n)(?=>*From )/g, "$1>");
  const end = escaped === "" || escaped.endsWith("\n") ? "" : "\n";
  return `From ${sender} ${asctime(date)}\n${escaped}${end}\n`;
}

/** Whether a file that begins with these bytes is an mbox: its first line with text opens a message. */
export function looksLikeMbox(head: Buffer): boolean {
  return /^\uFEFF?\s*From(?: |[\r\n]+[!-9;-~]{1,76}:)/.test(head.toString("utf8"));
}

const FROM = Buffer.from("From ");
const MARK = 0x3e;

/** `From …`, `>From …`, or another line. A byte order mark may stand before the very first. */
function markOf(bytes: Buffer, first: boolean): HeldLine["mark"] | null {
  const start = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (bytes.subarray(start, start + FROM.length).equals(FROM)) return "from";
  if (bytes[0] === 0x46 && /^From\r?\n?$/.test(bytes.toString("latin1", 0, 8))) return "from";
  return isEscaped(bytes) ? "escaped" : null;
}

/**
 * Whether a line "From …" opens a message. With a date of ctime's form below a blank line it always does; else a header must follow,
 * and the line must look like a separator: bare, with an address, or with a date. A patch as git writes it (`From <hash> Mon Sep 17
 * 00:00:00 2001`) is text of a message. The first line of the file needs nothing.
 */
function opensMessage(line: Buffer, below: Buffer, place: { afterBlank: boolean; first: boolean }): boolean {
  if (place.first) return true;
  const text = line.toString("latin1", 0, 512).trimEnd();
  if (/^From [\da-f]{7,64} Mon Sep 17 00:00:00 2001$/.test(text)) return false;
  if (place.afterBlank && FROM_DATE.test(text)) return true;
  const field = /^([!-9;-~]{1,76})[ \t]{0,9}:/.exec(below.toString("latin1", 0, 100))?.[1].toLowerCase();
  if (field === undefined || !isMailField(field)) return false;
  const rest = text.slice(FROM.length).trim();
  const hasDate = /\d{1,2}:\d\d/.test(rest) && /\d{4}|\d{1,2}[/.-]\d/.test(rest);
  if (hasDate && /^\S{1,320} /.test(rest)) return true;
  return (
    (rest === "" || /^(?:-(?: .{0,60})?|\?{1,3}|MAILER-DAEMON|[^\s@]{1,200}@[^\s@]{1,200})$/i.test(rest)) &&
    FIRST_FIELDS.test(field)
  );
}

/** Fields that a message begins with, and that no list of a writer does ("To: Paris", "Subject: …"). */
const FIRST_FIELDS =
  /^(?:from|return-path|received|delivered-to|date|message-id|mime-version|envelope-to|content-type|x-.*)$/;

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?";
const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const FROM_DATE = new RegExp(
  `${DAY} {1,3}(?:${MONTH} {1,3}\\d{1,2}|\\d{1,2} {1,3}${MONTH}),? {1,3}(?:\\d{4} {1,3})?\\d{1,2}:\\d\\d|\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d`,
);

/** `>From `, `>>From `, … */
function isEscaped(bytes: Buffer): boolean {
  if (bytes[0] !== MARK) return false;
  let at = 1;
  while (bytes[at] === MARK && at < HEAD_BYTES - FROM.length) at++;
  return bytes.subarray(at, at + FROM.length).equals(FROM);
}

/** A line of a quotation that is no escaped one. */
function isQuoteLine(bytes: Buffer): boolean {
  return bytes[0] === MARK && !isEscaped(bytes);
}

function isBlank(bytes: Buffer): boolean {
  return bytes[0] === 0x0a || (bytes.length === 2 && bytes[0] === 0x0d);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Thu Aug 22 12:36:23 2002`, in UTC. */
function asctime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2);
  const time = date.toISOString().slice(11, 19);
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`;
}
