/** One optimiser step: gradients, their clipping, AdamW in place; or none at all where a number is not finite. */
import type { Recipe } from "../recipe.ts";
import type { BetweenRuns, Engine } from "./engine.ts";
import { type Objective, objectiveGradients, type Unit } from "./objective.ts";
import { adamW, clipFactor, globalNorm } from "./optimizer.ts";
import { type Example, lossTokens } from "./pack.ts";
import { learningRateAt } from "./schedule.ts";
import type { Trained } from "./trained.ts";

/** What a step was made of and did. The loss is the mean over completion tokens, in nats, or the objective's; the norm is that before clipping. */
export interface StepResult {
  /** Counted from 1. */
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly sequences: number;
  readonly tokens: number;
  readonly lossTokens: number;
  /** What the objective tells of its batch. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A step that left weights and moments as they were, because its loss or a gradient is not finite. */
export interface SkippedStep extends Omit<StepResult, "loss" | "gradNorm"> {
  /** Left out where it is not finite. */
  readonly loss?: number;
  /** What is not finite: the loss, or the first tensor whose gradient is not. */
  readonly skipped: string;
}

/** Takes the step that follows `done` steps, `skippedBefore` of which were skipped, of `steps` in all. `units`, which are `examples` together, are what an objective weighs. */
export async function takeStep(options: {
  engine: Engine;
  trained: Trained;
  settings: Recipe["train"];
  examples: readonly Example[];
  objective?: Objective;
  units?: readonly Unit[];
  done: number;
  steps: number;
  skippedBefore?: number;
  betweenRuns?: BetweenRuns;
}): Promise<StepResult | SkippedStep> {
  const { engine, trained, settings, examples, done, steps, skippedBefore = 0, betweenRuns } = options;
  const { objective, units = [] } = options;
  const found = objective
    ? await objectiveGradients(engine, { objective, units, betweenRuns })
    : { ...(await engine.lossAndGradients(examples, betweenRuns)), figures: undefined };
  const { loss, gradients, figures } = found;
  const learningRate = learningRateAt(done, steps, settings);
  const taken = {
    ...{ step: done + 1, learningRate, sequences: examples.length },
    tokens: examples.reduce((sum, { ids }) => sum + ids.length, 0),
    lossTokens: examples.reduce((sum, example) => sum + lossTokens(example), 0),
    ...(figures && { figures }),
  };
  const gradNorm = globalNorm(gradients.values());
  if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
    const tensor = [...gradients].find(([, gradient]) => !Number.isFinite(globalNorm([gradient])))?.[0];
    const skipped = Number.isFinite(loss) ? `gradient of ${tensor}` : "loss";
    return { ...taken, ...(Number.isFinite(loss) ? { loss } : {}), skipped };
  }
  // The correction of the moments counts the updates that were made, as PyTorch's GradScaler does.
  const update = {
    ...{ ...settings, step: done + 1 - skippedBefore, learningRate },
    gradientScale: clipFactor(gradNorm, settings.maxGradNorm),
  };
  for (const [name, gradient] of gradients)
    adamW(trained.weights.get(name)!, gradient, trained.moments.get(name)!, update);
  return { ...taken, loss, gradNorm };
}
