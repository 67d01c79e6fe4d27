/** The stage judge: the replies of a run judged one by one, or against another system's in both orders. */
import { existsSync } from "node:fs";
import {
  type AskProgress,
  chooseJudge,
  type JudgeReport,
  judgePairs,
  judgeReplies,
  type PairReport,
  planQuestions,
} from "../judge/index.ts";
import { percent } from "../progress.ts";
import { readItems, readPairs } from "./judge-items.ts";
import { writeReport } from "./report.ts";
import type { Session } from "./session.ts";
import { requireStage, type StageContext } from "./stage.ts";

/** The run's report shows what the judge says. */
export async function renewReport({ folder }: StageContext): Promise<void> {
  if (existsSync(folder.paths.report)) await writeReport(folder);
}

/** Judges what is not judged yet and writes judge.json. */
export async function judgeStage(context: StageContext): Promise<JudgeReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  requireEvaluated(context);
  announce(context);
  const { items, of } = await readItems(context);
  const report = await judgeReplies({
    items,
    of,
    paths,
    recipe,
    signal: session.signal,
    onProgress: showProgress(session, "replies"),
  });
  const { scored, items: all, sendReady } = report;
  const rate = sendReady.rate === null ? "none scored" : `${percent(sendReady.rate)} send-ready`;
  session.progress.finish(`✓ judge: ${scored} of ${all} replies scored, ${rate}, judge: ${report.judge.label}`);
  return report;
}

/** Compares the replies with those of `against` ("base", "teacher" or another run folder), each pair in both orders, and writes judge-pairs.json. */
export async function judgeAgainstStage(context: StageContext, against: string): Promise<PairReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  requireEvaluated(context);
  announce(context);
  const { items, onlyOne, runDigest, of, name } = await readPairs(context, against);
  const report = await judgePairs({
    items,
    onlyOne,
    runDigest,
    of,
    against: name,
    paths,
    recipe,
    signal: session.signal,
    onProgress: showProgress(session, "calls"),
  });
  const { wins, ties, losses } = report;
  session.progress.finish(`✓ judge: ${wins} wins, ${ties} ties, ${losses} losses against ${name}`);
  return report;
}

/** Throws UserError where there are no replies to judge yet. */
function requireEvaluated({ folder: { paths } }: StageContext): void {
  requireStage(paths.split, { before: "train", now: "judge", run: paths.folder });
  requireStage(paths.predictions, { before: "evaluate", now: "judge", run: paths.folder });
}

/** Says who judges before anything is paid. */
function announce({ folder, session }: StageContext): void {
  const { endpoint, role } = chooseJudge(folder.recipe);
  session.progress.start("judge");
  session.progress.line(`Judge: ${endpoint.model} at ${endpoint.baseUrl} (${role} of the recipe)`);
}

function showProgress(session: Session, unit: string): (progress: AskProgress) => void {
  return ({ done, total, unscored, calls }) =>
    session.progress.update({
      done,
      total,
      unit,
      note: `${calls} calls${unscored > 0 ? `, ${unscored} unscored` : ""}`,
    });
}

/** What judging, or comparing with `against`, would take in calls, tokens and money. */
export async function planJudging(context: StageContext, against: string | undefined) {
  requireEvaluated(context);
  const { paths, recipe } = context.folder;
  const items = against === undefined ? (await readItems(context)).items : (await readPairs(context, against)).items;
  return planQuestions({ items, path: paths.judgements, recipe });
}
