/** The reports of a run folder that gates ask about. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pasteable, UserError } from "../errors.ts";
import type { BenchReportFile } from "../evaluate/index.ts";
import { readJsonFile } from "../formats/index.ts";
import { digestItems, type JudgeReport } from "../judge/index.ts";
import { renderAsked } from "../mail/index.ts";
import type { RunPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { readRecipe } from "./folder.ts";
import { readPredictions, readTestReplies } from "./predict.ts";

/** The reports that a metric's first word names. */
const reports: Readonly<Record<string, { path: (paths: RunPaths) => string; madeBy: string }>> = {
  evaluation: { path: (paths) => paths.evaluation, madeBy: "evaluate" },
  bench: { path: (paths) => join(paths.bench, "bench.json"), madeBy: "bench" },
  judge: { path: (paths) => paths.judgeReport, madeBy: "judge" },
  pairs: { path: (paths) => paths.judgePairsReport, madeBy: "judge --against" },
  calibration: { path: (paths) => paths.calibration, madeBy: "calibrate" },
  train: { path: (paths) => paths.trainReport, madeBy: "train" },
  distill: { path: (paths) => paths.distillReport, madeBy: "distill" },
};

/** Where the report called `name` lies. */
export function reportPath(paths: RunPaths, name: string): string {
  return reports[name].path(paths);
}

/** The report that a metric's first word names. Throws UserError where there is none, or where judge.json is of other replies than the run has. */
export async function readReport(paths: RunPaths, name: string): Promise<unknown> {
  if (!Object.hasOwn(reports, name)) {
    throw new UserError(`no report is called "${name}"; a metric begins with ${Object.keys(reports).join(", ")}`);
  }
  const { path, madeBy } = reports[name];
  const file = path(paths);
  if (!existsSync(file)) {
    throw new UserError(
      `${file} is not there. Make it first: npx pocketreply ${madeBy} --run ${pasteable(paths.folder)}`,
    );
  }
  const content = await readJsonFile(file);
  if (name === "bench") refuseSlice(content as BenchReportFile, file, paths); // written by bench
  if (name === "judge") await refuseStale(paths, content as JudgeReport, file); // written by judge
  return content;
}

/** Throws where bench.json is of a part of the mails: the rest may hold what a gate is there to stop. */
function refuseSlice({ slice }: BenchReportFile, file: string, { folder }: RunPaths): void {
  if (slice.length === 0) return;
  throw new UserError(
    `${file} is of the slice ${slice.join(" and ")} alone; a gate needs the whole set: npx pocketreply bench --run ${pasteable(folder)}`,
  );
}

/** Throws where judge.json speaks of other replies than the run now has. */
async function refuseStale(paths: RunPaths, report: JudgeReport, file: string): Promise<void> {
  if (!existsSync(paths.predictions)) return;
  const recipe = await readRecipe(paths, { overrides: [] }, defaultRecipeName);
  const rows = await readTestReplies(paths, recipe);
  const predictions = await readPredictions(paths.predictions);
  const items = rows.map((row) => {
    const { id, threadId } = row;
    return { id, threadId, email: renderAsked(row), reply: predictions.get(id)?.reply ?? "" };
  });
  if (digestItems(items) === report.itemsDigest) return;
  throw new UserError(
    `${file} judged other replies than ${paths.predictions} holds now. Judge these: npx pocketreply judge --run ${pasteable(paths.folder)}`,
  );
}
