/** What a person made of a draft before it left: the next round of training learns from it. Kept only where the person said so. */
import type { Email } from "../mail/portable.ts";
import { type AssistantMail, NOBODY } from "./assistant/mail.ts";

/** A draft and what became of it. */
export interface Edit {
  /** ISO 8601, when it left. */
  readonly at: string;
  readonly mail: EditedMail;
  /** The line that said what to write; empty where none did. */
  readonly line: string;
  /** As the model left it. */
  readonly draft: string;
  /** As the person let it go. */
  readonly kept: string;
}

/** What of the mail stays with an edit: what the model read of it, and whom it went to. */
export type EditedMail = Pick<Email, "from" | "to" | "cc" | "date" | "subject" | "body">;

/** The mail of an edit. */
export function toEditedMail({ text, subject = "", from, to, cc, date }: AssistantMail): EditedMail {
  return { from: from ?? NOBODY, to: to ?? [], cc: cc ?? [], date: date ?? null, subject, body: text };
}

/** Whether words were changed, and both sides have some: another line break teaches nothing. */
export function isEdited(draft: string, kept: string): boolean {
  const [before, after] = [draft, kept].map((text) => text.replace(/\s+/g, " ").trim());
  return before !== "" && after !== "" && before !== after;
}
