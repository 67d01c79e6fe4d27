/** What training needs of memory, said before a base is loaded: the system's way of saying it later is to kill the process. */
import { UserError } from "../errors.ts";
import {
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  type LlamaConfig,
  loraScale,
  parameterCount,
  projectionShape,
  projections,
} from "../model/portable.ts";
import type { Recipe } from "../recipe.ts";
import { needsRecompute, prefersInt8 } from "./engine.ts";

/**
 * What the runtime takes beyond the values of the graph: at the 1B shape, rows of 1,024, it took 11.15 GiB with recomputation and 15.85
 * without, where weights (4.6) and values (2.7; 5.2) are 7.3 and 9.8.
 */
const overhead = 1.6;

/** Tokens with loss in a row, where nothing is known of the data: a reply is about a quarter of its sequence. */
const lossShare = 0.25;

/** About how many bytes training with `settings` takes at its peak. */
export function trainingBytes(config: LlamaConfig, settings: Recipe["train"]): number {
  const { rowTokens, rowsPerRun, method, targets, rank } = settings;
  const lora = method === "lora";
  const weights = parameterCount(baseTensors(config));
  const trained = lora ? parameterCount(adapterTensors(config, targets, rank)) : weights;
  const graph = buildLlamaGraph({
    ...{ config, longest: rowTokens, recompute: needsRecompute(config), trainable: lora ? "adapter" : "all" },
    adapter: lora ? { rank, scale: loraScale(settings), targets } : undefined,
  });
  const values = graph.peakBytes({ B: rowsPerRun, T: rowTokens, N: Math.ceil(rowTokens * rowsPerRun * lossShare) });
  // Weights and two moments in float32, and the gradients of one run and of the step.
  const moved = (lora ? 5 : 4) * 4 * trained;
  // While an int8 base is made, its two orientations are held by the host, by the model and by the session.
  const quantized = prefersInt8(config, settings) ? 3 * 2 * projectionWeights(config) : 0;
  return 4 * weights + moved + quantized + overhead * values;
}

/** Throws UserError, in one line, where `memoryBytes` cannot hold the training; it names settings that would fit. */
export function requireMemory(config: LlamaConfig, settings: Recipe["train"], memoryBytes: number): void {
  const needed = trainingBytes(config, settings);
  if (needed <= memoryBytes) return;
  const shorter = { ...settings, rowsPerRun: 1, rowTokens: Math.min(settings.rowTokens, 512), maxTokens: 512 };
  const fits = trainingBytes(config, shorter) <= memoryBytes;
  const advice = fits
    ? "With train.rowTokens=512 train.maxTokens=512 train.rowsPerRun=1 it fits."
    : "No setting makes it fit: take a smaller base, or a machine with more memory.";
  throw new UserError(
    `Training this base of ${millions(parameterCount(baseTensors(config)))} parameters takes about ${gib(needed)} GiB, and this machine has ${gib(memoryBytes)} GiB. ${advice}`,
  );
}

function projectionWeights(config: LlamaConfig): number {
  const [outputs, inputs] = [0, 1].map((side) => projections.map((name) => projectionShape(config, name)[side]));
  return config.layers * outputs.reduce((sum, size, i) => sum + size * inputs[i], 0);
}

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
const millions = (count: number) => `${Math.round(count / 1e6).toLocaleString("en")} million`;
