/** What a person hands over, a .eml file or text, as the assistant takes it: cleaned as import does it, by the same code. */
import { UserError } from "../../../src/errors.ts";
import { beginsWithHeader, ownWords, parseMail, splitQuotes, tidyLines } from "../../../src/mail/message.ts";
import type { AssistantMail } from "../../../src/reply/portable.ts";

/** ours: the longest mail that import takes has 12,000 characters; attachments come on top. */
const MOST_BYTES = 25_000_000;

/** The mail in `bytes`. Throws UserError where they are none, or nothing in it can be answered. */
export async function readMessage(bytes: Uint8Array, name: string): Promise<AssistantMail> {
  if (bytes.length > MOST_BYTES) throw new UserError(`${name} is larger than ${MOST_BYTES / 1e6} MB.`);
  if (!beginsWithHeader(bytes)) return readText(new TextDecoder().decode(bytes));
  const mail = await parseMail(bytes);
  if (mail === null) throw new UserError(`${name} is no mail that can be taken apart: its parts are nested too deep.`);
  const { body: text, ...head } = ownWords(mail);
  return { text, ...head };
}

/** Pasted text: a line that begins with "Subject:" or "From:" is taken for what it says. */
function readText(pasted: string): AssistantMail {
  return { text: tidyLines(splitQuotes(pasted).visible) };
}
