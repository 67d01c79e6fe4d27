/** What training needs of memory, said before a base is loaded: the system's way of saying it later is to kill the process. */
import { totalmem } from "node:os";
import { UserError } from "../errors.ts";
import {
  adapterTensors,
  baseTensors,
  type LlamaConfig,
  parameterCount,
  projectionShape,
  projections,
} from "../model/portable.ts";
import type { Recipe } from "../recipe.ts";
import { prefersInt8 } from "./int8.ts";
import { fullRun, needsRecompute, valueBytes } from "./values.ts";

/** What the runtime takes beyond the values of the graph: its arena doubles as it grows, and what is freed comes back in pieces. */
const overhead = 1.3;

/** Node, ONNX Runtime and the code, before anything is loaded. */
const processBytes = 150e6;

/** About how many bytes training with `settings` takes at its peak; `recompute`: whether what is cheap is computed again. */
export function trainingBytes(config: LlamaConfig, settings: Recipe["train"], recompute: boolean): number {
  const { method, targets, rank } = settings;
  const lora = method === "lora";
  const weights = parameterCount(baseTensors(config));
  const trained = lora ? parameterCount(adapterTensors(config, targets, rank)) : weights;
  // Weights and two moments in float32, and the gradients of one run and of the step.
  const moved = (lora ? 5 : 4) * 4 * trained;
  const shared = processBytes + moved;
  const run = { ...settings, ...fullRun(config, settings, settings.rowTokens) };
  const values = overhead * valueBytes(config, run, recompute);
  if (!prefersInt8(config, settings)) return shared + 4 * weights + values;
  const projected = projectionWeights(config);
  // The int8 base is made a layer at a time; then both orientations are packed for training, one for validation.
  return shared + 4 * (weights - projected) + 3 * projected + values;
}

/** What this process may take: the machine's memory, or the limit that is set for it. */
export function memoryHere(): number {
  return Math.min(totalmem(), process.constrainedMemory() || totalmem()); // 0 or a huge number where nothing limits the process
}

/** Whether the backward pass computes what is cheap again: where a run keeps much, or all of it would not fit. */
export function choosesRecompute(config: LlamaConfig, settings: Recipe["train"], memoryBytes: number): boolean {
  return needsRecompute(config, settings) || trainingBytes(config, settings, false) > memoryBytes;
}

/** Throws UserError, in one line, where `memoryBytes` cannot hold the training; it names settings that would fit. */
export function requireMemory(config: LlamaConfig, settings: Recipe["train"], memoryBytes: number): void {
  const needed = trainingBytes(config, settings, true);
  if (needed <= memoryBytes) return;
  const shorter = { ...settings, rowsPerRun: 1, rowTokens: Math.min(settings.rowTokens, 512), maxTokens: 512 };
  const fits = trainingBytes(config, shorter, true) <= memoryBytes;
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
