/** A projection in int8, but for the few input channels whose activations are far larger than the others. */
import { Graph, type Int8Matrix, int8MatmulT } from "../graph/index.ts";
import { projectionName } from "./names.ts";

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

/** The graph output with the sum of squares of each channel of a projection's input. */
export const squaresName = (layer: number, projection: string) => `squares.${projectionName(layer, projection)}`;

/** The graph output with the squared error of a projection's int8 product, of its finer one, and the square of the exact one. */
export const errorsName = (layer: number, projection: string) => `errors.${projectionName(layer, projection)}`;

/** Input channels of a projection that stay in float32. On SmolLM2-135M 8, 32 and 64 give the whole gradient a cosine of 0.994, 0.995 and 0.996. */
const outlierChannels = 32;

/** W [O, I] in int8 in both orientations. `maxima` [I] are the largest magnitudes seen in each channel of what it multiplies. */
export function quantizeProjection(weight: Float32Array, maxima: Float32Array): QuantizedProjection {
  return quantize(weight, maxima.length, largestOf(maxima, Math.min(outlierChannels, maxima.length >> 3)));
}

/** A matrix in int8 whose values are all in memory. */
export type QuantizedProjection = Int8Matrix & {
  readonly [name in "forward" | "backward"]: Int8Array;
} & { readonly outlierColumns: Float32Array };

/** The places of the `count` largest values, ascending. */
function largestOf(values: Float32Array, count: number): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

/** Rows that are turned at once, so that what is written across lies in the processor's cache. */
const tileRows = 32;

/** q = round(W / scale) in both orientations; the largest magnitude of each column of a product is 127. */
function quantize(weight: Float32Array, inputs: number, outliers: readonly number[]): QuantizedProjection {
  const outputs = weight.length / inputs;
  const isOutlier = new Uint8Array(inputs);
  for (const channel of outliers) isOutlier[channel] = 1;
  const [forwardScale, backwardScale] = scalesOf(weight, isOutlier);
  const backwardUnits = backwardScale.map((scale) => 1 / scale);
  const forward = new Int8Array(weight.length);
  const backward = new Int8Array(weight.length);
  for (let from = 0; from < outputs; from += tileRows) {
    const to = Math.min(from + tileRows, outputs);
    for (let o = from; o < to; o++)
      for (let i = 0; i < inputs; i++) backward[o * inputs + i] = Math.round(weight[o * inputs + i] * backwardUnits[i]);
    for (let i = 0; i < inputs; i++) {
      if (isOutlier[i]) continue;
      for (let o = from; o < to; o++) forward[i * outputs + o] = Math.round(weight[o * inputs + i] / forwardScale[o]);
    }
  }
  const outlierColumns = new Float32Array(outputs * outliers.length);
  for (let o = 0; o < outputs; o++)
    outliers.forEach((channel, k) => {
      outlierColumns[o * outliers.length + k] = weight[o * inputs + channel];
    });
  return { forward, forwardScale, backward, backwardScale, outliers, outlierColumns, fine: false };
}

/** The steps of each row without its outliers [O], and of each column [I]; those of zeros alone are 1. */
function scalesOf(weight: Float32Array, isOutlier: Uint8Array): [Float32Array, Float32Array] {
  const inputs = isOutlier.length;
  const [rowMaxima, columnMaxima] = [new Float32Array(weight.length / inputs), new Float32Array(inputs)];
  for (let o = 0; o < rowMaxima.length; o++) {
    let largest = 0;
    for (let i = 0; i < inputs; i++) {
      const magnitude = Math.abs(weight[o * inputs + i]);
      if (magnitude > columnMaxima[i]) columnMaxima[i] = magnitude;
      if (magnitude > largest && isOutlier[i] === 0) largest = magnitude;
    }
    rowMaxima[o] = largest;
  }
  const scaleOf = (largest: number) => (largest === 0 ? 1 : largest / 127);
  return [rowMaxima.map(scaleOf), columnMaxima.map(scaleOf)];
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
