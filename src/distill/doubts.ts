/** Whether a failed or useless call counts against its mail or against the endpoint. Only what counts against a mail is journalled. */

import {
  adviseOnUnusable,
  createBrake,
  createFailures,
  explainOutage,
  type Failure,
  type FailureKind,
  quoteAnswer,
  type TeacherClient,
} from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import type { CallKind } from "../prompts/index.ts";
import type { Journal } from "./journal.ts";
import type { AttemptRow } from "./journal-rows.ts";
import { createScaleWatch } from "./scale.ts";

/** Decides whether a failure may be held against a mail. */
export interface Doubts {
  /** A mark for the call that begins now. */
  begin(): Promise<number>;
  /** Journals the row, or keeps a failure back (false) until a later success proves that the endpoint works. Throws UserError where the endpoint is at fault. */
  settle(row: AttemptRow, began: number): Promise<boolean>;
  /** Called when nothing is left but mails to try again. Throws UserError where that would be of no use. */
  endPass(): Promise<void>;
  /** Journals what was kept back only in case no usable answer follows. */
  flush(): Promise<void>;
}

/** The doubts about one endpoint. */
export function createDoubts(options: {
  journal: Journal;
  client: TeacherClient;
  role: "teacher" | "judge";
  baseUrl: string;
  model: string;
  /** Whether earlier sessions had usable answers from it. */
  workedBefore: boolean;
  failuresInARow: number;
  unusableInARow: number;
  /** One harmless and urgent call. */
  test: () => Promise<unknown>;
  stop: AbortController;
}): Doubts {
  const { journal, client, role, baseUrl, model, workedBefore, failuresInARow, unusableInARow, test, stop } = options;
  const failures = createFailures<AttemptRow>({
    ...{ client, stop, test },
    inARow: failuresInARow,
    explain: (last, count) =>
      explainOutage({
        endpoint: { role, baseUrl, model },
        ...{ last, failures: count, what: "mails", worked: client.worked || workedBefore },
      }),
  });
  const watchScale = createScaleWatch({ baseUrl });
  const streaks = { write: createStreak("write"), judge: createStreak("judge") };

  async function journalAll(proved: readonly Failure<AttemptRow>[]): Promise<void> {
    for (const { about } of proved) await journal.append(about);
  }

  /** Unusable answers since the last usable one: kept back, so that a setting which spoils all answers rejects no mail. */
  function createStreak(kind: "write" | "judge") {
    let rows: AttemptRow[] = [];
    const brake = createBrake({
      inARow: unusableInARow,
      explain: (last, count) => explainUnusable({ last, count, kind, role, baseUrl }),
    });
    const flush = async () => {
      const kept = rows;
      rows = [];
      for (const row of kept) await journal.append(row);
    };
    return {
      flush,
      async usable() {
        brake.usable();
        await flush();
      },
      async unusable(row: AttemptRow) {
        rows.push(row);
        try {
          brake.unusable({ defect: row.error ?? "", answer: row.answer ?? "" });
        } catch (error) {
          const paid = rows.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
          rows = [];
          if (paid > 0) await journal.appendLost(paid);
          throw error;
        }
      },
    };
  }

  async function watch(row: AttemptRow): Promise<void> {
    try {
      watchScale(row);
    } catch (error) {
      if (row.costUsd) await journal.appendLost(row.costUsd);
      throw error;
    }
  }

  return {
    begin: () => failures.begin(),
    async settle(row, began) {
      if (row.outcome === "ok" || row.outcome === "defect") {
        const streak = streaks[groupOf(row.kind)];
        if (row.kind === "judge") await watch(row);
        if (row.outcome === "defect") await streak.unusable(row);
        else {
          await streak.usable();
          await journal.append(row);
        }
        await journalAll(failures.answered(began));
        return true;
      }
      await journalAll(await failures.failed(describeFailure(row, row.outcome)));
      return false;
    },
    endPass: async () => journalAll(await failures.endPass()),
    async flush() {
      for (const streak of Object.values(streaks)) await streak.flush();
    },
  };
}

function describeFailure(row: AttemptRow, kind: FailureKind): Failure<AttemptRow> {
  return { kind, error: row.error ?? "", about: row };
}

function groupOf(kind: CallKind): "write" | "judge" {
  return kind === "judge" ? "judge" : "write";
}

function explainUnusable(options: {
  last: { defect: string; answer: string };
  count: number;
  kind: "write" | "judge";
  role: "teacher" | "judge";
  baseUrl: string;
}): UserError {
  const { last, count, kind, role, baseUrl } = options;
  const what = kind === "judge" ? "judgements" : "replies";
  return new UserError(
    `The last ${count} ${what} of the ${role} at ${baseUrl} could not be used: ${last.defect}. The last answer began with: ${quoteAnswer(last.answer)}. ` +
      `${adviseOnUnusable(last, { role, maxTokens: kind === "judge" ? "distill.maxJudgeTokens" : "distill.maxReplyTokens" })} No mail is rejected for it: run the same command again after that and it goes on where it stopped.`,
  );
}
