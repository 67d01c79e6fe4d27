/** What the writer of a message said in it: its text without quoted history and signature, with what its headers tell. */
import type { Email } from "../email.ts";
import type { MailSigns } from "../filter/signs.ts";
import type { ParsedMail } from "../parse-mail.ts";
import { tidyLines } from "../text.ts";
import { splitQuotes } from "./quotes.ts";

/** What is read of one mail; `body` is "" where it holds no text of its own (headers, quotes, a signature). */
export interface OneMail extends Pick<Email, "from" | "to" | "cc" | "subject" | "body" | "date"> {
  /** It names a mail that it answers. */
  readonly isAnswer: boolean;
  /** What its headers say about how it was sent. */
  readonly signs: MailSigns;
}

/** A parsed message, cleaned as import does it. */
export function ownWords(mail: ParsedMail): OneMail {
  const { from, to, cc, subject, date, signs, inReplyTo, references } = mail;
  const isAnswer = inReplyTo.length > 0 || references.length > 0;
  return { from, to, cc, subject, date, signs, isAnswer, body: tidyLines(splitQuotes(mail.text, mail.role).visible) };
}
