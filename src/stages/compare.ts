/** The stage compare: two evaluated runs on the same mails, with what judges said of both. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pasteable, UserError } from "../errors.ts";
import {
  type ComparedItem,
  type Comparison,
  compareItems,
  compareVerdict,
  type EvaluatedItem,
  pairItems,
  readItems,
  renderComparison,
} from "../evaluate/index.ts";
import { readJsonFile, writeFileAtomic } from "../formats/index.ts";
import { runPaths } from "../run.ts";
import { packageVersion } from "../shipped.ts";
import { readJudgeFiles } from "./compare-judge.ts";
import type { EvaluationReport } from "./evaluation-report.ts";
import { requireRun } from "./known-runs.ts";

/** Two runs compared; B is the one that is judged. */
export interface ComparedRuns {
  /** The folders' names, or their paths where the names are alike. */
  readonly names: readonly [string, string];
  /** `comparison.judge.refusal` says why judges of the two runs could not be compared. */
  readonly comparison: Comparison;
  readonly verdict: string;
  readonly pairs: readonly ComparedItem[];
  /** What of the judges' files could not be used, and why. */
  readonly judgeNotes: readonly string[];
}

/** Compares run A with run B. `intersect` leaves out mails that one of them lacks; `report` is where a page is written. */
export async function compareStage(options: {
  runA: string;
  runB: string;
  intersect?: boolean;
  report?: string;
}): Promise<ComparedRuns> {
  const { runA, runB, intersect = false } = options;
  const names = nameRuns(runA, runB);
  const [a, b] = [await readRun(runA), await readRun(runB)];
  const { pairs, ...leftOut } = pairItems(a, b, { intersect, names });
  const judged = await readJudgeFiles(
    { folder: runA, name: names[0], items: a },
    { folder: runB, name: names[1], items: b },
  );
  const comparison = compareItems(pairs, { ...leftOut, judge: judged.files });
  if (options.report !== undefined)
    await writeFileAtomic(options.report, renderComparison({ names, comparison, pairs, version: packageVersion() }));
  return { names, comparison, verdict: compareVerdict(comparison, names), pairs, judgeNotes: judged.notes };
}

function nameRuns(a: string, b: string): [string, string] {
  const names = [basename(resolve(a)), basename(resolve(b))] as const;
  if (resolve(a) === resolve(b)) throw new UserError(`${a} and ${b} are the same run folder. Name two.`);
  return names[0] === names[1] ? [a, b] : [...names];
}

async function readRun(run: string): Promise<EvaluatedItem[]> {
  const paths = runPaths(run);
  requireRun(run);
  if (!existsSync(paths.evaluation)) {
    throw new UserError(
      `${run} holds no evaluation.json: it is not evaluated. Run this first: npx pocketreply evaluate --run ${pasteable(run)}`,
    );
  }
  const { evaluatedSha256 } = (await readJsonFile(paths.evaluation)) as Partial<EvaluationReport>; // written by evaluate
  if (evaluatedSha256 === undefined || !existsSync(paths.evaluated)) {
    throw new UserError(
      `${run} was evaluated by an earlier version, which kept no single replies. Score it anew, nothing is generated again: npx pocketreply evaluate --run ${pasteable(run)} --rescore`,
    );
  }
  return readItems(paths.evaluated, evaluatedSha256);
}
