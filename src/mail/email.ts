/** What a mail is to every later stage: plain data, already cleaned, one row of `emails.jsonl`. */

/** A name and an address as they stood in a header; either may be empty. */
export interface Person {
  readonly name: string;
  readonly address: string;
}

/** One cleaned mail. */
export interface Email {
  /** Stable across imports of the same mailbox: a hash of Message-ID, or of the content where there is none. */
  readonly id: string;
  /** Equal for all mails of one conversation. */
  readonly threadId: string;
  readonly messageId: string | null;
  readonly inReplyTo: string | null;
  readonly from: Person;
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  /** ISO 8601 in UTC, or null where the header is missing or unreadable. */
  readonly date: string | null;
  readonly subject: string;
  /** The visible new text: no quoted history, no signature, no hidden text, LF line ends. */
  readonly body: string;
  /** The text answers between quoted lines, which `body` leaves out: what each piece answers is not in it. */
  readonly interleaved?: boolean;
  /** The owner of the mailbox wrote it: nobody is to answer it, and where it answers another mail the two are a real pair. */
  readonly fromOwner?: boolean;
  /** The id of the mail of the same mailbox that this one answers, or null. */
  readonly answers: string | null;
  /** Where it came from, for messages to the user: file and position. */
  readonly source: string;
}

/** The mail as teacher and student read it: sender, subject, blank line, text. */
export function renderEmail(email: Pick<Email, "from" | "subject" | "body">): string {
  const sender = email.from.name || email.from.address;
  const lines = sender ? [`From: ${sender}`] : [];
  lines.push(`Subject: ${email.subject}`, "", email.body);
  return lines.join("\n");
}
