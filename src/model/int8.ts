/** A frozen base with its seven projections in int8, but for the few input channels whose activations are far larger than the others. */
import { Graph, type Int8Matrix, int8MatmulT } from "../graph/index.ts";
import type { LlamaConfig } from "./config.ts";
import { projectionName, projections, type Weights } from "./names.ts";

/** The base as the graph of int8 projections takes it. */
export interface Int8Base {
  /** By weight name, `model.layers.0.mlp.up_proj.weight`. */
  readonly projections: ReadonlyMap<string, Int8Matrix>;
  /** All other weights, float32. */
  readonly rest: Weights;
}

/** The projection that first reads the input that a projection reads: q, k and v share one, gate and up another. */
export const inputOf = {
  q_proj: "q_proj",
  k_proj: "q_proj",
  v_proj: "q_proj",
  o_proj: "o_proj",
  gate_proj: "gate_proj",
  up_proj: "gate_proj",
  down_proj: "down_proj",
} as const;

/** The graph output with the largest magnitude of each channel of a projection's input. */
export const maximaName = (layer: number, projection: string) => `maxima.${projectionName(layer, projection)}`;

/** The graph output with the squared error of a projection's int8 product, of its finer one, and the square of the exact one. */
export const errorsName = (layer: number, projection: string) => `errors.${projectionName(layer, projection)}`;

/** Input channels of a projection that stay in float32. On SmolLM2-135M 8, 32 and 64 give the whole gradient a cosine of 0.994, 0.995 and 0.996. */
const outlierChannels = 32;

/** Quantises the projections of `base`, all alike. `maxima` holds, by `maximaName`, the largest magnitude seen in each input channel. */
export function quantizeBase(config: LlamaConfig, base: Weights, maxima: ReadonlyMap<string, Float32Array>): Int8Base {
  const rest: Weights = new Map(base);
  const quantized = new Map<string, Int8Matrix>();
  for (let layer = 0; layer < config.layers; layer++) {
    for (const projection of projections) {
      const name = `${projectionName(layer, projection)}.weight`;
      const seen = maxima.get(maximaName(layer, inputOf[projection]))!;
      quantized.set(
        name,
        quantize(base.get(name)!, seen.length, largestOf(seen, Math.min(outlierChannels, seen.length >> 3))),
      );
      rest.delete(name);
    }
  }
  return { projections: quantized, rest };
}

/** The places of the `count` largest values, ascending. */
function largestOf(values: Float32Array, count: number): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

/** q = round(W / scale) in both orientations; the largest magnitude of each column of a product is 127. */
function quantize(weight: Float32Array, inputs: number, outliers: readonly number[]): Int8Matrix {
  const outputs = weight.length / inputs;
  const isOutlier = new Uint8Array(inputs);
  for (const channel of outliers) isOutlier[channel] = 1;
  const [rowMaxima, columnMaxima] = [new Float32Array(outputs), new Float32Array(inputs)];
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) {
      const magnitude = Math.abs(weight[o * inputs + i]);
      if (magnitude > columnMaxima[i]) columnMaxima[i] = magnitude;
      if (magnitude > rowMaxima[o] && !isOutlier[i]) rowMaxima[o] = magnitude;
    }
  const [forwardScale, backwardScale] = [rowMaxima, columnMaxima].map((maxima) =>
    maxima.map((largest) => (largest === 0 ? 1 : largest / 127)),
  );
  const forward = new Int8Array(weight.length);
  const backward = new Int8Array(weight.length);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) {
      const value = weight[o * inputs + i];
      backward[o * inputs + i] = Math.round(value / backwardScale[i]);
      if (!isOutlier[i]) forward[i * outputs + o] = Math.round(value / forwardScale[o]);
    }
  const outlierColumns = new Float32Array(outputs * outliers.length);
  for (let o = 0; o < outputs; o++)
    outliers.forEach((channel, k) => {
      outlierColumns[o * outliers.length + k] = weight[o * inputs + channel];
    });
  return { forward, forwardScale, backward, backwardScale, outliers, outlierColumns, fine: false };
}

/** A graph x [2, inputs] → y whose products are as large as they can be: ones in give `expected` out where nothing saturates. */
export function buildInt8Probe(): { onnx: Uint8Array; inputs: number; expected: number } {
  const [inputs, outputs] = [128, 32];
  const g = new Graph();
  const x = g.input("x", "float32", [2, inputs]);
  const largest = new Int8Array(inputs * outputs).fill(127);
  const [forwardScale, backwardScale] = [outputs, inputs].map((size) => new Float32Array(size).fill(1));
  const none = { outliers: [], outlierColumns: new Float32Array(0), fine: false };
  g.output(
    "y",
    int8MatmulT(g, x, "probe", { forward: largest, forwardScale, backward: largest, backwardScale, ...none }),
  );
  return { onnx: g.toOnnx("probe"), inputs, expected: inputs * 127 };
}
