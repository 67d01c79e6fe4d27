/**
 * mbox: messages one after another, each opened by a "From_" line, `From sender@host Thu Aug 22 12:36:23 2002`, and
 * followed by a blank line (RFC 4155). Lines of a message that look like one are escaped:
 *   mboxrd   every `>*From ` gets one more `>`; undone here
 *   mboxo    only `From ` gets a `>`; undone here too, since it is the same line
 * Read as a stream: a message larger than the limit is passed over without being held.
 */
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
  let blankBytes = 0; // of the line before, when it is blank: the separator if a From_ line follows
  let inFromLine = false;

  function finish(): MboxMessage {
    const sizeBytes = gathered.sizeBytes - blankBytes;
    return { number, offset: messageOffset, sizeBytes, bytes: gathered.take(blankBytes) };
  }

  for await (const pieces of inPieces(chunks)) {
    for (const { bytes, starts, ends } of pieces) {
      if (starts && isFromLine(bytes, { mayOpen: number === 0 || blankBytes > 0, first: number === 0 })) {
        if (number > 0) yield finish();
        number++;
        messageOffset = offset;
        inFromLine = true;
        blankBytes = 0;
      } else if (!inFromLine && number > 0) {
        gathered.append(starts && isEscaped(bytes) ? bytes.subarray(1) : bytes);
        blankBytes = starts && ends && isBlank(bytes) ? bytes.length : 0;
      }
      if (ends) inFromLine = false;
      offset += bytes.length;
    }
  }
  if (number > 0) yield finish();
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
  return /^\uFEFF?\s*From /.test(head.toString("utf8"));
}

const FROM = Buffer.from("From ");
const MARK = 0x3e;

/**
 * The rule that holds up in real files: the line before is blank, and the line carries a date. "From here on, we …" at
 * the head of a paragraph has none. The first line of the file needs no date.
 */
function isFromLine(bytes: Buffer, { mayOpen, first }: { mayOpen: boolean; first: boolean }): boolean {
  if (!mayOpen) return false;
  const start = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0; // a byte order mark
  if (!bytes.subarray(start, start + FROM.length).equals(FROM)) return false;
  return first || FROM_DATE.test(bytes.toString("latin1", start, start + 512));
}

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
