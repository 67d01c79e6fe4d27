/** Batches, loss, AdamW, schedule, clipping, checkpoints, the loop. */
export { type FitOptions, type FitProgress, type FitReport, fit, type StepRow } from "./fit.ts";
export * from "./portable.ts";
export { type ReplyRow, type Split, type TrainOptions, type TrainReport, trainModel } from "./train.ts";
