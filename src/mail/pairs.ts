/** Real replies: a mail, and what a person wrote back. Rows of `pairs.jsonl`, beside what a teacher would write. */
import { type FileHandle, open } from "node:fs/promises";
import { invariant } from "../errors.ts";
import { readInto, writeJsonlFile } from "../formats/index.ts";
import type { QuotedAnswer } from "./clean/quotes.ts";
import type { Email } from "./email.ts";

/** A row of pairs.jsonl. */
export interface Pair {
  /** The id of the reply in emails.jsonl. */
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  /** The new text of the reply: no quotes, no signature. */
  readonly reply: string;
  readonly date: string | null;
  /** The mailbox's owner wrote it. */
  readonly fromOwner: boolean;
  /**
   * Of a reply that answers between quoted lines: each piece with the lines it stands below. `reply` is then the pieces without
   * the lines they answer, which seldom makes sense alone.
   */
  readonly pieces?: readonly QuotedAnswer[];
}

/** A mail with what the first pass of an import found out beside it. */
export type DraftEmail = Email & { readonly pieces?: readonly QuotedAnswer[]; readonly sent?: true };

/** Where a line of emails.jsonl stands. */
export interface LinePlace {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Which answers are pairs: of the owner alone, or of anybody. */
export type PairChoice = "own" | "all";

/**
 * Writes the pairs among `replies` (mails that answer another one of `emailsPath`) and gives their number. The mail answered is
 * read from its place in emails.jsonl, so nothing is held in memory. A person's answer to an own mail is no pair.
 */
export async function writePairs(options: {
  path: string;
  emailsPath: string;
  placeOf: (id: string) => LinePlace | null;
  replies: AsyncIterable<DraftEmail>;
  choice: PairChoice;
}): Promise<number> {
  const { path, emailsPath, placeOf, replies, choice } = options;
  const emails = await open(emailsPath, "r");
  let count = 0;
  async function* pairs(): AsyncGenerator<Pair> {
    for await (const reply of replies) {
      if (reply.answers === null || (choice === "own" && !reply.fromOwner)) continue;
      const place = placeOf(reply.answers);
      if (!place) continue;
      const email = await readEmail(emails, place);
      if (isSamePerson(reply, email)) continue;
      count++;
      yield toPair(reply, email);
    }
  }
  try {
    await writeJsonlFile(path, pairs());
    return count;
  } finally {
    await emails.close();
  }
}

function toPair(reply: DraftEmail, email: Email): Pair {
  const { id, threadId, body, date, fromOwner = false, pieces } = reply;
  return { id, threadId, email, reply: body, date, fromOwner, ...(pieces ? { pieces } : {}) };
}

function isSamePerson(reply: Email, email: Email): boolean {
  if (reply.fromOwner && email.fromOwner) return true;
  const address = reply.from.address.toLowerCase();
  return address !== "" && address === email.from.address.toLowerCase();
}

async function readEmail(handle: FileHandle, { offset, sizeBytes }: LinePlace): Promise<Email> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  const length = await readInto(handle, bytes, offset);
  invariant(length === sizeBytes, `a line of ${sizeBytes} bytes at ${offset} of emails.jsonl, got ${length}`);
  return JSON.parse(bytes.toString("utf8")) as Email; // written a moment ago
}
