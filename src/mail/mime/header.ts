/**
 * The header block of a message or of one of its parts, read tolerantly: blank lines or a mailbox's "From " line before it,
 * continuation lines that lost their indent, a gap of blank lines in the middle, and a body or a boundary that begins with no
 * blank line before it. Values are kept as raw bytes (one character a byte), because their charset is known only later.
 */

/** A field: its name in lower case, its value unfolded, one character a byte. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** A header block and where the body behind it begins. */
export interface Header {
  readonly fields: readonly Field[];
  readonly bodyStart: number;
}

const MAX_FIELD_CHARACTERS = 1 << 15; //  32 KiB: some 700 recipients
const MAX_HEADER_BYTES = 1 << 18;
const MAX_LOOK_LINES = 12; //             how far a doubtful line is judged by the lines below it

const FIELD = /^([!-9;-~]{1,76})[ \t]{0,20}:/;
/** A field of MIME that lost its colon, its value beyond doubt. */
const BARE =
  /^(content-(?=type[ \t]{1,9}[\w-]{1,40}\/[\w.+-]{1,80}[ \t]{0,9}(?:;|$)|transfer-encoding[ \t]{1,9}(?:[78]bit|binary|base64|quoted-printable)[ \t]{0,9}$|disposition[ \t]{1,9}(?:inline|attachment)[ \t]{0,9}(?:;|$))[a-z-]{4,17})/i;
/** Fields that a gap in a header may be followed by, and that make lines before them header lines. */
const KNOWN =
  /^(?:from|sender|reply-to|to|cc|bcc|subject|date|message-id|in-reply-to|references|received|return-path|delivered-to|mime-version|content-[a-z-]{2,30}|x-[!-9;-~]{2,60}|list-[a-z-]{2,30}|thread-(?:index|topic)|user-agent|importance|precedence|auto-submitted|dkim-signature|authentication-results|envelope-to|organization|lines|status)$/;
const ESSENTIAL = /^(?:from|subject|date|to|content-type)$/;

/** Whether a field of this name (lower case) stands in the headers of mail. */
export function isMailField(name: string): boolean {
  return KNOWN.test(name);
}

/** The values of a field, in order. */
export function fieldValues({ fields }: Pick<Header, "fields">, name: string): string[] {
  return fields.filter((field) => field.name === name).map(({ value }) => value);
}

/** Reads the header block that begins at `start` of `bytes` (LF or CRLF line ends) and ends before `end`. Linear time. */
export function readHeader(bytes: Buffer, start: number, end: number, { isPart = false } = {}): Header {
  const limit = Math.min(end, start + MAX_HEADER_BYTES);
  const lines = createLines(bytes, isPart ? start : skipLeading(bytes, start, limit), limit);
  const fields: { name: string; value: string }[] = [];
  for (;;) {
    const line = lines.peek(0);
    if (line === null) break;
    const last = fields.at(-1);
    const bare = BARE.exec(line.text);
    const name = FIELD.exec(line.text)?.[1].toLowerCase();
    if (line.text === "") {
      if (isPart || !goesOnAfterGap(lines, fields)) return { fields, bodyStart: line.next };
    } else if (name !== undefined) {
      fields.push({ name, value: line.text.slice(line.text.indexOf(":") + 1, MAX_FIELD_CHARACTERS) });
    } else if (bare !== null) {
      fields.push({ name: bare[1].toLowerCase(), value: line.text.slice(bare[1].length, MAX_FIELD_CHARACTERS) });
    } else if (/^[ \t]/.test(line.text)) {
      if (last) append(last, line.text);
    } else if (last && continues(line.text, last, lines)) append(last, ` ${line.text}`);
    else return { fields, bodyStart: line.start }; // a boundary, or a body with no blank line before it
    lines.skip();
  }
  return { fields, bodyStart: lines.peek(0)?.start ?? lines.at() };
}

function append(field: { value: string }, text: string): void {
  if (field.value.length + text.length <= MAX_FIELD_CHARACTERS) field.value += text;
  else if (field.value.length < MAX_FIELD_CHARACTERS) {
    const room = (field.value + text).slice(0, MAX_FIELD_CHARACTERS);
    field.value = room.slice(0, Math.max(room.lastIndexOf(","), room.lastIndexOf(" ")) + 1); // no half address
  }
}

/** Lines that end with CR alone (old Macintosh) get LF; others stay as they are. */
export function unifyLineEnds(bytes: Buffer): Buffer {
  if (bytes.includes(0x0a) || !bytes.includes(0x0d)) return bytes;
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(0x0d); at >= 0; at = copy.indexOf(0x0d, at + 1)) copy[at] = 0x0a;
  return copy;
}

/**
 * Whether what a person handed over begins with the header of a mail and not with the text of one. "From: Ann" above a blank line
 * does, and so do two fields of mail; "Note: bring cake", a web form ("From: … Email: … Message: …") and "To: be or not" do not.
 */
