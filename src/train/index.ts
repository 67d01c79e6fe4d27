/** Batches, loss, AdamW, schedule, clipping, checkpoints, the loop. */
export { type KeptInt8Base, readTrainingBase, type TrainingBase } from "./base.ts";
export { checkpointName } from "./checkpoint.ts";
export type { TrainRow } from "./examples.ts";
export { checkExamples, type FitOptions, type FitProgress, fingerprintOf, type StepRow, sessionsFor } from "./fit.ts";
export { type Forward, withForward } from "./forward.ts";
export { type ColumnSquares, measureColumns } from "./importance.ts";
export { openKeeper } from "./keeper.ts";
export { measureLoss } from "./measure.ts";
export { createOrder, type OrderState, totalSteps } from "./order.ts";
export { type Example, lossTokens, packRows } from "./pack.ts";
export { type PreferenceMethod, preferenceMethods } from "./preference/methods.ts";
export { type PreferOptions, type TrainedPreferences, trainPreferences } from "./preference/prefer.ts";
export type { Lesson } from "./preference/units.ts";
export { learningRateAt } from "./schedule.ts";
export {
  finishTraining,
  type PreparedTraining,
  prepareTraining,
  type Split,
  type TrainOptions,
  type TrainReport,
  trainModel,
} from "./train.ts";
export { startTrained } from "./trained.ts";
