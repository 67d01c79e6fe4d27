/** The tensors that training moves: a fresh LoRA adapter, or a copy of every weight of the base. */
import { shapeSize } from "../formats/codecs.ts";
import {
  type AdapterShape,
  adapterTensors,
  baseTensors,
  checkTargets,
  type LlamaConfig,
  type LoraStrength,
  loraScale,
  type TensorSpec,
  type Weights,
} from "../model/portable.ts";
import { createRandom } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import type { Moments } from "./optimizer.ts";

/** Trained tensors at their starting values, with zero moments. */
export interface Trained {
  readonly specs: readonly TensorSpec[];
  readonly weights: Weights;
  readonly moments: ReadonlyMap<string, Moments>;
  readonly adapterShape?: AdapterShape;
  /** What adapter_config.json says of the adapter; null for full training. */
  readonly adapterConfig: AdapterConfig | null;
}

/** An adapter as a checkpoint describes it: strength, adapted projections, the name of its base. */
export interface AdapterConfig extends LoraStrength {
  readonly targets: readonly string[];
  readonly base: string;
}

/** The tensors that `settings` train, at their start. Throws UserError for a projection in train.targets that there is none of. */
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
  checkTargets(targets);
  const specs = adapterTensors(config, targets, rank);
  return {
    specs,
    weights: new Map(specs.map((spec) => [spec.name, initialAdapter(spec, seed)])),
    moments: zeroMoments(specs),
    adapterShape: { rank, targets, scale: loraScale(settings) },
    adapterConfig: { rank, alpha, rsLora, targets, base: baseName },
  };
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
