/**
 * What is done to the bytes of a message before a MIME parser sees them, so that no message is slow or large to parse:
 * only the header fields we use are kept, each capped; raw 8-bit headers become UTF-8; the bodies of base64 attachments
 * are left out (nothing here reads them); lines past a limit are cut off. "format=flowed" is taken away, because the
 * parser joins flowed lines without regard to quote marks, which swallows answers into quotes.
 */

import { SIGN_FIELDS } from "../filter/signs.ts";

/** Fields that later stages may ask for; the rest (Received, DKIM, …) is dropped. */
const KEPT_FIELDS = new Set([
  ...SIGN_FIELDS,
  ..."from sender reply-to to cc subject date message-id in-reply-to references mime-version content-type content-transfer-encoding content-disposition content-id precedence auto-submitted list-id x-imap x-gmail-labels x-gm-thrid".split(
    " ",
  ),
]);
const MAX_FIELD_BYTES = 1 << 15; // 32 KiB: some 700 recipients
const MAX_HEADER_BYTES = 1 << 18;
const MAX_LINES = 50_000; //        a parsed line costs about 15 µs and 1 kB; a mail to answer has a few hundred

const FLOWED = /\bformat\s{0,4}=\s{0,4}"?flowed"?/i;

/** A smaller message with the same sender, subject, ids and text. Linear time. */
export function prepareMessage(message: Uint8Array): Uint8Array {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const bodyStart = findBody(bytes);
  const header = prepareHeader(bytes.subarray(0, bodyStart));
  return Buffer.concat([header, Buffer.from("\n"), dropAttachments(bytes.subarray(bodyStart))]);
}

/** The offset after the blank line that ends the header block. */
function findBody(bytes: Buffer): number {
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(0x0a, from);
    if (at < 0) return bytes.length;
    if (at === from || (at === from + 1 && bytes[from] === 0x0d)) return at + 1;
    from = at + 1;
  }
  return bytes.length;
}

function prepareHeader(header: Buffer): Buffer {
  const fields = header
    .toString("latin1")
    .split(/\r?\n(?![ \t])/)
    .filter((field) => KEPT_FIELDS.has(fieldName(field)))
    .map((field) => capField(field));
  const kept: string[] = [];
  let sizeBytes = 0;
  for (const field of fields) {
    sizeBytes += field.length;
    if (sizeBytes > MAX_HEADER_BYTES) break;
    kept.push(field);
  }
  const text = kept
    .map((field) => `${field}\n`)
    .join("")
    .replace(FLOWED, "format=fixed");
  return repairCharset(Buffer.from(text, "latin1"));
}

function fieldName(field: string): string {
  const at = field.indexOf(":");
  return at > 0 && at < 64 ? field.slice(0, at).trim().toLowerCase() : "";
}

/** Cuts an endless field at its last line or list item within the limit. */
function capField(field: string): string {
  if (field.length <= MAX_FIELD_BYTES) return field;
  const head = field.slice(0, MAX_FIELD_BYTES);
  const at = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(","));
  return at > 0 ? head.slice(0, at) : head;
}

/**
 * Headers with raw bytes above 0x7F are read as UTF-8 where that is what they are, else in the charset of the body, else
 * as windows-1252 (the parser would put U+FFFD for each).
 */
function repairCharset(header: Buffer): Buffer {
  if (header.every((byte) => byte < 0x80)) return header;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(header);
    return header;
  } catch {
    const charset = /\bcharset\s{0,9}=\s{0,9}"?([\w.:-]{1,40})/i.exec(header.toString("latin1"))?.[1] ?? "";
    return Buffer.from(charsetDecoder(charset).decode(header), "utf8");
  }
}

function charsetDecoder(label: string): TextDecoder {
  try {
    const decoder = new TextDecoder(label);
    if (decoder.encoding !== "utf-8" && !decoder.encoding.startsWith("utf-16")) return decoder;
  } catch {} // an unknown label
  return new TextDecoder("windows-1252");
}

/** Walks the parts by their "--" lines; base64 bodies cannot hold such a line, so the rest of an attachment is skipped safely. */
function dropAttachments(body: Buffer): Buffer {
  const kept: Buffer[] = [];
  let keptFrom = 0;
  let lines = 0;
  let partHeader: string[] | null = null; // while in the header of a part
  let skipping = false;
  for (let from = 0; from < body.length; ) {
    const at = body.indexOf(0x0a, from);
    const end = at < 0 ? body.length : at + 1;
    const opensPart = body[from] === 0x2d && body[from + 1] === 0x2d;
    if (opensPart) {
      if (skipping) keptFrom = from;
      skipping = false;
      partHeader = [];
    } else if (partHeader) {
      const line = body.toString("latin1", from, Math.min(end, from + 256)).trimEnd();
      if (line !== "") {
        if (partHeader.length < 64) partHeader.push(line);
        if (FLOWED.test(line)) {
          kept.push(body.subarray(keptFrom, from), Buffer.from(`${line.replace(FLOWED, "format=fixed")}\n`, "latin1"));
          keptFrom = end;
        }
      } else {
        skipping = isBase64Attachment(partHeader.join("\n").toLowerCase());
        if (skipping) kept.push(body.subarray(keptFrom, end));
        partHeader = null;
      }
    }
    from = end;
    if (!skipping && ++lines >= MAX_LINES) {
      kept.push(body.subarray(keptFrom, end));
      return Buffer.concat(kept);
    }
  }
  if (!skipping) kept.push(body.subarray(keptFrom));
  return Buffer.concat(kept);
}

function isBase64Attachment(partHeader: string): boolean {
  if (!/^content-transfer-encoding:[ \t]{0,9}"?base64/m.test(partHeader)) return false;
  return /^content-type:[ \t\n]{0,9}(?:application|image|audio|video|font|model)\//m.test(partHeader);
}
