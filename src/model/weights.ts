/** The weights of a model folder, checked against its configuration. */
import { openModelWeights, requireTensors } from "../formats/index.ts";
import type { LlamaConfig } from "./config.ts";
import { baseTensors } from "./names.ts";

/** Tensors by Hugging Face name, float32, row-major. */
export type Weights = Map<string, Float32Array>;

/**
 * Reads every weight of `folder` (model.safetensors, or shards with an index) as float32.
 * Throws one FormatError that lists all missing tensors and wrong shapes, or names the file that is damaged.
 */
export async function readBaseWeights(folder: string, config: LlamaConfig): Promise<Weights> {
  const reader = await openModelWeights(folder);
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
