/** What the values of one run take of memory, from the shapes of the graph, and so what the backward pass computes again. */
import { buildLlamaGraph, type LlamaConfig, loraScale } from "../model/portable.ts";
import type { Recipe } from "../recipe.ts";
import { prefersInt8 } from "./int8.ts";
import type { Example } from "./pack.ts";

/**
 * Above so many bytes of values the backward pass computes again what is cheap, which takes about a tenth longer and halves them. With an int8
 * base they are most of what a training takes, so there the limit is low.
 */
const keptLimitBytes = { int8: 2 ** 30, float32: 4 * 2 ** 30 };

/** Tokens of one run with an int8 base: its products are as fast as with more, and what a run keeps is most of the memory. */
const int8RunTokens = 512;

/** The most tokens of one run, but for a single row that is longer. */
export function runTokens(config: LlamaConfig, settings: Recipe["train"]): number {
  const asked = settings.rowTokens * settings.rowsPerRun;
  return prefersInt8(config, settings) ? Math.min(asked, int8RunTokens) : asked;
}

/** One full run, of rows of `rowTokens`. */
export function fullRun(
  config: LlamaConfig,
  settings: Recipe["train"],
  rowTokens: number,
): Pick<Recipe["train"], "rowTokens" | "rowsPerRun"> {
  return { rowTokens, rowsPerRun: Math.max(1, Math.floor(runTokens(config, settings) / rowTokens)) };
}

/** The run of these sequences that keeps most: full, in rows of the longest. */
export function largestRun(examples: readonly Example[], config: LlamaConfig, settings: Recipe["train"]) {
  return fullRun(
    config,
    settings,
    examples.reduce((max, { ids }) => Math.max(max, ids.length), 1),
  );
}

/** Tokens with loss in a row, where nothing is known of the data: a reply is about a quarter of its sequence. */
const lossShare = 0.25;

/** Bytes of the values of one run at their peak, its weights not counted. */
export function valueBytes(config: LlamaConfig, settings: Recipe["train"], recompute: boolean): number {
  const { rowTokens, rowsPerRun, method, targets, rank } = settings;
  const lora = method === "lora";
  const peakOf = (layers: number) =>
    buildLlamaGraph({
      ...{ config: { ...config, layers }, longest: rowTokens, recompute, trainable: lora ? "adapter" : "all" },
      adapter: lora ? { rank, scale: loraScale(settings), targets } : undefined,
    }).peakBytes({ B: rowsPerRun, T: rowTokens, N: Math.ceil(rowTokens * rowsPerRun * lossShare) });
  const [two, three] = [peakOf(2), peakOf(3)];
  return two + (config.layers - 2) * (three - two); // every further layer adds the same
}

/** Whether a run of these settings keeps so much that what is cheap is computed again. */
export function needsRecompute(config: LlamaConfig, settings: Recipe["train"]): boolean {
  const limit = keptLimitBytes[prefersInt8(config, settings) ? "int8" : "float32"];
  return valueBytes(config, settings, false) > limit;
}
