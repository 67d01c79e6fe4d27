/** What steps lower where it is not the loss over completions: a function from log-probabilities to weights. */
import type { BetweenRuns, Engine, LogProbabilities } from "./engine.ts";
import { type Example, lossTokens } from "./pack.ts";

/** Sequences that are seen together, such as the two sides of a pair. */
export type Unit = readonly Example[];

export interface Objective {
  /** What the walk over the data goes over: every training sequence stands in one unit. */
  readonly units: readonly Unit[];
  readonly validation: readonly Unit[];
  /** Method, numbers and reference: part of what tells one training from another. */
  readonly digest: string;
  /** What `weigh` knows of its units, for another engine that weighs as it does. */
  readonly description: object;
  /** Loss of a batch of units, weights on the nll of their tokens, and figures to log. */
  weigh(units: readonly Unit[], logProbabilities: LogProbabilities): ObjectiveStep;
}

export interface ObjectiveStep {
  readonly loss: number;
  readonly weights: ReadonlyMap<Example, ArrayLike<number>>;
  /** Means over the units, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Loss, gradients and figures of one batch: a forward pass for the weights, then one with gradients. */
export async function objectiveGradients(
  engine: Engine,
  { objective, units, betweenRuns }: { objective: Objective; units: readonly Unit[]; betweenRuns?: BetweenRuns },
) {
  const examples = units.flat();
  const found = await engine.logProbabilities(examples, betweenRuns && ((tokens) => betweenRuns(tokens, 0)));
  const { loss, weights, figures } = objective.weigh(units, found);
  const weighted = examples.filter((example) => Array.from(weights.get(example)!).some((weight) => weight !== 0));
  const { gradients } = await engine.weightedGradients(weighted, weights, betweenRuns);
  return { loss, gradients, figures };
}

/** The mean loss over the validation units in batches of `size`, as steps see them, and the figures under `validation…`. */
export async function objectiveLoss(
  engine: Engine,
  { objective, size, betweenRuns }: { objective: Objective; size: number; betweenRuns?: BetweenRuns },
): Promise<{ loss: number; figures: Record<string, number> }> {
  const { validation } = objective;
  const found = await engine.logProbabilities(validation.flat(), betweenRuns);
  const sums: Record<string, number> = {};
  let loss = 0;
  for (let from = 0; from < validation.length; from += size) {
    const units = validation.slice(from, from + size);
    const share = units.length / validation.length;
    const step = objective.weigh(units, found);
    loss += step.loss * share;
    for (const [name, value] of Object.entries(step.figures)) {
      const full = `validation${name[0].toUpperCase()}${name.slice(1)}`;
      sums[full] = (sums[full] ?? 0) + value * share;
    }
  }
  return { loss, figures: sums };
}

/** Tokens in a row that make a repeat. */
const repeatTokens = 4;

/** Which loss tokens of an example end a run of four that stands in its completion before. [lossTokens] */
export function repeats({ ids, completionStart }: Example): boolean[] {
  const start = Math.max(1, completionStart);
  const seen = new Set<string>();
  return Array.from({ length: lossTokens({ id: "", ids, completionStart }) }, (_, i) => {
    const run = ids.slice(start + i - repeatTokens + 1, start + i + 1).join(" ");
    if (i < repeatTokens - 1 || !seen.has(run)) {
      if (i >= repeatTokens - 1) seen.add(run);
      return false;
    }
    return true;
  });
}
