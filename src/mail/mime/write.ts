/** Writing the parts of a message: header words, people, dates and text that travels. RFC 5322, 2045, 2047. */
import type { Person } from "../email.ts";

/** Text as quoted-printable (RFC 2045 §6.7), lines of at most 76 characters. */
export function encodeQuotedPrintable(text: string): string {
  return text.split("\n").map(encodeQuotedLine).join("\n");
}

function encodeQuotedLine(line: string): string {
  let result = "";
  let column = 0;
  const bytes = Buffer.from(line, "utf8");
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    const last = i === bytes.length - 1;
    const plain = (byte >= 33 && byte <= 126 && byte !== 61) || (byte === 32 && !last);
    const code = plain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (column + code.length > 75) {
      result += "=\n";
      column = 0;
    }
    result += code;
    column += code.length;
  }
  return result;
}

/** A person as a header names one: `Ann Lee <ann@example.org>`. */
export function encodeMailbox(person: Person): string {
  if (!person.name) return person.address;
  const name = /^[\w .'-]+$/.test(person.name) && !person.name.includes(".") ? person.name : quoteName(person.name);
  return `${name} <${person.address}>`;
}

function quoteName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : encodeWords(name);
}

/** RFC 2047 encoded words where a header is not plain ASCII; cut so that each word stays within 75 characters. */
export function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words: string[] = [];
  let chunk = "";
  for (const character of text) {
    if (Buffer.byteLength(chunk + character, "utf8") > 42) {
      words.push(chunk);
      chunk = "";
    }
    chunk += character;
  }
  words.push(chunk);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word, "utf8").toString("base64")}?=`).join("\n ");
}

/** "Tue, 03 Mar 2026 10:12:00 +0000" (RFC 5322 §3.3). */
export function rfcDate(date: Date): string {
  return date.toUTCString().replace("GMT", "+0000");
}
