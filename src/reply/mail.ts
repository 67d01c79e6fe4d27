/** From what a person hands over, a .eml file or pasted text, to the mail as the model was trained to read it. */
import { UserError } from "../errors.ts";
import { readOneMail } from "../mail/index.ts";
import type { AssistantMail } from "./assistant/mail.ts";

/** The mail in `bytes`, cleaned as import does it, with what its headers tell. Throws UserError naming `name` where nothing is left to answer. */
export async function readAssistantMail(bytes: Uint8Array, name: string): Promise<AssistantMail> {
  const mail = await parseAssistantMail(bytes, name);
  if (mail.text !== "") return mail;
  throw new UserError(
    `${name} holds no text to answer: only headers, attachments, quoted text or a signature. Give a mail with a text of its own.`,
  );
}

/** The same, where a mail without a text of its own is one too: only an image, only quoted text. Throws UserError where `bytes` are no mail. */
export async function parseAssistantMail(bytes: Uint8Array, name: string): Promise<AssistantMail> {
  const { body: text, ...head } = await readOneMail(bytes, name);
  return { text, ...head };
}
