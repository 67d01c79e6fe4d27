/** The run folder, its lock, what "complete" means, and the work of every stage. */

export { openRunAssistant } from "./assistant.ts";
export { type BaseOrigin, findBase } from "./base.ts";
export { checkBase, warnOfBase } from "./base-check.ts";
export { benchStage } from "./bench.ts";
export { generate } from "./bench-replies.ts";
export type { BenchReport } from "./bench-report.ts";
export type { BenchOptions, Subject } from "./bench-subject.ts";
export type { CeilingReport } from "./ceiling.ts";
export { distillStage, hasNewReviews } from "./distill.ts";
export { describeDistillation, showProgress } from "./distill-lines.ts";
export { evaluateStage } from "./evaluate.ts";
export type { EvaluationReport } from "./evaluation-report.ts";
export { type ExportReport, exportStage } from "./export.ts";
export { hasBegun, readRecipe } from "./folder.ts";
export { importStage } from "./import.ts";
export { inboxStage } from "./inbox.ts";
export { judgeAgainstStage, judgeStage, planJudging, renewReport } from "./judge.ts";
export { percent, sideBySide, table, wrapText } from "./layout.ts";
export { likelihoodLines } from "./likelihood.ts";
export { findAdapted, findModel, findModels, mostContextTokens } from "./model.ts";
export { formatUsd } from "./money.ts";
export { readPredictions, readTestReplies } from "./predict.ts";
export { writeReport } from "./report.ts";
export type { CommonOptions, FolderOptions, Session } from "./session.ts";
export { inRunFolder, requireStage, type StageContext } from "./stage.ts";
export { type BestCheckpoint, type JobOptions, jobStage, type TrainEngine, trainStage } from "./train.ts";
export { trainTrigger } from "./trigger.ts";
