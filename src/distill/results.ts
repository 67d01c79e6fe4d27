/** The finished files of distill, made from the journal alone: rows in the order of emails.jsonl, the same bytes for the same calls. */

import { type ByteWriter, encodeJson, writeFileBeside } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import { averageScore, criteria, type Scores } from "../prompts/index.ts";
import { type RowFilter, readStep } from "./loop.ts";
import type { Decision, Reviews } from "./reviews.ts";
import type { SteeredEmail } from "./steered.ts";
import type { Draft, RejectionReason, Step, StepRules } from "./steps.ts";

/** A row of replies.jsonl: a mail and the accepted reply to it. */
export interface Reply {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  /** The line that said how to reply; left out where the teacher was free. */
  readonly steering?: string;
  readonly reply: string;
  /** null where a person wrote the words: no judge saw them. */
  readonly scores: Scores | null;
  /** Drafts written, the accepted one included: 1 to 4 with three refinements. */
  readonly attempts: number;
  /** Who wrote it. */
  readonly teacher: string;
  readonly judge: string;
  /** A person accepted it as a draft had it, or in other words; left out where nobody looked. */
  readonly review?: "accepted" | "edited";
}

/** A row of rejected.jsonl. `reply` and `scores` are of the best judged draft, null where there is none. */
export interface Rejected {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  readonly steering?: string;
  /** "reviewer": a person. */
  readonly reason: RejectionReason | "reviewer";
  readonly detail: string;
  readonly reply: string | null;
  readonly scores: Scores | null;
  readonly attempts: number;
  readonly teacher: string;
  readonly judge: string;
}

/** A row of preferences.jsonl: a draft that was sent back and the reply that was accepted, by the judge or a person, for the same mail. */
export interface Preference {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  readonly steering?: string;
  /** Which draft was sent back, from 1. */
  readonly attempt: number;
  readonly rejected: string;
  readonly rejectedScores: Scores;
  readonly accepted: string;
  /** null where a person wrote it. */
  readonly acceptedScores: Scores | null;
  readonly teacher: string;
  readonly judge: string;
}

/** Where the three files go. */
export interface ResultPaths {
  readonly replies: string;
  readonly rejected: string;
  readonly preferences: string;
}

/** What the files hold. */
export interface ResultCounts {
  readonly accepted: number;
  readonly rejected: number;
  readonly preferences: number;
  /** Mails of the sample that a stop rule left undecided, begun or not. */
  readonly undecided: number;
  /** What the judge accepted, by number of drafts: "1" is accepted at once. */
  readonly acceptedByAttempt: Readonly<Record<string, number>>;
  readonly rejectedByReason: Readonly<Partial<Record<Rejected["reason"], number>>>;
  /** Accepted ones that follow a line. */
  readonly steered: number;
  /** What a person decided; these mails are counted above too. */
  readonly reviewed: { readonly accepted: number; readonly edited: number; readonly rejected: number };
  /** Means over the accepted replies that have scores; null where there is none. */
  readonly meanScores: Scores | null;
}

/**
 * Writes the three files, each complete or not at all, in one pass and constant memory. Mails that have not reached their end
 * have no row; with `accept`, neither have those behind the last that was wanted. Private details are back in their places, and
 * what a person decided stands above teacher and judge.
 */
export async function writeResults(
  options: Omit<RowFilter, "sent"> & {
    paths: ResultPaths;
    emails: AsyncIterable<Email>;
    send: (email: Email) => SteeredEmail;
    reviews: Reviews;
    rules: StepRules;
    accept: number | null;
    teacher: string;
    judge: string;
  },
): Promise<ResultCounts> {
  const { paths, emails, send, reviews, accept, teacher, judge } = options;
  const counts = createCounts();

  async function writeAll(files: Record<keyof ResultPaths, ByteWriter>): Promise<void> {
    for await (const email of emails) {
      const enough = accept !== null && counts.accepted >= accept;
      const sent = send(email);
      const step = enough ? null : await readStep({ ...options, sent });
      const end =
        step &&
        endOf(
          step,
          step.drafts.map((draft) => ({ ...draft, reply: sent.restore(draft.reply) })),
          reviews.find(email),
        );
      if (!end) {
        counts.leave();
        continue;
      }
      const steering = sent.restore(sent.steering);
      const about = { id: email.id, threadId: email.threadId, email, ...(steering === "" ? {} : { steering }) };
      const { drafts } = end;
      const attempts = drafts.length;
      if (end.end === "accept") {
        const { reply, scores, review } = end;
        const row: Reply = { ...about, reply, scores, attempts, teacher, judge, ...(review ? { review } : {}) };
        await writeRow(files.replies, row);
        counts.accept(row, end.byJudge);
        for (const pair of listPreferences(drafts, end)) {
          await writeRow(files.preferences, { ...about, ...pair, teacher, judge } satisfies Preference);
          counts.preference();
        }
      } else {
        const { reason, detail } = end;
        const { reply, scores } = bestDraft(drafts) ?? { reply: null, scores: null };
        const row: Rejected = { ...about, reason, detail, reply, scores, attempts, teacher, judge };
        await writeRow(files.rejected, row);
        counts.reject(reason);
      }
    }
  }

  await writeFileBeside(paths.replies, (replies) =>
    writeFileBeside(paths.rejected, (rejected) =>
      writeFileBeside(paths.preferences, (preferences) => writeAll({ replies, rejected, preferences })),
    ),
  );
  return counts.read();
}

