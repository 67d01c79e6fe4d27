/**
 * pocketreply as a library: the stages as functions over files, and the reply model. `pocketreply/evaluate` holds the metrics
 * alone. Each stage resumes when it is called again with the same files. The functions named `…Stage` work in a run folder,
 * as the command line does: `inRunFolder({ run }, {}, trainStage)`; what stands where `{}` does shows progress and stops a stage; a
 * stage that makes the folder takes `{ makes: true }` behind.
 */

export { startBuiltinTeacher } from "./builtin/index.ts";
export { type DistillReport, distillEmails, type Reply } from "./distill/index.ts";
export { FormatError, UserError } from "./errors.ts";
export { type Evaluation, evaluateReplies } from "./evaluate/index.ts";
export { type ExportedFile, type ExportFormat, exportModel } from "./export/index.ts";
export { type Email, type Person, parseMail, renderEmail, splitQuotes } from "./mail/index.ts";
export { scoreFiles } from "./metrics/index.ts";
export { defaultRecipe, loadRecipe, type Recipe } from "./recipe.ts";
export {
  type GeneratedReply,
  generateReplies,
  openReplier,
  type Replier,
  type ReplyResult,
} from "./reply/index.ts";
export { type RunPaths, runPaths } from "./run.ts";
export { type RunningServer, type ServerOptions, startServer } from "./serve/index.ts";
export { type ImportReport, importMail } from "./sources/index.ts";
export {
  type BestCheckpoint,
  benchStage,
  type CeilingReport,
  type ComparedRuns,
  calibrateDecisionsStage,
  calibrateStage,
  compareStage,
  datasetStage,
  distillStage,
  type EvaluationReport,
  type ExportReport,
  evaluateStage,
  exportStage,
  gateStage,
  importStage,
  inRunFolder,
  jobStage,
  judgeAgainstStage,
  judgeStage,
  planJudging,
  planStage,
  preparePush,
  pushStage,
  redactMail,
  redactStage,
  rehearseStage,
  type Session,
  type StageContext,
  trainStage,
  writeReport,
} from "./stages/index.ts";
export { type TrainReport, type TrainRow, trainModel } from "./train/index.ts";
