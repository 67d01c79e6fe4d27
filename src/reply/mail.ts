/** From what a person hands over, a .eml file or pasted text, to the mail as the model was trained to read it. */
import { UserError } from "../errors.ts";
import { parseMail, renderEmail, splitQuotes, tidyLines } from "../mail/index.ts";

/**
 * The mail in `bytes`, as import cleans it and `renderEmail` writes it. A MIME message is taken apart; text without mail
 * headers is the body. Throws UserError naming `name` where nothing is left to answer.
 */
export async function readMail(bytes: Uint8Array, name: string): Promise<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.toString("utf8").trim() === "") throw new UserError(`${name} is empty: there is no mail to answer.`);
  const names = headerNames(buffer);
  const message = names.includes("content-type")
    ? buffer
    : Buffer.concat([TEXT_TYPE, Buffer.from(names.length > 0 ? "" : "Content-Transfer-Encoding: 8bit\n\n"), buffer]);
  const mail = await parseMail(message);
  if (mail === null) throw new UserError(`${name} is no mail that can be taken apart: its parts are nested too deep.`);
  const body = tidyLines(splitQuotes(mail.text, mail.role).visible);
  if (body !== "") return renderEmail({ from: mail.from, subject: mail.subject, body });
  throw new UserError(
    `${name} holds no text to answer: only headers, attachments, quoted text or a signature. Give a mail with a text of its own.`,
  );
}

/** Without them a text is read as Latin-1, or its first lines as headers. */
const TEXT_TYPE = Buffer.from("Content-Type: text/plain; charset=utf-8\n");

/** How far headers are looked for: longer ones than real mail has. */
const HEADER_BYTES = 64_000;
const MAIL_HEADER = /^(from|to|subject|date|message-id|received|return-path|mime-version|content-type)$/;

/** The names of the block of header lines that comes first; none where it is no block of mail headers. */
function headerNames(bytes: Buffer): string[] {
  const text = bytes
    .subarray(0, HEADER_BYTES)
    .toString("latin1")
    .replace(/^From [^\n]*\n/, "");
  const lines = text.split(/\r?\n\r?\n/, 1)[0].split(/\r?\n(?![ \t])/);
  const names = lines.map((line) => /^([!-9;-~]+):/.exec(line)?.[1].toLowerCase());
  const known = names.filter((name) => name !== undefined);
  return names[0] !== undefined && known.some((name) => MAIL_HEADER.test(name)) ? known : [];
}