function writeRow(file: ByteWriter, row: object): Promise<void> {
  return file.write(Buffer.from(`${encodeJson(row)}\n`, "utf8"));
}

/** How a mail came to its end, for the files. `drafts` are the judged ones. */
type End = { readonly drafts: readonly Draft[] } & (
  | {
      readonly end: "accept";
      readonly reply: string;
      readonly scores: Scores | null;
      readonly review: Reply["review"];
      /** The judge accepted these words too. */
      readonly byJudge: boolean;
    }
  | { readonly end: "reject"; readonly reason: Rejected["reason"]; readonly detail: string }
);

/** A person's decision stands above the step; null where neither has decided. */
function endOf(step: Step, drafts: readonly Draft[], decision: Decision | null): End | null {
  const judged = step.step === "accept" ? drafts[drafts.length - 1] : null;
  if (decision?.decision === "reject")
    return { end: "reject", drafts, reason: "reviewer", detail: decision.note || "a person rejected it" };
  if (decision?.reply != null) {
    const { reply } = decision;
    const chosen = drafts.find((draft) => draft.reply === reply);
    const review = chosen ? "accepted" : "edited";
    return { end: "accept", drafts, reply, scores: chosen?.scores ?? null, review, byJudge: judged?.reply === reply };
  }
  if (judged) {
    const { reply, scores } = judged;
    return { end: "accept", drafts, reply, scores, review: undefined, byJudge: true };
  }
  return step.step === "reject" ? { end: "reject", drafts, reason: step.reason, detail: step.detail } : null;
}

/** The accepted reply against each draft that reads differently. */
function listPreferences(
  drafts: readonly Draft[],
  { reply: accepted, scores: acceptedScores }: Pick<Reply, "reply" | "scores">,
): Pick<Preference, "attempt" | "rejected" | "rejectedScores" | "accepted" | "acceptedScores">[] {
  return drafts
    .map((draft, i) => ({
      attempt: i + 1,
      rejected: draft.reply,
      rejectedScores: draft.scores,
      accepted,
      acceptedScores,
    }))
    .filter((row) => row.rejected !== accepted);
}

function bestDraft(drafts: readonly Draft[]): Draft | undefined {
  return [...drafts].sort((a, b) => averageScore(b.scores) - averageScore(a.scores))[0];
}

function createCounts() {
  let accepted = 0;
  let rejected = 0;
  let preferences = 0;
  let undecided = 0;
  let steered = 0;
  const acceptedByAttempt: Record<string, number> = {};
  const rejectedByReason: Partial<Record<Rejected["reason"], number>> = {};
  const reviewed = { accepted: 0, edited: 0, rejected: 0 };
  let scored = 0;
  const sums: Record<string, number> = Object.fromEntries(criteria.map((criterion) => [criterion, 0]));
  return {
    get accepted() {
      return accepted;
    },
    leave(): void {
      undecided++;
    },
    accept({ attempts, scores, review, steering }: Reply, byJudge: boolean): void {
      accepted++;
      if (steering !== undefined) steered++;
      if (byJudge) acceptedByAttempt[attempts] = (acceptedByAttempt[attempts] ?? 0) + 1;
      if (review) reviewed[review]++;
      if (!scores) return;
      scored++;
      for (const criterion of criteria) sums[criterion] += scores[criterion];
    },
    reject(reason: Rejected["reason"]): void {
      rejected++;
      if (reason === "reviewer") reviewed.rejected++;
      rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + 1;
    },
    preference(): void {
      preferences++;
    },
    read(): ResultCounts {
      const means = Object.fromEntries(criteria.map((criterion) => [criterion, sums[criterion] / scored])) as Scores;
      return {
        accepted,
        rejected,
        preferences,
        undecided,
        steered,
        acceptedByAttempt,
        rejectedByReason,
        reviewed,
        meanScores: scored > 0 ? means : null,
      };
    },
  };
}
