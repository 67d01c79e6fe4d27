/**
 * The parts of a message (RFC 2046) that hold text, found by what stands in the mail rather than by what its headers promise: a
 * boundary that is missing or wrong is taken from the lines themselves, a multipart without parts is the text it holds, and of
 * two Content-Types the one whose boundary occurs counts. Bodies of attachments are never decoded.
 */
import { metaCharset, readCharset } from "./charset.ts";
import { mediaType, parseStructured, type Structured } from "./content-type.ts";
import { joinFlowed } from "./flowed.ts";
import { fieldValues, type Header, readHeader, unifyLineEnds } from "./header.ts";
import { decodeTransfer } from "./transfer.ts";

/** What a message shows, in its order. */
export type Part =
  | { readonly kind: "text"; readonly subtype: "plain" | "html"; readonly text: string }
  /** The same in several forms, the best one last (RFC 2046 §5.1.4). */
  | { readonly kind: "alternative"; readonly forms: readonly (readonly Part[])[] }
  /** A mail inside the mail. */
  | { readonly kind: "message"; readonly header: Header; readonly parts: readonly Part[] };

/** A message taken apart. */
export interface Message {
  readonly header: Header;
  readonly parts: readonly Part[];
  /** The charset that its text names, or is found to be in, for 8-bit header text. */
  readonly charset: string;
  /** METHOD of the first text/calendar part, "publish" where it names none, "" without such a part. */
  readonly calendarMethod: string;
}

/** Parts inside each other beyond this are hostile; the whole message is then null. */
const MAX_DEPTH = 100;
const MAX_MESSAGES = 2; //          mails inside mails that are opened
const MAX_PARTS = 10_000;
const MAX_CHARACTERS = 2_000_000; // of all text together

interface Walk {
  readonly bytes: Buffer;
  readonly hint: string;
  charset: string;
  calendarMethod: string;
  parts: number;
  left: number;
}

class TooDeep extends Error {}

