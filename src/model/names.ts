/** Every tensor of a checkpoint by its Hugging Face name, with its shape. */
import { findArchitecture } from "./architectures/table.ts";
import type { LlamaConfig } from "./config.ts";

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Tensors by Hugging Face name, float32, row-major. */
export type Weights = Map<string, Float32Array>;

/** The seven projections of a layer that LoRA may adapt, as in `target_modules`. */
export const projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;

/** `model.layers.3.self_attn.q_proj` and so on. */
export function projectionName(layer: number, projection: string): string {
  const block =
    projection === "q_proj" || projection === "k_proj" || projection === "v_proj" || projection === "o_proj"
      ? "self_attn"
      : "mlp";
  return `model.layers.${layer}.${block}.${projection}`;
}

/** All weights of the model, in checkpoint order. Linear weights are [out, in]. */
export function baseTensors(config: LlamaConfig): TensorSpec[] {
  const { hiddenSize: d, vocabularySize: v, layers, tiedEmbeddings } = config;
  const tensors: TensorSpec[] = [{ name: "model.embed_tokens.weight", shape: [v, d] }];
  for (let layer = 0; layer < layers; layer++) {
    tensors.push({ name: `model.layers.${layer}.input_layernorm.weight`, shape: [d] });
    tensors.push({ name: `model.layers.${layer}.post_attention_layernorm.weight`, shape: [d] });
    for (const projection of projections) {
      const [name, shape] = [projectionName(layer, projection), projectionShape(config, projection)];
      tensors.push({ name: `${name}.weight`, shape });
      if (config.biases.includes(projection)) tensors.push({ name: `${name}.bias`, shape: [shape[0]] });
    }
    for (const { name, shape } of findArchitecture(config.modelType)?.layerTensors?.(config) ?? [])
      tensors.push({ name: `model.layers.${layer}.${name}`, shape });
  }
  tensors.push({ name: "model.norm.weight", shape: [d] });
  if (!tiedEmbeddings) tensors.push({ name: "lm_head.weight", shape: [v, d] });
  return tensors;
}

/** [out, in] of a projection. */
export function projectionShape(
  config: LlamaConfig,
  projection: (typeof projections)[number],
): readonly [number, number] {
  const { hiddenSize: d, ffnSize: f, heads, kvHeads, headSize } = config;
  switch (projection) {
    case "q_proj":
      return [heads * headSize, d];
    case "k_proj":
    case "v_proj":
      return [kvHeads * headSize, d];
    case "o_proj":
      return [d, heads * headSize];
    case "gate_proj":
    case "up_proj":
      return [f, d];
    case "down_proj":
      return [d, f];
    default:
      return projection satisfies never;
  }
}

/** Number of elements of a list of tensors. */
export function parameterCount(tensors: readonly TensorSpec[]): number {
  return tensors.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}
