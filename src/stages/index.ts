/** The run folder, its lock, what "complete" means, and the work of every stage. */

export { checkBase, warnOfBase } from "./base-check.ts";
export { benchStage } from "./bench.ts";
export type { BenchReport } from "./bench-report.ts";
export type { BenchOptions } from "./bench-subject.ts";
export { calibrateStage } from "./calibrate.ts";
export type { CeilingReport } from "./ceiling.ts";
export { type ComparedRuns, compareStage } from "./compare.ts";
export { datasetStage } from "./dataset.ts";
export { distillStage } from "./distill.ts";
export { evaluateStage } from "./evaluate.ts";
export type { EvaluationReport } from "./evaluation-report.ts";
export { type ExportReport, exportStage } from "./export.ts";
export { hasBegun, readRecipe } from "./folder.ts";
export { type GateOptions, gateStage } from "./gate.ts";
export { importStage } from "./import.ts";
export { inboxStage } from "./inbox.ts";
export { judgeAgainstStage, judgeStage, planJudging, renewReport } from "./judge.ts";
export { findAdapted, findModel, findModels, mostContextTokens } from "./model.ts";
export { planStage } from "./plan.ts";
export { readPredictions, readTestReplies } from "./predict.ts";
export { preparePush, pushStage } from "./push.ts";
export { redactMail, redactStage, sentPlaceholders } from "./redact.ts";
export { rehearseStage } from "./rehearse.ts";
export { writeReport } from "./report.ts";
export type { RecipeOptions, Session } from "./session.ts";
export { inRunFolder, requireStage, type StageContext } from "./stage.ts";
export { type BestCheckpoint, jobStage, trainStage } from "./train.ts";
