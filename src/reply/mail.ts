/** From what a person hands over, a .eml file or pasted text, to the mail as the model was trained to read it. */
import { UserError } from "../errors.ts";
import { readOneMail, renderEmail } from "../mail/index.ts";

/**
 * The mail in `bytes`, as import cleans it and `renderEmail` writes it. Throws UserError naming `name` where nothing is left to
 * answer.
 */
export async function readMail(bytes: Uint8Array, name: string): Promise<string> {
  const mail = await readOneMail(bytes, name);
  if (mail.body !== "") return renderEmail(mail);
  throw new UserError(
    `${name} holds no text to answer: only headers, attachments, quoted text or a signature. Give a mail with a text of its own.`,
  );
}
