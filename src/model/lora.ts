/** LoRA (arXiv:2106.09685): strength, adapted projections, tensors and their names, and the adapted product. The one home of these. */
import { invariant, UserError } from "../errors.ts";
import { type Graph, matmulT, matmulTs, type Value } from "../graph/index.ts";
import type { LlamaConfig } from "./config.ts";
import { projectionName, projectionShape, projections, type TensorSpec } from "./names.ts";

/** How strongly an adapter acts. */
export interface LoraStrength {
  readonly rank: number;
  readonly alpha: number;
  /** Rank-stabilised LoRA (arXiv:2312.03732): alpha / √rank instead of alpha / rank. */
  readonly rsLora: boolean;
}

/** What multiplies B·A. The paper's 16 and 16 give 4 with rsLoRA. */
export function loraScale({ rank, alpha, rsLora }: LoraStrength): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

/**
 * The alpha that gives the same scale to a reader that knows only alpha / rank, as llama.cpp and ExecuTorch: alpha·√rank
 * for an rsLoRA adapter. With its own alpha the paper's adapter (16, rank 16) would act at a quarter of its strength.
 */
export function plainAlpha(strength: LoraStrength): number {
  return loraScale(strength) * strength.rank;
}

/** An adapter over named projections; `scale` multiplies B·A. */
export interface AdapterShape {
  readonly rank: number;
  readonly scale: number;
  readonly targets: readonly string[];
}

/** Throws UserError where `targets` names a projection that there is none of, or none at all. */
export function checkTargets(targets: readonly string[]): void {
  const known: readonly string[] = projections;
  const unknown = targets.filter((target) => !known.includes(target));
  if (unknown.length > 0 || targets.length === 0) {
    const what = unknown.length > 0 ? `unknown ${unknown.map((name) => `"${name}"`).join(", ")}` : "no projection";
    throw new UserError(`train.targets: ${what}. The projections that LoRA can adapt are ${known.join(", ")}.`);
  }
}

/** The LoRA pairs over `targets`: A [rank, in], B [out, rank], named as in the base with `.lora_A.weight` / `.lora_B.weight`. */
export function adapterTensors(config: LlamaConfig, targets: readonly string[], rank: number): TensorSpec[] {
  const tensors: TensorSpec[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    for (const projection of projections) {
      if (!targets.includes(projection)) continue;
      const [outSize, inSize] = projectionShape(config, projection);
      const [a, b] = loraNames(projectionName(layer, projection));
      tensors.push({ name: a, shape: [rank, inSize] }, { name: b, shape: [outSize, rank] });
    }
  }
  return tensors;
}

/** The names of A and B of a module such as `model.layers.0.self_attn.q_proj`. */
export function loraNames(module: string): readonly [a: string, b: string] {
  return [`${module}.lora_A.weight`, `${module}.lora_B.weight`];
}

/** Whether a tensor is part of an adapter. */
export function isLoraTensor(name: string): boolean {
  return /\.lora_[AB]\.weight$/.test(name);
}

/** Projections of the same input, whose A are multiplied with it together. */
const together: readonly (readonly string[])[] = [
  ["q_proj", "k_proj", "v_proj"],
  ["gate_proj", "up_proj"],
];

/** The low-rank products of one graph: y + s (x Aᵀ) Bᵀ of a projection of a layer.  x [S, in], y [S, out] → [S, out] */
export function createLowRank(
  g: Graph,
  { targets, scale }: AdapterShape,
  tensor: (name: string) => Value,
): (y: Value, at: { x: Value; layer: number; projection: string }) => Value {
  const reduced = new Map<string, { of: Value; product: Value }>(); // x Aᵀ by the name of A  [S, R]
  return (y, { x, layer, projection }) => {
    if (!targets.includes(projection)) return y;
    const names = (name: string) => loraNames(projectionName(layer, name));
    const [a, b] = names(projection);
    if (!reduced.has(a)) {
      const group = together.find((members) => members.includes(projection)) ?? [projection];
      const matrices = group.filter((name) => targets.includes(name)).map((name) => names(name)[0]);
      for (const [i, product] of matmulTs(g, x, matrices.map(tensor)).entries())
        reduced.set(matrices[i], { of: x, product });
    }
    const { of, product } = reduced.get(a)!;
    invariant(of === x, `${projection} reads another input than the projections that it is multiplied with`);
    return matmulT(g, product, tensor(b), { to: y, alpha: scale });
  };
}

/** PEFT's prefix of the tensors in adapter_model.safetensors; after it come the names of the base model. */
export const PEFT_PREFIX = "base_model.model.";

/** The content of PEFT's adapter_config.json (PEFT 0.21): the fields that say what the adapter is; the others take PEFT's defaults. */
export function peftConfig(
  { rank, alpha, rsLora }: LoraStrength,
  { targets, base }: { targets: readonly string[]; base: string },
): Record<string, unknown> {
  return {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base,
    inference_mode: true,
    r: rank,
    lora_alpha: alpha,
    use_rslora: rsLora,
    lora_dropout: 0,
    target_modules: [...targets],
    bias: "none",
    fan_in_fan_out: false,
    init_lora_weights: true,
    modules_to_save: null,
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    layers_pattern: null,
    use_dora: false,
  };
}
