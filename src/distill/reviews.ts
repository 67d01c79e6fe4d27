/**
 * reviews.jsonl: what a person decided of mails and replies, laid over what teacher and judge did. Append-only; the last row of
 * a mail counts. A decision holds for the text of the mail it was made of: a mail imported anew with other words is undecided.
 */
import { existsSync } from "node:fs";
import { digest } from "../endpoint/index.ts";
import { FormatError } from "../errors.ts";
import { readJsonl } from "../formats/index.ts";
import { type Email, renderEmail } from "../mail/index.ts";

/** A row of reviews.jsonl. */
export interface Review {
  /** Of the mail. */
  readonly id: string;
  /** Digest of the mail's text. */
  readonly emailDigest: string;
  /** "undo" takes the decision before it back; so does "unsure", which says that the person has looked and will look again. */
  readonly decision: "accept" | "reject" | "undo" | "unsure";
  /** accept: the exact words, private details in their places. */
  readonly reply: string | null;
  /** accept: the draft they are or were edited from, from 1; null where there was none. */
  readonly attempt: number | null;
  readonly note: string | null;
  /** ISO 8601. */
  readonly at: string;
}

/** The decisions of a run folder, by mail. */
export interface Reviews {
  /** The decision on this mail as it reads now; null where there is none. */
  find(email: Email): Decision | null;
  /** Whether the person has looked at this mail as it reads now and left it open. */
  isUnsure(email: Email): boolean;
  /** The last row of a mail, whatever text it was made of; null for none, or one taken back. */
  last(id: string): Review | null;
  /** Whether the file ended in a line that was cut. */
  readonly isTorn: boolean;
  /** Names all that is decided; null where nothing is. */
  readonly digest: string | null;
  readonly size: number;
  /** Lays one more row over the others. */
  add(review: Review): void;
}

/** A review that decides. */
export type Decision = Review & { readonly decision: "accept" | "reject" };

/** The note of a rejection that is about the mail and says nothing of the draft; `view` writes it with one key. */
export const REASON_NO_REPLY = "no reply is needed";

/** What the text of a mail is called in reviews.jsonl. */
export const reviewedDigest = (email: Email) => digest(renderEmail(email));

/**
 * Reads reviews.jsonl; no file is no decision. A last line that was cut when `view` was killed is no decision either: it was never
 * confirmed to the person, and the next one takes its place. Throws FormatError naming any other line that is none.
 */
export async function readReviews(path: string | undefined): Promise<Reviews> {
  const byMail = new Map<string, Decision>();
  const unsure = new Map<string, string>(); // digests
  const reviews: Reviews & { isTorn: boolean } = {
    isTorn: false,
    find(email) {
      const review = byMail.get(email.id);
      return review && review.emailDigest === reviewedDigest(email) ? review : null;
    },
    isUnsure: (email) => unsure.get(email.id) === reviewedDigest(email),
    last: (id) => byMail.get(id) ?? null,
    get digest() {
      if (byMail.size === 0) return null;
      const rows = [...byMail.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      return digest(JSON.stringify(rows.map(({ at: _, ...decided }) => decided)));
    },
    get size() {
      return byMail.size;
    },
    add(review) {
      byMail.delete(review.id);
      unsure.delete(review.id);
      if (review.decision === "unsure") unsure.set(review.id, review.emailDigest);
      else if (review.decision !== "undo") byMail.set(review.id, review as Decision);
    },
  };
  if (path === undefined || !existsSync(path)) return reviews;
  const onTorn = () => {
    reviews.isTorn = true;
  };
  for await (const { line, value } of readJsonl(path, { onTorn })) {
    if (!isReview(value)) {
      throw new FormatError({
        path,
        where: `line ${line}`,
        expected: 'a decision with id, emailDigest and decision ("accept" with a reply, "reject", "unsure" or "undo")',
        got: JSON.stringify(value).slice(0, 80),
        fix: "Mend the line or take it out; the other decisions stay.",
      });
    }
    reviews.add(value);
  }
  return reviews;
}

function isReview(value: unknown): value is Review {
  const row = value as Review | null;
  if (typeof row?.id !== "string" || typeof row.emailDigest !== "string") return false;
  if (row.decision === "accept") return typeof row.reply === "string" && row.reply.trim() !== "";
  return row.decision === "reject" || row.decision === "undo" || row.decision === "unsure";
}
