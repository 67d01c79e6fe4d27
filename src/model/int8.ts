/**
 * A frozen base with its seven projections in int8. Outlier channels of the activations would spoil the scale of a row; as SmoothQuant
 * (arXiv:2211.10438) does, a factor for each channel moves part of their size into the weights, at no cost when the graph runs: it
 * is folded into the norm before q, k and v, and before gate and up; into the rows of v for o; into the rows of up for down. An
 * adapter sees the folded inputs and outputs, so its A and B are multiplied back inside the graph: the trained tensors do not change.
 */
import { invariant } from "../errors.ts";
import { Graph, type Int8Matrix, int8MatmulT } from "../graph/index.ts";
import type { LlamaConfig } from "./config.ts";
import { projectionName, projectionShape, projections, type Weights } from "./names.ts";

/** The inputs of a layer's projections that share their factors, by the first projection that reads them. */
export const foldedInputs = ["q_proj", "o_proj", "gate_proj", "down_proj"] as const;

/** A quantised projection; factors are those that its input was divided by, and its output is. */
export interface Int8Projection extends Int8Matrix {
  readonly inputFactor: Float32Array; //           [I]
  readonly outputFactor: Float32Array | null; //   [O]
}

/** The base as the graph of int8 projections takes it. */
export interface Int8Base {
  /** By weight name, `model.layers.0.mlp.up_proj.weight`. */
  readonly projections: ReadonlyMap<string, Int8Projection>;
  /** All other weights, float32, the norms with factors folded in. */
  readonly rest: Weights;
}

/** The graph output with the largest magnitude of each channel of a projection's input. */
export const maximaName = (layer: number, projection: string) => `maxima.${projectionName(layer, projection)}`;

/** How much of an outlier moves into the weights: 0 nothing, 1 all. SmoothQuant's 0.5. */
const migration = 0.5;

/** Quantises the projections of `base`. `maxima` holds, by `maximaName`, the largest magnitude seen in each input channel. */
export function quantizeBase(config: LlamaConfig, base: Weights, maxima: ReadonlyMap<string, Float32Array>): Int8Base {
  const rest: Weights = new Map(base);
  const quantized = new Map<string, Int8Projection>();
  for (let layer = 0; layer < config.layers; layer++) {
    const weightName = (projection: string) => `${projectionName(layer, projection)}.weight`;
    const columns = (names: readonly (typeof projections)[number][]) =>
      columnMaxima(
        names.map((name) => ({ data: base.get(weightName(name))!, width: projectionShape(config, name)[1] })),
      );
    const seen = (projection: string) => maxima.get(maximaName(layer, projection))!;
    const attention = factors(seen("q_proj"), columns(["q_proj", "k_proj", "v_proj"]));
    const mlp = factors(seen("gate_proj"), columns(["gate_proj", "up_proj"]));
    const down = factors(seen("down_proj"), columns(["down_proj"]));
    // Query heads of a group read the same value channels, so these share a factor.
    const values = factors(sharedByGroup(seen("o_proj"), config), sharedByGroup(columns(["o_proj"]), config));
    const output = spreadOverGroup(values, config);

    fold(rest, `model.layers.${layer}.input_layernorm.weight`, attention);
    fold(rest, `model.layers.${layer}.post_attention_layernorm.weight`, mlp);
    const inputs = { q_proj: attention, k_proj: attention, v_proj: attention, o_proj: output };
    const allInputs = { ...inputs, gate_proj: mlp, up_proj: mlp, down_proj: down };
    for (const projection of projections) {
      const name = weightName(projection);
      const outputFactor = projection === "v_proj" ? values : projection === "up_proj" ? down : null;
      quantized.set(name, quantize(base.get(name)!, allInputs[projection], outputFactor));
      rest.delete(name);
    }
  }
  return { projections: quantized, rest };
}

/** q = round(W · factor / scale), one scale an output channel: its largest magnitude is 127. */
function quantize(weight: Float32Array, inputFactor: Float32Array, outputFactor: Float32Array | null): Int8Projection {
  const inputs = inputFactor.length;
  const outputs = weight.length / inputs;
  const forward = new Int8Array(weight.length);
  const backward = new Int8Array(weight.length);
  const scale = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const row = weight.subarray(o * inputs, (o + 1) * inputs);
    let largest = 0;
    for (let i = 0; i < inputs; i++) largest = Math.max(largest, Math.abs(row[i] * inputFactor[i]));
    const step = largest === 0 ? 1 : largest / 127;
    for (let i = 0; i < inputs; i++) {
      const q = Math.round((row[i] * inputFactor[i]) / step);
      backward[o * inputs + i] = q;
      forward[i * outputs + o] = q;
    }
    scale[o] = outputFactor ? step / outputFactor[o] : step;
  }
  return { forward, backward, scale, inputFactor, outputFactor };
}

/** SmoothQuant's factor of each channel: max|x|^m / max|w|^(1−m); 1 for a channel that is never used. */
function factors(activations: Float32Array, weights: Float32Array): Float32Array {
  invariant(activations.length === weights.length, "a factor for each channel");
  return activations.map((seen, i) =>
    seen > 0 && weights[i] > 0 ? Math.max(1e-4, seen ** migration / weights[i] ** (1 - migration)) : 1,
  );
}

function columnMaxima(matrices: readonly { data: Float32Array; width: number }[]): Float32Array {
  const largest = new Float32Array(matrices[0].width);
  for (const { data, width } of matrices)
    for (let i = 0; i < data.length; i++) {
      const column = i % width;
      const magnitude = Math.abs(data[i]);
      if (magnitude > largest[column]) largest[column] = magnitude;
    }
  return largest;
}

/** The largest over the query heads of each group.  [H·Hd] → [K·Hd] */
function sharedByGroup(channels: Float32Array, { heads, kvHeads, headSize }: LlamaConfig): Float32Array {
  const shared = new Float32Array(kvHeads * headSize);
  channels.forEach((value, i) => {
    const at = groupChannel(i, { heads, kvHeads, headSize });
    shared[at] = Math.max(shared[at], value);
  });
  return shared;
}

/** [K·Hd] → [H·Hd] */
function spreadOverGroup(shared: Float32Array, { heads, kvHeads, headSize }: LlamaConfig): Float32Array {
  return Float32Array.from(
    { length: heads * headSize },
    (_, i) => shared[groupChannel(i, { heads, kvHeads, headSize })],
  );
}

function groupChannel(i: number, { heads, kvHeads, headSize }: Pick<LlamaConfig, "heads" | "kvHeads" | "headSize">) {
  return Math.floor(i / headSize / (heads / kvHeads)) * headSize + (i % headSize);
}

function fold(weights: Weights, norm: string, factor: Float32Array): void {
  weights.set(
    norm,
    weights.get(norm)!.map((value, i) => value / factor[i]),
  );
}

/** A graph x [2, inputs] → y whose products are as large as they can be: ones in give `expected` out where nothing saturates. */
export function buildInt8Probe(): { onnx: Uint8Array; inputs: number; expected: number } {
  const [inputs, outputs] = [128, 32];
  const g = new Graph();
  const x = g.input("x", "float32", [2, inputs]);
  const largest = new Int8Array(inputs * outputs).fill(127);
  const matrix = { forward: largest, backward: largest, scale: new Float32Array(outputs).fill(1) };
  g.output("y", int8MatmulT(g, x, "probe", matrix));
  return { onnx: g.toOnnx("probe"), inputs, expected: inputs * 127 };
}
