/** The parts that every encoder layer is made of, over weights by name. Operators of com.microsoft where ONNX Runtime has a fused one. */
import { invariant } from "../../../errors.ts";
import type { Graph, Value } from "../../../graph/index.ts";
import type { Weights } from "../../../model/index.ts";
import type { Activation, EncoderConfig } from "./config.ts";
import type { LinearNames } from "./names.ts";

/** x Wᵀ + b.  x [S, in], W [out, in], b [out] → [S, out] */
export function linear(g: Graph, weights: Weights, x: Value, names: LinearNames, out: number): Value {
  const weight = weights.get(names.weight);
  invariant(weight, `weight ${names.weight} was not read`);
  return linearOf(g, x, {
    name: names.weight,
    weight,
    bias: names.bias === undefined ? undefined : weights.get(names.bias),
    out,
  });
}

/** The same over arrays, stored in the graph as `name`. */
export function linearOf(
  g: Graph,
  x: Value,
  options: { name: string; weight: Float32Array; bias?: Float32Array; out: number },
): Value {
  const { name, weight, bias, out } = options;
  const w = g.constant(name, weight, [out, weight.length / out]);
  const [y] = g.emit({
    opType: "Gemm",
    inputs: bias === undefined ? [x, w] : [x, w, g.constant(`${name}.bias`, bias, [out])],
    outputs: [{ shape: [x.shape[0], out] }],
    attributes: { transB: { int: 1 } },
  });
  return y;
}

/** x + y with broadcasting over rows. */
export function biased(g: Graph, x: Value, y: Value): Value {
  return g.emit({ opType: "Add", inputs: [x, y], outputs: [{ shape: x.shape }] })[0];
}

/** Layer normalization with weight and bias of `name`.  [S, D] → [S, D] */
export function layerNorm(g: Graph, weights: Weights, x: Value, name: string, config: EncoderConfig): Value {
  const [weight, bias] = normTensors(g, weights, name);
  const [y] = g.emit({
    opType: "LayerNormalization",
    inputs: [x, weight, bias],
    outputs: [{ shape: x.shape }],
    attributes: { axis: { int: -1 }, epsilon: { float: config.normEpsilon } },
  });
  return y;
}

/** The layer normalization of x + skip (+ bias).  [S, D] each → [S, D] */
export function addAndNorm(
  g: Graph,
  weights: Weights,
  options: { x: Value; skip: Value; bias?: string; norm: string; config: EncoderConfig },
): Value {
  const { x, skip, bias, norm, config } = options;
  const inputs = [x, skip, ...normTensors(g, weights, norm)];
  if (bias !== undefined) inputs.push(vector(g, weights, bias));
  const [y] = g.emit({
    opType: "SkipLayerNormalization",
    domain: "com.microsoft",
    inputs,
    outputs: [{ shape: x.shape }],
    attributes: { epsilon: { float: config.normEpsilon } },
  });
  return y;
}

function normTensors(g: Graph, weights: Weights, name: string): Value[] {
  return [vector(g, weights, `${name}.weight`), vector(g, weights, `${name}.bias`)];
}

function vector(g: Graph, weights: Weights, name: string): Value {
  const data = weights.get(name);
  invariant(data, `weight ${name} was not read`);
  return g.constant(name, data, [data.length]);
}

/** The activation of x + bias.  [S, F] → [S, F] */
export function activate(g: Graph, weights: Weights, x: Value, bias: string, activation: Activation): Value {
  const b = vector(g, weights, bias);
  const outputs = [{ shape: x.shape }];
  switch (activation) {
    case "gelu":
      return g.emit({ opType: "BiasGelu", domain: "com.microsoft", inputs: [x, b], outputs })[0];
    case "gelu_new":
    case "gelu_pytorch_tanh":
      return g.emit({ opType: "FastGelu", domain: "com.microsoft", inputs: [x, b], outputs })[0];
    case "relu":
      return g.emit({ opType: "Relu", inputs: [biased(g, x, b)], outputs })[0];
    case "tanh":
      return g.emit({ opType: "Tanh", inputs: [biased(g, x, b)], outputs })[0];
    default:
      return activation satisfies never;
  }
}
