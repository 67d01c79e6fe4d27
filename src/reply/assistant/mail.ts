/** A mail as the assistant takes it: already cleaned (no quoted history, no hidden text, no signature), with what its headers told. */
import { type Email, type MailSigns, type Person, renderEmail, understandEmail } from "../../mail/portable.ts";
import { shieldSubject, shieldText } from "../shield.ts";

/** What is known of the person who wrote, from the mailbox. */
export interface SenderHistory {
  /** Mails of this sender that came before. */
  readonly received: number;
  /** How many of them the owner answered. */
  readonly answered: number;
}

/** A mail to be judged and answered. Only `text` is needed; the more is known, the better the trigger and the flags. */
export interface AssistantMail {
  readonly text: string;
  readonly subject?: string;
  readonly from?: Person;
  readonly to?: readonly Person[];
  readonly cc?: readonly Person[];
  /** ISO 8601: tells what "Friday" is. */
  readonly date?: string | null;
  /** It names a mail that it answers (In-Reply-To, References). */
  readonly isAnswer?: boolean;
  readonly signs?: MailSigns;
  /** Whose mailbox it is. */
  readonly owner?: Person;
  readonly sender?: SenderHistory;
  /** What the owner knows beside the mail, such as a free slot: a reply may draw on it. */
  readonly facts?: readonly string[];
}

export const NOBODY: Person = { name: "", address: "" };

/** A mail of the mailbox as the assistant takes it. */
export function toAssistantMail({
  body: text,
  subject,
  from,
  to,
  cc,
  date,
}: Pick<Email, "body" | "subject" | "from" | "to" | "cc" | "date">): AssistantMail {
  return { text, subject, from, to, cc, date };
}

/** The mail as the model was trained to read it: sender, subject, blank line, text. */
export function renderMail({ from = NOBODY, subject = "", text }: AssistantMail): string {
  return renderEmail({ from, subject, body: text });
}

/** What the rules understand of the mail, found out once. */
export function understandMail(mail: AssistantMail): ReturnType<typeof understandEmail> {
  const found = understood.get(mail) ?? understandEmail(renderMail(mail));
  understood.set(mail, found);
  return found;
}

const understood = new WeakMap<AssistantMail, ReturnType<typeof understandEmail>>();

/** The mail without what it says to machines (hidden or open orders to an assistant, forged turns, tool calls), with gaps for secrets. Of a mail that is nothing else the text stays. */
export function shielded(mail: AssistantMail): AssistantMail {
  const { text, subject } = mail;
  return { ...mail, text: shieldText(text), ...(subject === undefined ? {} : { subject: shieldSubject(subject) }) };
}

/** Whether there are no words to answer: an empty mail, only an image. */
export function isWordless({ text }: AssistantMail): boolean {
  return !/[\p{L}\p{N}]/u.test(text.replace(/\[(?:image|cid|bild)[^\]\n]{0,200}\]|https?:\/\/\S+/giu, ""));
}
