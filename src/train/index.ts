/** Batches, loss, AdamW, schedule, clipping, checkpoints, the loop. */
export type { StepRow } from "./fit.ts";
export { type Split, type TrainReport, trainModel } from "./train.ts";
