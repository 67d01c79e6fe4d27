/** From what a person hands over, a .eml file or pasted text, to the mail as the model was trained to read it. */
import { UserError } from "../errors.ts";
import { readOneMail } from "../mail/index.ts";
import type { AssistantMail } from "./assistant/mail.ts";

/** The mail in `bytes`, cleaned as import does it, with what its headers tell. Throws UserError naming `name` where nothing is left to answer. */
export async function readAssistantMail(bytes: Uint8Array, name: string): Promise<AssistantMail> {
  const { body: text, ...head } = await readOneMail(bytes, name);
  if (text !== "") return { text, ...head };
  throw new UserError(
    `${name} holds no text to answer: only headers, attachments, quoted text or a signature. Give a mail with a text of its own.`,
  );
}
