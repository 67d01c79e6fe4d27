/** Header text: encoded words (RFC 2047) and raw 8-bit text, each in its charset. */
import { decodeCharset } from "./charset.ts";

/**
 * The content may hold blanks and question marks: programs write them. A language may follow the charset (RFC 2231 §5). The end is
 * missing where a program cut the header.
 */
const WORD = /=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bq])\?((?:[^?=]|=(?!\?[^=])|\?(?!=)){0,4000})(?:\?=|$)/gi;

/** Raw header bytes (one character a byte) as text. `charset` is what 8-bit text outside of words is read in where it is not UTF-8. */
export function decodeHeader(raw: string, charset = ""): string {
  return decodeWords(raw, (text) =>
    /[\u0080-\u00ff\u001b]/.test(text) ? decodeCharset(Buffer.from(text, "latin1"), { hint: charset }) : text,
  );
}

/**
 * Text with its encoded words decoded; `plain` is what becomes of the text between them. Words of one charset that stand side by
 * side are decoded as one, because some programs cut letters, and the shifts of ISO-2022, between words.
 */
export function decodeWords(text: string, plain: (text: string) => string = (same) => same): string {
  if (!text.includes("=?")) return plain(text);
  const parts: string[] = [];
  const run: { charset: string; bytes: Buffer[] } = { charset: "", bytes: [] };
  const flush = () => {
    if (run.bytes.length > 0) parts.push(decodeCharset(Buffer.concat(run.bytes), { label: run.charset }));
    run.bytes = [];
  };
  let at = 0;
  for (const match of text.matchAll(WORD)) {
    const between = text.slice(at, match.index);
    const isBeside = run.bytes.length > 0 && between.trim() === ""; // blanks between words are no text (§6.2)
    const charset = match[1].toLowerCase();
    if (!isBeside || charset !== run.charset) flush();
    if (!isBeside) parts.push(plain(between));
    run.charset = charset;
    run.bytes.push(decodeWord(match[2], match[3]));
    at = match.index + match[0].length;
  }
  flush();
  parts.push(plain(text.slice(at)));
  return parts.join("");
}

function decodeWord(encoding: string, content: string): Buffer {
  if (encoding.toLowerCase() === "b") return Buffer.from(content.replace(/\s+/g, ""), "base64");
  const plain = content
    .replace(/_/g, " ")
    .replace(/=([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, "latin1");
}
