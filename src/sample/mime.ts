/**
 * Writes a mail the ways mail programs do: plain, quoted-printable, base64, with an HTML alternative, HTML only, with an
 * attachment. Lines end in LF, as they stand in an mbox file. RFC 5322, 2045, 2047.
 */
import { encodeMailbox, encodeQuotedPrintable, encodeWords, rfcDate } from "../mail/index.ts";
import type { Random } from "../random.ts";

/** What goes into the headers. */
export interface MessageHeaders {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: { readonly name: string; readonly address: string };
  readonly date: Date;
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  /** Further header lines, such as `List-Unsubscribe: <…>`. */
  readonly extra: readonly string[];
}

/** A whole message; `random` picks the transfer encoding and structure. */
export function writeMessage(headers: MessageHeaders, text: string, random: Random): string {
  const lines = [
    `From: ${encodeMailbox(headers.from)}`,
    `To: ${encodeMailbox(headers.to)}`,
    `Subject: ${encodeWords(headers.subject)}`,
    `Date: ${rfcDate(headers.date)}`,
    `Message-ID: ${headers.messageId}`,
  ];
  if (headers.inReplyTo) lines.push(`In-Reply-To: ${headers.inReplyTo}`);
  if (headers.references.length > 0) lines.push(`References: ${headers.references.join("\n ")}`);
  lines.push(...headers.extra, "MIME-Version: 1.0");
  return `${[...lines, ...writeContent(text, random)].join("\n")}\n`;
}

function writeContent(text: string, random: Random): string[] {
  const draw = random.next();
  if (/\battached?\b/i.test(text) && draw < 0.5) {
    return multipart("mixed", [textPart("plain", text, random), attachment(random)], random);
  }
  if (draw < 0.18)
    return multipart("alternative", [textPart("plain", text, random), textPart("html", toHtml(text), random)], random);
  if (draw < 0.23) return textPart("html", toHtml(text), random);
  return textPart("plain", text, random);
}

/** Header lines, an empty line, the encoded text. */
function textPart(subtype: "plain" | "html", text: string, random: Random): string[] {
  const ascii = /^[\x00-\x7f]*$/.test(text);
  const draw = random.next();
  const type = `Content-Type: text/${subtype}; charset=${ascii && draw < 0.3 ? "us-ascii" : "UTF-8"}`;
  if (draw > 0.9) {
    const base64 = Buffer.from(text, "utf8").toString("base64");
    return [type, "Content-Transfer-Encoding: base64", "", ...(base64.match(/.{1,76}/g) ?? [""])];
  }
  // Lines over 998 bytes may not travel unencoded (RFC 5322 §2.1.1).
  const long = text.split("\n").some((line) => line.length > 900);
  if (draw > 0.6 || long) return [type, "Content-Transfer-Encoding: quoted-printable", "", encodeQuotedPrintable(text)];
  return [type, `Content-Transfer-Encoding: ${ascii ? "7bit" : "8bit"}`, "", draw < 0.2 ? wrap(text, 72) : text];
}

function multipart(subtype: "alternative" | "mixed", parts: readonly string[][], random: Random): string[] {
  const boundary = `=_${random.integer(2 ** 30).toString(36)}_${random.integer(2 ** 30).toString(36)}`;
  const lines = [`Content-Type: multipart/${subtype}; boundary="${boundary}"`, ""];
  for (const part of parts) lines.push(`--${boundary}`, ...part, "");
  lines.push(`--${boundary}--`);
  return lines;
}

function attachment(random: Random): string[] {
  const name = random.pick(["document.pdf", "scan.pdf", "details.pdf", "overview.csv", "draft.docx"]);
  const content = Buffer.from(`sample attachment ${random.integer(1000)}\n`).toString("base64");
  return [
    `Content-Type: application/octet-stream; name="${name}"`,
    "Content-Transfer-Encoding: base64",
    `Content-Disposition: attachment; filename="${name}"`,
    "",
    content,
  ];
}

function toHtml(text: string): string {
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const paragraphs = escaped.split("\n\n").map((paragraph) => `<p>${paragraph.replace(/\n/g, "<br>\n")}</p>`);
  return `<html><body>\n${paragraphs.join("\n")}\n</body></html>`;
}

/** Breaks long lines at spaces, as plain-text mail programs do. */
function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => (line.length <= width || line.startsWith(">") ? line : wrapLine(line, width)))
    .join("\n");
}

function wrapLine(line: string, width: number): string {
  let result = "";
  let column = 0;
  for (const word of line.split(" ")) {
    if (column > 0 && column + 1 + word.length > width) {
      result += `\n${word}`;
      column = word.length;
    } else {
      result += column > 0 ? ` ${word}` : word;
      column += word.length + (column > 0 ? 1 : 0);
    }
  }
  return result;
}