/** Takes a message apart; null where its parts are nested deeper than 100. Linear in its size times its depth. */
export function parseMessage(message: Uint8Array): Message | null {
  const bytes = unifyLineEnds(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  const header = readHeader(bytes, 0, bytes.length);
  const named = /=\?([\w.:-]{2,40})(?:\*\w{0,10})?\?[bq]\?/i.exec(
    header.fields.map(({ value }) => (value.includes("=?") ? value : "")).join(" "),
  );
  const walk: Walk = { bytes, hint: named?.[1] ?? "", charset: "", calendarMethod: "", parts: 0, left: MAX_CHARACTERS };
  try {
    const parts = readPart(walk, { header, end: bytes.length, depth: 0, messages: 0, isRoot: true });
    return { header, parts, charset: walk.charset || walk.hint, calendarMethod: walk.calendarMethod };
  } catch (error) {
    if (error instanceof TooDeep) return null;
    throw error;
  }
}

interface Place {
  readonly header: Header;
  readonly end: number;
  readonly depth: number;
  /** Mails around this one. */
  readonly messages: number;
  /** Of a message, not of a part. */
  readonly isRoot: boolean;
  /** The type of a part that names none. */
  readonly fallback?: string;
}

function readPart(walk: Walk, place: Place): Part[] {
  if (place.depth > MAX_DEPTH) throw new TooDeep();
  if (++walk.parts > MAX_PARTS || walk.left <= 0) return [];
  const { header, isRoot } = place;
  const type = chooseType(walk.bytes, place);
  const media = mediaType(type.value || (place.fallback ?? ""));
  const disposition = parseStructured(fieldValues(header, "content-disposition")[0] ?? "");
  if (media.startsWith("multipart/")) return readMultipart(walk, place, { type, media });
  if (media === "message/rfc822" || media === "message/global" || media === "message/news")
    return disposition.value === "attachment" ? [] : readAttachedMail(walk, place);
  if (media === "text/calendar" || media === "application/ics") {
    walk.calendarMethod ||= type.parameters.get("method") ?? "publish";
    if (!isRoot) return [];
  }
  const isNamed = type.parameters.has("name") || disposition.parameters.has("filename");
  if (
    !isRoot &&
    (disposition.value === "attachment" || (isNamed && media !== "text/html" && walk.left < MAX_CHARACTERS))
  )
    return [];
  const isText = isRoot && !isNamed && MAYBE_TEXT.test(media) && looksLikeText(walk.bytes, place);
  const subtype = isText ? "plain" : textSubtype(media, isRoot);
  if (subtype === null) return [];
  if (type.value === "" && isRoot && beginsWithPart(walk.bytes, place))
    return readMultipart(walk, place, { type, media: "multipart/mixed" });
  const text = readText(walk, place, { type, subtype });
  walk.left -= text.length;
  if (text.trim() === "") return [];
  return [{ kind: "text", subtype: subtype === "plain" && isHtmlSource(text) ? "html" : subtype, text }];
}

/** What programs call a body whose type they do not know. */
const MAYBE_TEXT = /^application\/(?:octet-stream|text|plain|x-text|x-unknown)$/;

/** Whether the body of a mail is text all the same: hardly a byte of it is a control. */
function looksLikeText(bytes: Buffer, { header, end }: Place): boolean {
  const body = bytes.subarray(header.bodyStart, Math.min(end, header.bodyStart + 4096));
  const head = decodeTransfer(body, fieldValues(header, "content-transfer-encoding")[0] ?? "");
  const controls = head.filter((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d).length;
  return head.length > 0 && controls * 100 < head.length && !head.includes(0);
}

/** Parts right below a header that does not announce them. */
function beginsWithPart(bytes: Buffer, { header, end }: Place): boolean {
  const head = bytes.toString("latin1", header.bodyStart, Math.min(end, header.bodyStart + 400));
  return (
    /^\s{0,40}(?:This is a multi-?part message[^\n]{0,80}\s{1,40})?--\S/i.test(head) &&
    guessBoundary(bytes, header.bodyStart, end) !== null
  );
}

/** A page as such, which some programs send as plain text. */
function isHtmlSource(text: string): boolean {
  return /^\s{0,100}<(?:!doctype html|html[\s>]|head>)/i.test(text.slice(0, 200));
}

/** Which text a type stands for; null for what is no text of a mail. */
function textSubtype(media: string, isRoot: boolean): "plain" | "html" | null {
  if (media === "text/html" || media === "application/xhtml+xml") return "html";
  if (/^(?:text\/(?:plain|enriched|richtext|markdown|x-markdown)|application\/pgp|message\/plain)$/.test(media))
    return "plain";
  return isRoot && /^text\/(?!rtf|calendar)|^(?:unknown|x-unknown)\//.test(media) ? "plain" : null;
}

/** The Content-Type that fits the body: where several stand in the header, the one whose boundary occurs. */
function chooseType(bytes: Buffer, { header, end }: Place): Structured {
  const types = fieldValues(header, "content-type").map(parseStructured);
  if (types.length < 2) return types[0] ?? parseStructured("");
  const occurs = ({ parameters }: Structured) => {
    const boundary = parameters.get("boundary");
    return boundary !== undefined && findLine(bytes, `--${boundary}`, header.bodyStart, end) >= 0;
  };
  return (
    types.find(occurs) ?? types.find(({ value }) => value.includes("/") && !value.startsWith("multipart/")) ?? types[0]
  );
}

function readMultipart(walk: Walk, place: Place, { type, media }: { type: Structured; media: string }): Part[] {
  const { bytes } = walk;
  const { header, end, depth, messages } = place;
  const named = type.parameters.get("boundary")?.trimEnd();
  const isThere = named !== undefined && named !== "" && findLine(bytes, `--${named}`, header.bodyStart, end) >= 0;
  const boundary = isThere ? named : guessBoundary(bytes, header.bodyStart, end);
  if (boundary === null) {
    // a label over a plain body
    const text = readText(walk, place, { type: parseStructured("text/plain"), subtype: "plain" });
    return text.trim() === "" ? [] : [{ kind: "text", subtype: isHtmlSource(text) ? "html" : "plain", text }];
  }
  const fallback = media === "multipart/digest" ? "message/rfc822" : "text/plain";
  const forms: Part[][] = [];
  for (const [from, to] of splitParts(bytes, boundary, header.bodyStart, end)) {
    const child = readHeader(bytes, from, to, { isPart: true });
    forms.push(readPart(walk, { header: child, end: to, depth: depth + 1, messages, isRoot: false, fallback }));
  }
  const filled = forms.filter((form) => form.length > 0);
  if (filled.length === 0 && depth === 0) return readPreamble(walk, place, boundary);
  if (media === "multipart/alternative" && filled.length > 1) return [{ kind: "alternative", forms: filled }];
  return filled.flat();
}

/** What stands before the first part of a mail whose parts hold no text, if it is more than "This is a multi-part message". */
function readPreamble(walk: Walk, place: Place, boundary: string): Part[] {
  const end = findLine(walk.bytes, `--${boundary}`, place.header.bodyStart, place.end);
  const header = { ...place.header, fields: [] };
  const text = readText(walk, { ...place, header, end }, { type: parseStructured("text/plain"), subtype: "plain" });
  return text.trim() === "" || /multi-?part|\bMIME\b/i.test(text.slice(0, 400))
    ? []
    : [{ kind: "text", subtype: "plain", text }];
}

function readAttachedMail(walk: Walk, { header, end, depth, messages }: Place): Part[] {
  if (messages >= MAX_MESSAGES) return [];
  const encoding = fieldValues(header, "content-transfer-encoding")[0] ?? "";
  if (/base64|quoted/i.test(encoding)) {
    const inner = decodeTransfer(walk.bytes.subarray(header.bodyStart, end), encoding);
    const part = openMail({ ...walk, bytes: inner }, 0, inner.length);
    return [part];
  }
  return [openMail(walk, header.bodyStart, end)];

  function openMail(inside: Walk, from: number, to: number): Part {
    const own = readHeader(inside.bytes, from, to);
    const parts = readPart(inside, { header: own, end: to, depth: depth + 1, messages: messages + 1, isRoot: true });
    walk.parts = inside.parts;
    walk.left = inside.left;
    return { kind: "message", header: own, parts };
  }
}

function readText(
  walk: Walk,
  { header, end }: Place,
  { type, subtype }: { type: Structured; subtype: "plain" | "html" },
): string {
  const encoding = fieldValues(header, "content-transfer-encoding")[0] ?? "";
  // one character takes at most four bytes, and three of base64 or quoted-printable each
  const body = walk.bytes.subarray(header.bodyStart, Math.min(end, header.bodyStart + 12 * walk.left));
  const bytes = decodeTransfer(body, encoding);
  const label = type.parameters.get("charset") ?? "";
  const meta = subtype === "html" ? metaCharset(bytes) : "";
  if (label !== "" && !/^(?:us-ascii|utf-?8)$/i.test(label)) walk.charset ||= label;
  const read = readCharset(bytes, { label, meta, hint: walk.charset || walk.hint });
  walk.charset ||= read.charset;
  const text = read.text
    .slice(0, walk.left)
    .replace(/\r\n?/g, "\n")
    .replace(/[\ufdd0-\ufdef]/g, ""); // noncharacters are for our own marks
  if (subtype === "html") return text;
  if (/^text\/(?:enriched|richtext)$/.test(type.value)) return readEnriched(text);
  if ((type.parameters.get("format") ?? "").toLowerCase() !== "flowed") return text;
  return joinFlowed(text, { deletesBlank: (type.parameters.get("delsp") ?? "").toLowerCase() === "yes" });
}

/** text/enriched (RFC 1896): commands in angle brackets go, "<<" is one, a single line end is a blank. */
function readEnriched(text: string): string {
  return text
    .replace(/<param>[^<]{0,500}<\/param>/gi, "")
    .replace(/<<|<\/?[a-z][a-z-]{0,30}>/gi, (command) => (command === "<<" ? "<" : ""))
    .replace(/(\n+)/g, (ends: string) => (ends.length === 1 ? " " : ends.slice(1)));
}

/** The ranges between the lines of a boundary; without a closing line the last part reaches the end. */
function* splitParts(bytes: Buffer, boundary: string, from: number, end: number): Generator<[number, number]> {
  const mark = `--${boundary}`;
  let start = -1;
  for (let at = findLine(bytes, mark, from, end); at >= 0; at = findLine(bytes, mark, at + mark.length, end)) {
    if (start >= 0) yield [start, lineEndBefore(bytes, start, at)];
    const newline = bytes.indexOf(0x0a, at);
    if (newline < 0 || newline >= end) return;
    const isClosing = /^[ \t]{0,9}--/.test(bytes.toString("latin1", at + mark.length, at + mark.length + 12));
    start = newline + 1;
    if (isClosing && findLine(bytes, mark, start, end) < 0) return; // else the closing line came too early
  }
  if (start >= 0) yield [start, end];
}

/**
 * Where a line begins that is `mark`, perhaps closing with "--" or followed by blanks; -1 for none before `end`. With an empty boundary "--" alone is the
 * mark, and counts above a Content-… field or as "----": "-- " stands above signatures.
 */
function findLine(bytes: Buffer, mark: string, from: number, end: number): number {
  for (let at = bytes.indexOf(mark, from, "latin1"); at >= 0 && at < end; at = bytes.indexOf(mark, at + 1, "latin1")) {
    if (at > 0 && bytes[at - 1] !== 0x0a) continue;
    const rest = bytes.toString("latin1", at + mark.length, Math.min(end, at + mark.length + 80));
    if (mark === "--" && !/^(?:--|[ \t]{0,9}\r?\nContent-)/i.test(rest)) continue;
    if (/^[ \t]{0,9}(?:--)?[ \t]{0,70}(?:\r?\n|$)/.test(rest)) return at;
  }
  return -1;
}

/** The line end before a boundary belongs to the boundary. */
function lineEndBefore(bytes: Buffer, start: number, at: number): number {
  let end = at;
  if (end > start && bytes[end - 1] === 0x0a) end--;
  if (end > start && bytes[end - 1] === 0x0d) end--;
  return end;
}

const GUESS_BYTES = 1 << 16;

/** The boundary that the body itself shows: a line "--token" with a Content-… field right below it. */
function guessBoundary(bytes: Buffer, from: number, end: number): string | null {
  const head = bytes.toString("latin1", from, Math.min(end, from + GUESS_BYTES));
  const found = /(?:^|\n)--([!-~]{0,80})[ \t]{0,20}\r?\nContent-[A-Za-z-]{2,30}:/i.exec(head);
  return found ? found[1] : null;
}
