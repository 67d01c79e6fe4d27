/** A mail and replies to it as they leave the machine: with one table of placeholders, and restored in what comes back. */
import { invariant } from "../errors.ts";
import type { NameBook } from "./names.ts";
import { restore } from "./placeholders.ts";
import { redact } from "./redact.ts";

/** Texts that share one table of placeholders. */
export interface SealedTexts {
  readonly email: string;
  readonly replies: readonly string[];
  /** A quote with the private details put back. */
  readonly restore: (quote: string) => string;
}

/** What is sent of a mail and the replies to it; `names` are the people of its headers, `book` those of the whole mailbox. */
export function sealTexts(
  texts: {
    readonly email: string;
    readonly replies: readonly string[];
    readonly names?: readonly string[];
    readonly book?: NameBook;
  },
  redacted: boolean,
): SealedTexts {
  const { email, replies, names, book } = texts;
  if (!redacted) return { email, replies, restore: (quote) => quote };
  // One text, so that a name of the mail has the same placeholder in the replies.
  const whole = [email, ...replies].map((text) => text.replaceAll("\0", "\ufffd")).join(SEPARATOR);
  const { text, table } = redact(whole, { names, book });
  const [sealed, ...rest] = text.split(SEPARATOR);
  invariant(rest.length === replies.length, `redaction made ${rest.length} replies of ${replies.length}`);
  return { email: sealed, replies: rest, restore: (quote) => restore(quote, table) };
}

const SEPARATOR = "\n\n\0\n\n";
