/** Unusable answers of a judge, one after another: each is paid for, and a setting that spoils one spoils them all. */
import { adviseOnUnusable, createBrake, type EndpointName, quoteAnswer, type Unusable } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import type { JudgementRow } from "./journal.ts";

/** Journals answers; unusable ones are kept back until a usable one shows that the judge works. */
export interface Streak {
  /** Throws UserError where too many came in a row: their questions stay open. */
  settle(row: JudgementRow, defect: string | null): Promise<void>;
  /** Journals what is kept back: the questions are through. Nothing after settle has thrown. */
  flush(): Promise<void>;
}

/** `inARow` is `distill.unusableInARow`. */
export function createStreak(options: {
  inARow: number;
  model: string;
  role: EndpointName["role"];
  append: (row: JudgementRow) => Promise<void>;
}): Streak {
  const { inARow, model, role, append } = options;
  let kept: JudgementRow[] = [];
  const brake = createBrake({
    inARow,
    explain: (last: Unusable, count) =>
      new UserError(
        `The last ${count} answers of ${model} could not be used, so judging was stopped before more are paid for. Its last answer was ${quoteAnswer(last.answer)}: ${last.defect}.\n` +
          `${adviseOnUnusable(last, { role, maxTokens: "evaluate.maxJudgeTokens" })} The replies that it was asked about are open; the same command goes on with them. distill.unusableInARow (${inARow}) says how many are taken.`,
      ),
  });
  const flush = async () => {
    const rows = kept;
    kept = [];
    for (const row of rows) await append(row);
  };
  return {
    async settle(row, defect) {
      if (defect === null) {
        brake.usable();
        await flush();
        return append(row);
      }
      kept.push(row);
      try {
        brake.unusable({ defect, answer: row.answer });
      } catch (error) {
        kept = [];
        throw error;
      }
    },
    flush,
  };
}
