/** The stage report: report.html of a run folder, from the files that evaluate and the stages before it left. */
import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { DistillReport } from "../distill/index.ts";
import { pasteable, UserError } from "../errors.ts";
import {
  type EvaluatedItem,
  type JudgeData,
  type ReportData,
  type RunHealth,
  readItems,
  renderReport,
} from "../evaluate/index.ts";
import { readJsonFile, readJsonl, writeFileAtomic } from "../formats/index.ts";
import { type CalibrationReport, digestItems, type JudgeReport, type PairReport } from "../judge/index.ts";
import { defaultRecipe, flattenRecipe, type Recipe } from "../recipe.ts";
import type { RunPaths } from "../run.ts";
import { packageVersion } from "../shipped.ts";
import type { ImportReport } from "../sources/index.ts";
import type { StepRow, TrainReport } from "../train/index.ts";
import type { EvaluationReport } from "./evaluation-report.ts";
import { type Prediction, readPredictions } from "./predict.ts";

/** Writes report.html of an evaluated run folder. Throws FormatError where evaluated.jsonl is not what was scored. */
export async function writeReport({ paths, recipe }: { paths: RunPaths; recipe: Recipe }): Promise<void> {
  const evaluation = (await readJsonFile(paths.evaluation)) as EvaluationReport; // written by evaluate
  if (evaluation.referenceSendable === undefined)
    throw new UserError(
      `${paths.evaluation} was written by an earlier version. Score anew, nothing is generated again: npx pocketreply evaluate --rescore --run ${pasteable(paths.folder)}`,
    );
  const items = await readItems(paths.evaluated, evaluation.evaluatedSha256);
  const data: ReportData = {
    name: basename(resolve(paths.folder)),
    madeAt: statSync(paths.evaluation).mtime.toISOString().slice(0, 10),
    version: packageVersion(),
    evaluation,
    answeredBy: describeModel(evaluation),
    noCeiling: evaluation.ceiling.status === "skipped" ? evaluation.ceiling.reason : null,
    items,
    health: await readHealth(paths, evaluation, items),
    recipe: changedKeys(recipe),
    judge: await readJudge(paths, items),
  };
  await writeFileAtomic(paths.report, renderReport(data));
}

/** What a judge says of the replies that were scored; files that speak of other replies are left out. */
async function readJudge(paths: RunPaths, items: readonly EvaluatedItem[]): Promise<JudgeData> {
  const read = async <T>(path: string) => (existsSync(path) ? ((await readJsonFile(path)) as T) : null); // each written by its verb
  const digest = digestItems(
    items.map(({ id, threadId, email, student }) => ({ id, threadId, email, reply: student.text })),
  );
  const report = await read<JudgeReport>(paths.judgeReport);
  const calibration = await read<CalibrationReport>(paths.calibration);
  const pairs = await read<PairReport>(paths.judgePairsReport);
  const isCurrent = report?.itemsDigest === digest;
  const isCalibrated = isCurrent && calibration?.itemsDigest === digest && calibration.judge.id === report.judge.id;
  return {
    report: isCurrent ? report : null,
    calibration: isCalibrated ? calibration : null,
    pairs: pairs?.runDigest === digest ? pairs : null,
  };
}

/** What answered, for a reader. */
function describeModel({ of, format, model }: EvaluationReport): string {
  return of === null ? model : `${of.checkpoint} (validation loss ${of.validationLoss.toFixed(3)}) as ${format}`;
}

async function readHealth(
  paths: RunPaths,
  evaluation: EvaluationReport,
  items: readonly EvaluatedItem[],
): Promise<RunHealth> {
  const read = async <T>(path: string) => (existsSync(path) ? ((await readJsonFile(path)) as T) : null); // each written by its stage
  const imported = await read<ImportReport>(paths.importReport);
  return {
    mails: imported && { kept: imported.kept, skipped: imported.read - imported.kept },
    distill: distillHealth(await read<DistillReport>(paths.distillReport)),
    training: await trainingHealth(paths, await read<TrainReport>(paths.trainReport)),
    replies: await replyHealth(paths, evaluation, items),
  };
}

function distillHealth(report: (DistillReport & { costUsd?: number | null }) | null): RunHealth["distill"] {
  if (report === null) return null;
  const { accepted, rejected, acceptedByAttempt, rejectedByReason, calls, retries } = report;
  const isFree = [report.teacher, report.judge].every(({ baseUrl }) => baseUrl === "builtin");
  return {
    accepted,
    rejected,
    acceptedByAttempt,
    rejectedByReason,
    calls: Object.values(calls).reduce((sum, count) => sum + count, 0),
    retries,
    promptTokens: report.promptTokens,
    completionTokens: report.completionTokens,
    costUsd: isFree ? 0 : (report.costUsd ?? null),
    seconds: report.wallMs / 1000,
  };
}

async function trainingHealth(paths: RunPaths, report: TrainReport | null): Promise<RunHealth["training"]> {
  if (report === null || !existsSync(paths.steps)) return null;
  const steps: StepRow[] = [];
  for await (const { value } of readJsonl(paths.steps)) steps.push(value as StepRow); // written by train
  const { best, examples, trainableParameters, truncated, tooLong } = report;
  return { steps, bestStep: best.step, examples, trainableParameters, shortened: truncated, leftOut: tooLong.length };
}

async function replyHealth(
  paths: RunPaths,
  { format }: EvaluationReport,
  items: readonly EvaluatedItem[],
): Promise<RunHealth["replies"]> {
  const known = existsSync(paths.predictions)
    ? await readPredictions(paths.predictions)
    : new Map<string, Prediction>();
  const rows = items.flatMap(({ id }) => known.get(id) ?? []);
  const model = format === null ? null : join(paths.exportFolder, `model-${format.replace("gguf-", "")}.gguf`);
  const sum = (of: (row: Prediction) => number | null) => rows.reduce((total, row) => total + (of(row) ?? 0), 0);
  return {
    cutAtLimit: rows.filter(({ stopped }) => stopped === "length").length,
    shortenedMails: rows.filter(({ shortened }) => shortened === true).length,
    refused: rows.filter(({ stopped }) => stopped === "refused").length,
    promptTokens: sum(({ promptTokens }) => promptTokens),
    replyTokens: sum(({ replyTokens }) => replyTokens),
    firstTokenMs: median(rows.map(({ firstTokenMs }) => firstTokenMs)),
    tokensPerSecond: median(rows.map(({ tokensPerSecond }) => tokensPerSecond)),
    modelBytes: model !== null && existsSync(model) ? statSync(model).size : null,
  };
}

/** The middle one of those that are known; null of none. */
export function median(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  return known.length > 0 ? known[known.length >> 1] : null;
}

/** What of the recipe is not as by default. */
function changedKeys(recipe: Recipe): [string, string][] {
  const defaults = flattenRecipe(defaultRecipe());
  return [...flattenRecipe(recipe)].flatMap(([key, value]): [string, string][] => {
    const text = JSON.stringify(value);
    return JSON.stringify(defaults.get(key)) === text ? [] : [[key, text]];
  });
}
