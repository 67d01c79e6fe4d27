/** Batches, loss, AdamW, schedule, clipping, checkpoints, the loop. */
export { adapterScale, fit, type FitOptions, type FitProgress, type FitReport, type StepRow } from "./fit.ts";
export { type Example, lossTokens, packRows, rowFeeds } from "./pack.ts";
export { type ReplyRow, type Split, trainModel, type TrainOptions, type TrainReport } from "./train.ts";
