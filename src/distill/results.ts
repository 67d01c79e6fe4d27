/** The finished files of distill, made from the journal alone: rows in the order of emails.jsonl, the same bytes for the same calls. */
import { invariant } from "../errors.ts";
import { type ByteWriter, writeFileBeside } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import type { Journal } from "./journal.ts";
import { readStep } from "./loop.ts";
import { averageScore, type CallKind, criteria, type Scores } from "./prompts.ts";
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
  /** By number of drafts: "1" is accepted at once. */
  readonly acceptedByAttempt: Readonly<Record<string, number>>;
  readonly rejectedByReason: Readonly<Partial<Record<RejectionReason, number>>>;
  /** Means over the accepted replies; null where there is none. */
  readonly meanScores: Scores | null;
}

/** Writes the three files, each complete or not at all, in one pass and constant memory. Every mail must have reached its end. */
export async function writeResults(options: {
  paths: ResultPaths;
  emails: AsyncIterable<Email>;
  journal: Journal;
  models: Readonly<Record<CallKind, string>>;
  rules: StepRules;
  teacher: string;
  judge: string;
}): Promise<ResultCounts> {
  const { paths, emails, journal, models, rules, teacher, judge } = options;
  const counts = createCounts();

  async function writeAll(files: Record<keyof ResultPaths, ByteWriter>): Promise<void> {
    for await (const email of emails) {
      const step = await readStep({ journal, email, models, rules });
      invariant(step.step !== "call", `the mail ${email.id} has not reached its end`);
      const { id, threadId } = email;
      const attempts = step.drafts.length;
      if (step.step === "accept") {
        const { reply, scores } = step.drafts[attempts - 1];
        const row: Reply = { id, threadId, email, reply, scores, attempts, teacher, judge };
        await writeRow(files.replies, row);
        counts.accept(row);
        for (const row of listPreferences(step.drafts)) {
          await writeRow(files.preferences, { id, threadId, email, ...row, teacher, judge } satisfies Preference);
          counts.preference();
        }
      } else {
        const { reason, detail } = step;
        const best = bestDraft(step.drafts);
        const { reply, scores } = best ?? { reply: null, scores: null };
        await writeRow(files.rejected, {
          id,
          threadId,
          email,
          reason,
          detail,
          reply,
          scores,
          attempts,
          teacher,
          judge,
        } satisfies Rejected);
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
  const acceptedByAttempt: Record<string, number> = {};
  const rejectedByReason: Partial<Record<RejectionReason, number>> = {};
  const sums: Record<string, number> = Object.fromEntries(criteria.map((criterion) => [criterion, 0]));
  return {
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
        acceptedByAttempt,
        rejectedByReason,
        meanScores: accepted > 0 ? means : null,
      };
    },
  };
}
