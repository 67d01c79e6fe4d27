/** The one mail that a person hands over: a .eml file, a copied message source, or text that was typed or pasted. */
import { UserError } from "../../errors.ts";
import type { Email, Person } from "../email.ts";
import { type MailSigns, NO_SIGNS } from "../filter/signs.ts";
import { beginsWithHeader, countMessages } from "../mime/header.ts";
import { parseMail } from "../parse-mail.ts";
import { tidyLines } from "../text.ts";
import { splitQuotes } from "./quotes.ts";

/** What is read of such a mail; `body` is "" where it holds no text of its own (headers, quotes, a signature). */
export interface OneMail extends Pick<Email, "from" | "to" | "cc" | "subject" | "body" | "date"> {
  /** It names a mail that it answers. */
  readonly isAnswer: boolean;
  /** What its headers say about how it was sent. */
  readonly signs: MailSigns;
}

const NOBODY: Person = { name: "", address: "" };

/**
 * The mail in `bytes`, cleaned as import does it: a message source is taken apart, any other text is the body as it stands.
 * Throws UserError naming `name` where the bytes are empty, a mailbox of many mails, or nested beyond what is read.
 */
export async function readOneMail(bytes: Uint8Array, name: string): Promise<OneMail> {
  const text = decodeText(bytes);
  if (text.trim() === "") throw new UserError(`${name} is empty: there is no mail in it.`);
  const source = isUtf16(bytes) ? Buffer.from(text) : bytes;
  if (!beginsWithHeader(source))
    return {
      ...{ from: NOBODY, to: [], cc: [], subject: "", body: tidyLines(splitQuotes(text).visible) },
      ...{ date: null, isAnswer: false, signs: NO_SIGNS },
    };
  if (countMessages(source) > 1) {
    throw new UserError(
      `${name} is a mailbox of many mails, and one mail is wanted. Import it: npx pocketreply import --mail ${name} --run FOLDER`,
    );
  }
  const mail = await parseMail(source);
  if (mail === null) throw new UserError(`${name} is no mail that can be taken apart: its parts are nested too deep.`);
  const { from, to, cc, subject, date, signs } = mail;
  const isAnswer = mail.inReplyTo.length > 0 || mail.references.length > 0;
  return { from, to, cc, subject, date, signs, isAnswer, body: tidyLines(splitQuotes(mail.text, mail.role).visible) };
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** By its byte order mark, else UTF-8; windows-1252 where it is no UTF-8. */
function decodeText(bytes: Uint8Array): string {
  if (isUtf16(bytes)) return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
