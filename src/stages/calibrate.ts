/** The stage calibrate: the judge of a run set against what people say of the same replies. */
import { existsSync } from "node:fs";
import { pasteable, UserError } from "../errors.ts";
import { readJsonFile, readJsonl, writeJsonFile } from "../formats/index.ts";
import {
  type CalibrationReport,
  calibrateJudge,
  type JudgedReply,
  type JudgeReport,
  readLabels,
} from "../judge/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { readRecipe } from "./folder.ts";
import { writeReport } from "./report.ts";
import { requireStage } from "./stage.ts";

/** Compares judge.json with the labels in a file; writes calibration.json, and report.html anew where there is one. */
export async function calibrateStage({
  labels: path,
  run,
}: {
  labels: string;
  run: string;
}): Promise<CalibrationReport> {
  const paths = runPaths(run);
  requireStage(paths.judgeReport, { before: "judge", now: "calibrate", run });
  const report = (await readJsonFile(paths.judgeReport)) as JudgeReport; // written by judge
  const judged: JudgedReply[] = [];
  for await (const { value } of readJsonl(paths.judged)) judged.push(value as JudgedReply); // written by judge
  if (judged.length !== report.items) {
    throw new UserError(
      `${paths.judged} holds ${judged.length} replies, ${paths.judgeReport} speaks of ${report.items}. Judge again: npx pocketreply judge --run ${pasteable(run)}`,
    );
  }
  const known = new Set(judged.map(({ id }) => id));
  const labels = await readLabels(path, (id) => known.has(id));
  const calibration = calibrateJudge({ report, judged, labels });
  await writeJsonFile(paths.calibration, calibration);
  if (existsSync(paths.report)) {
    const recipe = await readRecipe(paths, { overrides: [] }, defaultRecipeName);
    await writeReport({ paths, recipe });
  }
  return calibration;
}
