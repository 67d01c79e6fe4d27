/** Whether a failed call counts against its mail or against the endpoint. */

import type { TeacherClient } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import type { AttemptRow, Journal } from "./journal.ts";

/** Decides whether a failure may be held against a mail. */
export interface Doubts {
  /** A mark for the call that begins now. */
  begin(): number;
  /** Journals the row, or keeps it back (false) until a call that began later proves that the endpoint works. Throws UserError once too many wait. */
  settle(row: AttemptRow, began: number): Promise<boolean>;
  /** Called when nothing is left but mails to try again. Throws UserError where that would be of no use. */
  endPass(unfinished: number): Promise<void>;
}

/** A failure counts against its mail only if the endpoint is known to work: else an outage would reject good mails. */
export function createDoubts(options: {
  journal: Journal;
  client: TeacherClient;
  /** Whether earlier sessions had usable answers from it. */
  workedBefore: boolean;
  /** So many failures without a success between are the endpoint's fault and not the mails'. */
  failuresInARow: number;
}): Doubts {
  const { journal, client, workedBefore, failuresInARow } = options;
  let clock = 0; // ticks with every beginning and every failure
  let held: { row: AttemptRow; failed: number }[] = [];

  async function release(isProven: (entry: { row: AttemptRow; failed: number }) => boolean): Promise<void> {
    const proven = held.filter(isProven);
    held = held.filter((entry) => !isProven(entry));
    for (const { row } of proven) await journal.append(row);
  }

  return {
    begin: () => ++clock,
    async settle(row, began) {
      const answered = row.outcome === "ok" || row.outcome === "defect";
      if (answered || (row.outcome === "refused" && (client.worked || workedBefore))) {
        await journal.append(row);
        if (answered && held.length > 0) await release(({ failed }) => failed < began);
        return true;
      }
      held.push({ row, failed: ++clock });
      if (held.length >= failuresInARow) throw explainOutage(row, held.length);
      return false;
    },
    async endPass(unfinished) {
      const last = held.at(-1)?.row;
      await release(({ row }) => row.outcome === "unanswered");
      held = [];
      if (last && !client.worked) throw explainOutage(last, unfinished);
    },
  };
}

function explainOutage(row: AttemptRow, mails: number): UserError {
  const who = row.kind === "judge" ? "judge" : "teacher";
  const what = row.outcome === "refused" ? `turned down the first ${mails} mails` : `failed on ${mails} mails in a row`;
  return new UserError(
    `The ${who} "${row.model}" ${what}; the last one: ${row.error}. ` +
      `${row.outcome === "refused" ? `Check ${who}.baseUrl and ${who}.model, and that the endpoint takes chat completions.` : "Wait until it works again."} ` +
      "Everything so far is kept: run the same command again and it goes on where it stopped, without paying twice.",
  );
}