export function beginsWithHeader(message: Uint8Array): boolean {
  const bytes = unifyLineEnds(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  const { fields, bodyStart } = readHeader(bytes, 0, bytes.length);
  const names = fields.map(({ name }) => name);
  const known = names.filter((name) => KNOWN.test(name)).length;
  if (known > 1) return KNOWN.test(names[0]) || names.some((name) => TRACE.test(name)); // ARC-Seal and others come first
  const isCutOff = /\n\r?\n$/.test(bytes.toString("latin1", Math.max(0, bodyStart - 3), bodyStart));
  return known === 1 && names.length === 1 && isCutOff;
}

/** Fields that only a mail which was sent has. */
const TRACE = /^(?:received|message-id|return-path|mime-version|delivered-to)$/;

/** How many messages stand in a file: one more with each "From " line that has a field of mail below it and a blank line above. */
export function countMessages(message: Uint8Array): number {
  const bytes = unifyLineEnds(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  const starts = bytes.toString("latin1").matchAll(/\n\r?\n(?=From )/g);
  return [...starts].filter(({ index, 0: gap }) => opensMessage(bytes, index + gap.length, bytes.length)).length + 1;
}

/** Whether the "From " line at `at` opens a message: other such lines, then a field of mail, stand below it. */
function opensMessage(bytes: Buffer, at: number, end: number): boolean {
  const lines = bytes.toString("latin1", at, Math.min(end, at + 1000)).split(/\r?\n/, MAX_LOOK_LINES);
  const below = lines.find((line) => !FROM_LINE.test(line));
  const name = FIELD.exec(below ?? "")?.[1].toLowerCase();
  return name !== undefined && (KNOWN.test(name) || FIELD.test(lines[lines.indexOf(below!) + 1] ?? ""));
}

const FROM_LINE = /^>{0,3}From /;

/** Past a byte order mark, blank lines and the "From " lines of a mailbox, quoted or not. */
function skipLeading(bytes: Buffer, start: number, end: number): number {
  let at = start;
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
  for (let blank = 0; at < end; ) {
    const newline = bytes.indexOf(0x0a, at);
    const next = newline < 0 || newline >= end ? end : newline + 1;
    const line = bytes.toString("latin1", at, Math.min(next, at + 200));
    if (line.trim() === "") {
      if (++blank > MAX_LOOK_LINES) break;
    } else if (!FROM_LINE.test(line) || FIELD.test(line) || !opensMessage(bytes, at, end)) break;
    at = next;
  }
  return at;
}

interface Lines {
  peek(ahead: number): { readonly text: string; readonly start: number; readonly next: number } | null;
  skip(): void;
  at(): number;
}

/** The lines from `start` on, with a look ahead of a few. */
function createLines(bytes: Buffer, start: number, end: number): Lines {
  const ready: { text: string; start: number; next: number }[] = [];
  let at = start;
  return {
    peek(ahead) {
      while (ready.length <= ahead && at < end) {
        const newline = bytes.indexOf(0x0a, at);
        const next = newline < 0 || newline >= end ? end : newline + 1;
        let stop = newline < 0 || newline >= end ? end : newline;
        if (bytes[stop - 1] === 0x0d && stop > at) stop--;
        ready.push({ text: bytes.toString("latin1", at, Math.min(stop, at + MAX_FIELD_CHARACTERS)), start: at, next });
        at = next;
      }
      return ready[ahead] ?? null;
    },
    skip: () => void ready.shift(),
    at: () => ready[0]?.start ?? at,
  };
}

/** Whether a line without indent and without a name goes on with the field above it. */
function continues(text: string, last: Field, lines: Lines): boolean {
  if (text.startsWith("--")) return false;
  if (last.name.startsWith("content-") && /^[a-z][a-z*\d-]{1,30}\s{0,9}=\s{0,9}\S/i.test(text)) return true;
  for (let ahead = 1; ahead <= MAX_LOOK_LINES; ahead++) {
    const line = lines.peek(ahead);
    if (line === null || line.text === "") return false;
    const name = FIELD.exec(line.text)?.[1].toLowerCase();
    if (name !== undefined) return KNOWN.test(name);
  }
  return false;
}

/**
 * Whether the header goes on below a gap: the lines there are all fields of mail, and they bring one that a mail needs and this
 * one lacks so far. A body that begins with such lines (a form, a forwarded mail) stands below a header that has them.
 */
function goesOnAfterGap(lines: Lines, fields: readonly Field[]): boolean {
  let ahead = 0;
  while (ahead < MAX_LOOK_LINES && lines.peek(ahead)?.text === "") ahead++;
  const names: string[] = [];
  for (; ahead < 3 * MAX_LOOK_LINES; ahead++) {
    const line = lines.peek(ahead);
    if (line === null || line.text === "") break;
    const name = FIELD.exec(line.text)?.[1].toLowerCase();
    if (name !== undefined) names.push(name);
    else if (!/^[ \t]/.test(line.text) || names.length === 0) return false;
  }
  if (names.length === 0 || !names.every((name) => KNOWN.test(name))) return false;
  const has = (name: string) => fields.some((field) => field.name === name);
  if (names.every((name) => /^(?:content-|mime-version)/.test(name)))
    return names.includes("content-type") && !has("content-type") && fields.length > 0;
  if (fields.length === 0 || (has("from") && has("subject"))) return fields.length === 0;
  if (names.length < 2) return false; // one such line is as well the first of a text
  return (
    names.some((name) => ESSENTIAL.test(name) && !has(name)) && !names.some((name) => ESSENTIAL.test(name) && has(name))
  );
}
