/** A mail of the list: what is shown of it, what it is filtered by. */

import { createReplyChecker } from "../checks/index.ts";
import { type Standing, scoreOf } from "../distill/index.ts";
import { cutText } from "../formats/index.ts";
import { readIntent, renderEmail } from "../mail/index.ts";
import type { Scores } from "../prompts/index.ts";
import { hashString } from "../random.ts";
import type { ReviewState, RowSummary } from "./api.ts";

/** A row and the text that it is searched by. */
export interface IndexedRow extends RowSummary {
  readonly threadId: string;
  /** Of the draft that `score` is of. */
  readonly scores: Scores | null;
  /** Place in the random order, 0 to 2³². */
  readonly drawn: number;
  /** Place in the mailbox's order, from 0. */
  readonly place: number;
  /** Digest of the reply that is shown, and of the one that `faults` is about; null: none. */
  readonly replyHash: number | null;
  readonly checkedHash: number | null;
  /** Sender, subject, mail and reply in lower case. */
  readonly searched: string;
}

/** ours: more of a reply than a line of the list can hold. */
const SNIPPET_CHARACTERS = 160;

/** The row of a mail; `before` saves reading a mail twice whose text cannot have changed. */
export function indexRow(options: {
  standing: Standing;
  review: { readonly state: ReviewState; readonly reply: string | null };
  rule: "minimum" | "mean";
  place: number;
  seed: number;
  before?: IndexedRow;
}): IndexedRow {
  const { standing, review, rule, place, before, seed } = options;
  const { email, state, reason, drafts } = standing;
  const judged = drafts.flatMap(({ reply, scores }) =>
    scores ? [{ reply, scores, score: scoreOf(scores, rule) }] : [],
  );
  const shown =
    state === "accepted"
      ? judged.at(-1)
      : judged.reduce<(typeof judged)[0] | undefined>(
          (best, each) => (best && best.score >= each.score ? best : each),
          undefined,
        );
  const reply = review.reply ?? shown?.reply ?? drafts.at(-1)?.reply ?? null;
  const replyHash = reply === null ? null : hashString(reply);
  const sender = email.from.name || email.from.address;
  return {
    id: email.id,
    sender,
    subject: email.subject,
    snippet: cutText(reply ?? email.body, SNIPPET_CHARACTERS)
      .replaceAll(/\s+/g, " ")
      .trim(),
    status: state,
    reason,
    intent: before?.intent ?? spell(readIntent(renderEmail(email))),
    attempts: drafts.length,
    score: shown?.score ?? null,
    words: reply === null ? null : countWords(reply),
    review: review.state,
    ...(before !== undefined && before.checkedHash === replyHash
      ? { faults: before.faults, checkedHash: before.checkedHash }
      : { faults: [], checkedHash: null }),
    replyHash,
    group: before?.group ?? email.id,
    alike: before?.alike ?? 0,
    threadId: email.threadId,
    scores: shown?.scores ?? null,
    drawn: before?.drawn ?? hashString(`${seed}/view/${email.id}`),
    place,
    searched: `${sender}\n${email.from.address}\n${email.subject}\n${email.body}\n${reply ?? ""}`.toLowerCase(),
  };
}

/** The row with the kinds of fault that the exact rules find in its reply: some milliseconds each, so not done while a run is opened. */
export function checkRow(row: IndexedRow, { email, drafts }: Standing, decided: string | null): IndexedRow {
  const reply = [decided, ...drafts.map(({ reply }) => reply)].find(
    (text) => text !== null && hashString(text) === row.replyHash,
  );
  if (reply === undefined || reply === null) return row;
  const check = createReplyChecker({
    email: renderEmail(email),
    sender: email.from,
    user: email.to[0],
    sentAt: email.date ?? undefined,
  });
  const faults = [...new Set(check(reply).faults.map(({ fault }) => fault))];
  return { ...row, faults, checkedHash: row.replyHash };
}

function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}

/** "orderChange" → "order change" */
const spell = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
