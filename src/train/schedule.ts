/** Learning rate by optimiser step, as transformers' schedules give it: step 0 runs with rate 0 when there is a warm-up. */
import { totalSteps } from "./order.ts";

export interface ScheduleOptions {
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly schedule: "linear" | "cosine";
}

/** The rate for the step that follows `completed` finished steps of `total`. get_linear_schedule_with_warmup / get_cosine_schedule_with_warmup. */
export function learningRateAt(
  completed: number,
  total: number,
  { learningRate, warmupSteps, schedule }: ScheduleOptions,
): number {
  if (completed < warmupSteps) return (learningRate * completed) / warmupSteps;
  const progress = (completed - warmupSteps) / Math.max(1, total - warmupSteps);
  switch (schedule) {
    case "linear":
      return learningRate * Math.max(0, 1 - progress);
    case "cosine":
      return learningRate * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
    default:
      return schedule satisfies never;
  }
}

/** What a person should know before training on `sequences` examples: a warm-up that is never over. */
export function settingsNotes(
  sequences: number,
  settings: ScheduleOptions & { batchSize: number; accumulation: number; epochs: number },
): string[] {
  const { warmupSteps, learningRate, batchSize, accumulation, epochs } = settings;
  const steps = totalSteps(sequences, batchSize * accumulation, epochs);
  if (warmupSteps < steps) return [];
  const highest = learningRateAt(steps - 1, steps, settings);
  return [
    `train.warmupSteps is ${warmupSteps}, but the run has only ${steps} steps: the learning rate never comes above ${highest.toPrecision(2)} of ${learningRate}. Set train.warmupSteps=${Math.floor(steps / 10)}, or a smaller train.batchSize.`,
  ];
}
