/** The run folder, its lock, what "complete" means, and the work of every stage. */
export { findBase } from "./base.ts";
export { askTeacherAgain, type CeilingReport } from "./ceiling.ts";
export { defaultRecipeName, filesFrom, findRecipe, hasBegun, packagePath, readRecipe } from "./folder.ts";
export { sideBySide, table, wrapText } from "./layout.ts";
export { likelihoodLines, NO_LIKELIHOOD, readLikelihoods } from "./likelihood.ts";
export { takeLock } from "./lock.ts";
export { readMailbox } from "./mailbox.ts";
export { formatUsd } from "./money.ts";
export { nameEndpoint, type Prediction, pickReplies, predict, readPredictions, readTestReplies } from "./predict.ts";
export type { CommonOptions, FolderOptions, Session } from "./session.ts";
export { inRunFolder, requireStage, type StageContext, stageReport } from "./stage.ts";
