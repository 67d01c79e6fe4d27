/** One optimiser step: gradients, their clipping, AdamW in place. */
import { UserError } from "../errors.ts";
import type { Recipe } from "../recipe.ts";
import type { Engine } from "./engine.ts";
import { adamW, clipFactor, globalNorm } from "./optimizer.ts";
import { type Example, lossTokens } from "./pack.ts";
import { learningRateAt } from "./schedule.ts";
import type { Trained } from "./trained.ts";

/** What a step was made of and did. The loss is the mean over completion tokens, in nats; the norm is that before clipping. */
export interface StepResult {
  /** Counted from 1. */
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly sequences: number;
  readonly tokens: number;
  readonly lossTokens: number;
}

/** Takes the step that follows `done` finished ones of `steps`. Throws UserError where the loss is no number; the weights are untouched then. */
export async function takeStep(options: {
  engine: Engine;
  trained: Trained;
  settings: Recipe["train"];
  examples: readonly Example[];
  done: number;
  steps: number;
  betweenRuns?: Parameters<Engine["lossAndGradients"]>[1];
}): Promise<StepResult> {
  const { engine, trained, settings, examples, done, steps, betweenRuns } = options;
  const { loss, gradients } = await engine.lossAndGradients(examples, betweenRuns);
  if (!Number.isFinite(loss)) {
    throw new UserError(
      `The loss became ${loss} at step ${done + 1}. Lower train.learningRate (now ${settings.learningRate}); the newest checkpoint holds the last good state.`,
    );
  }
  const gradNorm = globalNorm(gradients.values());
  const learningRate = learningRateAt(done, steps, settings);
  const gradientScale = clipFactor(gradNorm, settings.maxGradNorm);
  const update = { ...settings, step: done + 1, learningRate, gradientScale };
  for (const [name, gradient] of gradients)
    adamW(trained.weights.get(name)!, gradient, trained.moments.get(name)!, update);
  return {
    ...{ step: done + 1, loss, gradNorm, learningRate, sequences: examples.length },
    tokens: examples.reduce((sum, { ids }) => sum + ids.length, 0),
    lossTokens: examples.reduce((sum, example) => sum + lossTokens(example), 0),
  };
}
