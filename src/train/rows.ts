/** How long the rows are that sequences are packed into: attention costs the square of a row, so short sequences want short rows. */
import { type LlamaConfig, projectionShape, projections } from "../model/portable.ts";
import type { Recipe } from "../recipe.ts";
import { prefersInt8 } from "./int8.ts";
import { chunk, type Example, packRows } from "./pack.ts";

/** Lengths are tried in steps of this many tokens. */
const stepTokens = 32;

/** So many steps' worth of sequences are packed on trial. */
const trialSteps = 8;

/** Tokens of one run with an int8 base: its products are as fast as with more, and what a run keeps is most of the memory. */
const int8RunTokens = 512;

/** The most tokens of one run, but for a single row that is longer. */
export function runTokens(config: LlamaConfig, settings: Recipe["train"]): number {
  const asked = settings.rowTokens * settings.rowsPerRun;
  return prefersInt8(config, settings) ? Math.min(asked, int8RunTokens) : asked;
}

/**
 * The row length for these examples, at most `settings.rowTokens`, whose rows cost least, and as many rows a run as hold the tokens that
 * the settings give to one run. The same loss and gradients (up to rounding), in less time.
 */
export function rowLayout(
  examples: readonly Example[],
  settings: Recipe["train"],
  config: LlamaConfig,
): { rowTokens: number; rowsPerRun: number } {
  const longest = examples.reduce((max, { ids }) => Math.max(max, ids.length), 1);
  const sequences = settings.batchSize * settings.accumulation;
  const steps = chunk(examples.slice(0, sequences * trialSteps), sequences);
  let best = { rowTokens: settings.rowTokens, cost: Number.POSITIVE_INFINITY };
  for (let length = roundUp(longest); length < settings.rowTokens + stepTokens; length += stepTokens) {
    const rowTokens = Math.min(length, settings.rowTokens);
    const rows = steps.reduce((sum, step) => sum + packRows(step, rowTokens).length, 0);
    const cost = rows * rowTokens * tokenCost(config, rowTokens);
    if (cost < best.cost) best = { rowTokens, cost };
  }
  return {
    rowTokens: best.rowTokens,
    rowsPerRun: Math.max(1, Math.floor(runTokens(config, settings) / best.rowTokens)),
  };
}

/**
 * Multiply-adds of one token in one layer, forward and backward: two with each weight, six with each value of a row of scores. The
 * passes over the scores that multiply nothing (softmax, mask, its gradient) take about as long as those that do.
 */
function tokenCost(config: LlamaConfig, rowTokens: number): number {
  const weights = projections.reduce((sum, name) => {
    const [outputs, inputs] = projectionShape(config, name);
    return sum + outputs * inputs;
  }, 0);
  return 2 * weights + 2 * 6 * rowTokens * config.heads * config.headSize;
}

function roundUp(tokens: number): number {
  return Math.ceil(tokens / stepTokens) * stepTokens;
}
