/** A mail of the list: what is shown of it, what it is filtered by. */

import type { Standing } from "../distill/index.ts";
import { readIntent, renderEmail } from "../mail/index.ts";
import { averageScore, criteria, type Scores } from "../prompts/index.ts";
import type { ReviewState, RowSummary } from "./api.ts";

/** A row and the text that it is searched by. */
export interface IndexedRow extends RowSummary {
  /** Place in the mailbox's order, from 0. */
  readonly place: number;
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
  before?: IndexedRow;
}): IndexedRow {
  const { standing, review, rule, place, before } = options;
  const { email, state, reason, drafts } = standing;
  const judged = drafts.flatMap(({ reply, scores }) => (scores ? [{ reply, score: scoreOf(scores, rule) }] : []));
  const shown =
    state === "accepted"
      ? judged.at(-1)
      : judged.reduce<(typeof judged)[0] | undefined>(
          (best, each) => (best && best.score >= each.score ? best : each),
          undefined,
        );
  const reply = review.reply ?? shown?.reply ?? drafts.at(-1)?.reply ?? null;
  const sender = email.from.name || email.from.address;
  return {
    id: email.id,
    sender,
    subject: email.subject,
    snippet: (reply ?? email.body).slice(0, SNIPPET_CHARACTERS).replaceAll(/\s+/g, " ").trim(),
    status: state,
    reason,
    intent: before?.intent ?? spell(readIntent(renderEmail(email))),
    attempts: drafts.length,
    score: shown?.score ?? null,
    words: reply === null ? null : countWords(reply),
    review: review.state,
    place,
    searched: `${sender}\n${email.from.address}\n${email.subject}\n${email.body}\n${reply ?? ""}`.toLowerCase(),
  };
}

/** The one number that a run holds against its threshold. */
export function scoreOf(scores: Scores, rule: "minimum" | "mean"): number {
  return rule === "mean" ? averageScore(scores) : Math.min(...criteria.map((criterion) => scores[criterion]));
}

function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}

/** "orderChange" → "order change" */
const spell = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
