/** The tensors that training moves: a fresh LoRA adapter, or a copy of every weight of the base. */
import { shapeSize } from "../formats/index.ts";
import {
  type AdapterShape,
  adapterTensors,
  baseTensors,
  type LlamaConfig,
  type TensorSpec,
  type Weights,
} from "../model/index.ts";
import { createRandom } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import type { AdapterConfig } from "./checkpoint.ts";
import type { Moments } from "./optimizer.ts";

/** Trained tensors at their starting values, with zero moments. */
export interface Trained {
  readonly specs: readonly TensorSpec[];
  readonly weights: Weights;
  readonly moments: ReadonlyMap<string, Moments>;
  readonly adapterShape?: AdapterShape;
  /** Null for full training. */
  readonly adapterConfig: AdapterConfig | null;
}

export function startTrained(options: {
  config: LlamaConfig;
  base: Weights;
  baseName: string;
  settings: Recipe["train"];
  seed: number;
}): Trained {
  const { config, base, baseName, settings, seed } = options;
  const { method, rank, alpha, rsLora, targets } = settings;
  if (method === "full") {
    const specs = baseTensors(config);
    const weights = new Map(specs.map(({ name }) => [name, base.get(name)!.slice()]));
    return { specs, weights, moments: zeroMoments(specs), adapterConfig: null };
  }
  const specs = adapterTensors(config, targets, rank);
  return {
    specs,
    weights: new Map(specs.map((spec) => [spec.name, initialAdapter(spec, seed)])),
    moments: zeroMoments(specs),
    adapterShape: { rank, targets, scale: adapterScale(settings) },
    adapterConfig: { rank, alpha, rsLora, targets, base: baseName },
  };
}

/** What multiplies B·A: alpha / √rank with rsLoRA (arXiv:2312.03732), alpha / rank without. The paper's 16, 16 give 4. */
export function adapterScale({ rank, alpha, rsLora }: Pick<Recipe["train"], "rank" | "alpha" | "rsLora">): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

/** PEFT's start: A uniform in ±1/√in (Kaiming with a = √5), B zero. Each tensor has its own seed, so targets do not disturb each other. */
function initialAdapter({ name, shape }: TensorSpec, seed: number): Float32Array {
  const data = new Float32Array(shapeSize(shape));
  if (name.endsWith(".lora_B.weight")) return data;
  const random = createRandom(`${seed}/${name}`);
  const bound = 1 / Math.sqrt(shape[1]);
  return data.map(() => (2 * random.next() - 1) * bound);
}

function zeroMoments(specs: readonly TensorSpec[]): ReadonlyMap<string, Moments> {
  const zeros = (shape: readonly number[]) => new Float32Array(shapeSize(shape));
  return new Map(specs.map(({ name, shape }) => [name, { m: zeros(shape), v: zeros(shape) }]));
}
