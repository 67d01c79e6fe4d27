/** Configuration and weights of a model folder. */
import { join } from "node:path";
import { openModelWeights, readJsonFile, requireTensors, type TensorReader } from "../formats/index.ts";
import { type LlamaConfig, parseLlamaConfig } from "./config.ts";
import { openGgufWeights, readGgufPointer } from "./gguf-base.ts";
import { baseTensors, type Weights } from "./names.ts";

export type { Weights } from "./names.ts";

/** Reads and checks `folder/config.json`. Throws UserError naming the key that is missing, wrong or not supported. */
export async function readLlamaConfig(folder: string): Promise<LlamaConfig> {
  const path = join(folder, "config.json");
  return parseLlamaConfig(await readJsonFile(path), path);
}

/** Opens the weights of a base: model.safetensors, its shards, or the GGUF that the folder stands for. */
export async function openBaseWeights(folder: string, config: LlamaConfig): Promise<TensorReader> {
  const gguf = await readGgufPointer(folder);
  return gguf ? openGgufWeights(gguf.path, config) : openModelWeights(folder);
}

/**
 * Reads every weight of `folder` as float32.
 * Throws one FormatError that lists all missing tensors and wrong shapes, or names the file that is damaged.
 */
export async function readBaseWeights(folder: string, config: LlamaConfig): Promise<Weights> {
  const reader = await openBaseWeights(folder, config);
  try {
    const specs = baseTensors(config);
    requireTensors(reader, specs);
    const weights: Weights = new Map();
    for (const { name, shape } of specs) weights.set(name, await reader.readFloat32(name, shape));
    return weights;
  } finally {
    await reader.close();
  }
}
