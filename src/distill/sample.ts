/** Which mails of emails.jsonl take part: a random sample by seed (paper §3.1), each id once, in the order of the file. */
import { createHash } from "node:crypto";
import { FormatError, UserError } from "../errors.ts";
import { readJsonl } from "../formats/index.ts";
import { type Email, renderEmail } from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { LinePlace } from "./journal-index.ts";

/** A sample, kept as the positions of its mails. */
export interface EmailSample {
  /** Mails in the file. */
  readonly total: number;
  /** Mails that repeat the id of an earlier one; they take no part. */
  readonly duplicates: number;
  /** Mails that the mailbox's owner wrote; they take no part: nobody answers himself. */
  readonly fromOwner: number;
  /** Mails in the sample. */
  readonly size: number;
  /** SHA-256 over ids and texts of the sample: what a finished output was made of. */
  readonly digest: string;
  /** Reads the sampled mails from the file again, in its order. */
  read(): AsyncGenerator<Email>;
  /** The same with the place of each in the file. */
  readPlaced(): AsyncGenerator<PlacedEmail>;
}

/** A mail and where its line stands in emails.jsonl. */
export interface PlacedEmail {
  readonly email: Email;
  readonly place: LinePlace;
}

/**
 * Draws `count` mails. A mail is in when its hash by seed and id is among the `count` smallest, so a larger sample holds every
 * smaller one of the same seed and the calls made for it. Mails of the mailbox's own owner are left out. Throws UserError where no
 * mail is left.
 */
export async function sampleEmails(options: { path: string; count: number; seed: number }): Promise<EmailSample> {
  const { path, count, seed } = options;
  const ids = new Set<string>();
  const ranks: { position: number; hash: number }[] = [];
  let total = 0;
  let fromOwner = 0;
  let duplicates = 0;
  for await (const { email } of readEmails(path)) {
    if (ids.has(email.id)) duplicates++;
    else if (email.fromOwner === true) fromOwner++;
    else ranks.push({ position: total, hash: hashString(`${seed}/sample/${email.id}`) });
    ids.add(email.id);
    total++;
  }
  if (total === 0)
    throw new UserError(
      `${path} holds no mail, so there is nothing to write replies to. Import a mailbox with usable mail first.`,
    );
  if (ranks.length === 0) {
    throw new UserError(
      `All ${total.toLocaleString("en")} mails of ${path} are written by the mailbox's owner, so there is nothing to write replies to. Import received mail too, or correct import.owner.`,
    );
  }
  ranks.sort((a, b) => a.hash - b.hash || a.position - b.position);
  const chosen = new Set(ranks.slice(0, count).map((rank) => rank.position));

  async function* readPlaced(): AsyncGenerator<PlacedEmail> {
    for await (const { position, ...placed } of readEmails(path)) if (chosen.has(position)) yield placed;
  }
  async function* read(): AsyncGenerator<Email> {
    for await (const { email } of readPlaced()) yield email;
  }

  const hash = createHash("sha256");
  for await (const email of read()) hash.update(`${email.id}\0${renderEmail(email)}\0`);
  return { total, duplicates, fromOwner, size: chosen.size, digest: hash.digest("hex"), read, readPlaced };
}

/** Streams the mails of emails.jsonl. Throws FormatError naming the line that is no mail. */
export async function* readAllEmails(path: string): AsyncGenerator<Email> {
  for await (const { email } of readEmails(path)) yield email;
}

async function* readEmails(path: string): AsyncGenerator<PlacedEmail & { position: number }> {
  let position = 0;
  for await (const { line, value, offset, sizeBytes } of readJsonl(path)) {
    const email = value as Email;
    if (
      typeof email?.id !== "string" ||
      typeof email.subject !== "string" ||
      typeof email.body !== "string" ||
      typeof email.from !== "object"
    ) {
      throw new FormatError({
        path,
        where: `line ${line}`,
        expected: "a mail with id, from, subject and body",
        got: JSON.stringify(value).slice(0, 80),
      });
    }
    yield { email, place: { offset, sizeBytes }, position: position++ };
  }
}
