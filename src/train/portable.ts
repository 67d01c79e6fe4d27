/** The part of this room that runs in a browser too: packing, losses and gradients, AdamW, schedule, clipping; no files. */
export { type Engine, withEngine } from "./engine.ts";
export { adamW, clipFactor, globalNorm, type Moments } from "./optimizer.ts";
export { createOrder, type OrderState, totalSteps } from "./order.ts";
export { type Example, lossTokens, packRows, rowFeeds } from "./pack.ts";
export { planRuns } from "./rows.ts";
export { learningRateAt } from "./schedule.ts";
export { type SkippedStep, type StepResult, takeStep } from "./step.ts";
export { startTrained, type Trained } from "./trained.ts";
