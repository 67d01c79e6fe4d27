/** The weights of a model folder, checked against its configuration. */
import { UserError } from "../errors.ts";
import { openModelWeights, showShape } from "../formats/index.ts";
import type { LlamaConfig } from "./config.ts";
import { baseTensors } from "./names.ts";

/** Tensors by Hugging Face name, float32, row-major. */
export type Weights = Map<string, Float32Array>;

/**
 * Reads every weight of `folder` (model.safetensors, or shards with an index) as float32.
 * Throws one UserError that lists all missing tensors and wrong shapes; FormatError for a damaged file.
 */
export async function readBaseWeights(folder: string, config: LlamaConfig): Promise<Weights> {
  const reader = await openModelWeights(folder);
  try {
    const specs = baseTensors(config);
    const problems = specs.flatMap(({ name, shape }) => {
      const entry = reader.entries.get(name);
      if (!entry) return [`${name} ${showShape(shape)} is missing`];
      return showShape(entry.shape) === showShape(shape) ? [] : [`${name} is ${showShape(entry.shape)}, config.json asks for ${showShape(shape)}`];
    });
    if (problems.length > 0) {
      throw new UserError(`The weights of ${folder} do not fit its config.json:\n${problems.map((line) => `  ${line}`).join("\n")}\nCopy the whole model folder again; nothing was trained.`);
    }
    const weights: Weights = new Map();
    for (const { name, shape } of specs) weights.set(name, await reader.readFloat32(name, shape));
    return weights;
  } finally {
    await reader.close();
  }
}
