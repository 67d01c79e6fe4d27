/** The finished files of distill, made from the journal alone: rows in the order of emails.jsonl, the same bytes for the same calls. */
import { type ByteWriter, writeFileBeside } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import { type RowFilter, readStep } from "./loop.ts";
import { averageScore, criteria, type Scores } from "./prompts.ts";
import type { SentEmail } from "./sent.ts";
import type { Draft, RejectionReason, StepRules } from "./steps.ts";

/** A row of replies.jsonl: a mail and the accepted reply to it. */
export interface Reply {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  readonly reply: string;
  readonly scores: Scores;
  /** Drafts written, the accepted one included: 1 to 4 with three refinements. */
  readonly attempts: number;
  /** Who wrote it. */
  readonly teacher: string;
  readonly judge: string;
}

/** A row of rejected.jsonl. `reply` and `scores` are of the best judged draft, null where there is none. */
export interface Rejected {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  readonly reason: RejectionReason;
  readonly detail: string;
  readonly reply: string | null;
  readonly scores: Scores | null;
  readonly attempts: number;
  readonly teacher: string;
  readonly judge: string;
}

/** A row of preferences.jsonl: a draft that the judge sent back and the one it accepted, for the same mail. */
export interface Preference {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  /** Which draft was sent back, from 1. */
  readonly attempt: number;
  readonly rejected: string;
  readonly rejectedScores: Scores;
  readonly accepted: string;
  readonly acceptedScores: Scores;
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
  /** By number of drafts: "1" is accepted at once. */
  readonly acceptedByAttempt: Readonly<Record<string, number>>;
  readonly rejectedByReason: Readonly<Partial<Record<RejectionReason, number>>>;
  /** Means over the accepted replies; null where there is none. */
  readonly meanScores: Scores | null;
}

/**
 * Writes the three files, each complete or not at all, in one pass and constant memory. Mails that have not reached their end
 * have no row; with `accept`, neither have those behind the last that was wanted. Private details are back in their places.
 */
export async function writeResults(
  options: Omit<RowFilter, "sent"> & {
    paths: ResultPaths;
    emails: AsyncIterable<Email>;
    send: (email: Email) => SentEmail;
    rules: StepRules;
    accept: number | null;
    teacher: string;
    judge: string;
  },
): Promise<ResultCounts> {
  const { paths, emails, send, accept, teacher, judge } = options;
  const counts = createCounts();

  async function writeAll(files: Record<keyof ResultPaths, ByteWriter>): Promise<void> {
    for await (const email of emails) {
      const enough = accept !== null && counts.accepted >= accept;
      const sent = send(email);
      const step = enough ? null : await readStep({ ...options, sent });
      if (!step || step.step === "call") {
        counts.leave();
        continue;
      }
      const about = { id: email.id, threadId: email.threadId, email };
      const drafts = step.drafts.map((draft) => ({ ...draft, reply: sent.restore(draft.reply) }));
      const attempts = drafts.length;
      if (step.step === "accept") {
        const { reply, scores } = drafts[attempts - 1];
        const row: Reply = { ...about, reply, scores, attempts, teacher, judge };
        await writeRow(files.replies, row);
        counts.accept(row);
        for (const pair of listPreferences(drafts)) {
          await writeRow(files.preferences, { ...about, ...pair, teacher, judge } satisfies Preference);
          counts.preference();
        }
      } else {
        const { reason, detail } = step;
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
  return file.write(Buffer.from(`${JSON.stringify(row)}\n`, "utf8"));
}

/** The accepted draft against each one before it that reads differently. */
function listPreferences(
  drafts: readonly Draft[],
): Pick<Preference, "attempt" | "rejected" | "rejectedScores" | "accepted" | "acceptedScores">[] {
  const { reply: accepted, scores: acceptedScores } = drafts[drafts.length - 1];
  return drafts
    .slice(0, -1)
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
  const acceptedByAttempt: Record<string, number> = {};
  const rejectedByReason: Partial<Record<RejectionReason, number>> = {};
  const sums: Record<string, number> = Object.fromEntries(criteria.map((criterion) => [criterion, 0]));
  return {
    get accepted() {
      return accepted;
    },
    leave(): void {
      undecided++;
    },
    accept(row: Reply): void {
      accepted++;
      acceptedByAttempt[row.attempts] = (acceptedByAttempt[row.attempts] ?? 0) + 1;
      for (const criterion of criteria) sums[criterion] += row.scores[criterion];
    },
    reject(reason: RejectionReason): void {
      rejected++;
      rejectedByReason[reason] = (rejectedByReason[reason] ?? 0) + 1;
    },
    preference(): void {
      preferences++;
    },
    read(): ResultCounts {
      const means = Object.fromEntries(criteria.map((criterion) => [criterion, sums[criterion] / accepted])) as Scores;
      return {
        accepted,
        rejected,
        preferences,
        undecided,
        acceptedByAttempt,
        rejectedByReason,
        meanScores: accepted > 0 ? means : null,
      };
    },
  };
}
