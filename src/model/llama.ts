/** A Llama, or a related architecture, as a function over a graph: packed rows of tokens in, the loss at chosen positions out. Checkpoint names are kept verbatim. */
import { invariant } from "../errors.ts";
import {
  add,
  Graph,
  gatherRows,
  gradients,
  type Int8Matrix,
  int8MatmulT,
  matmulT,
  mul,
  negativeLogLikelihood,
  packedCausalMask,
  product,
  rmsNorm,
  scale,
  sum,
  type Value,
} from "../graph/index.ts";
import { decoderLayer, ropeTableValues } from "./blocks.ts";
import type { LlamaConfig } from "./config.ts";
import { type AdapterShape, adapterTensors, createLowRank, isLoraTensor } from "./lora.ts";
import { baseTensors, projectionName } from "./names.ts";

export interface LlamaGraphOptions {
  readonly config: LlamaConfig;
  /** The most tokens in a packed row; each run may have shorter ones. */
  readonly longest: number;
  readonly adapter?: AdapterShape;
  /** Which tensors get gradients: none (evaluation), the adapter, or every weight. */
  readonly trainable: "none" | "adapter" | "all";
  /** Frozen weights to store inside the graph, where ONNX Runtime packs them once; the rest are inputs. */
  readonly frozen?: ReadonlyMap<string, Float32Array>;
  /** Compute attention probabilities and gate activations again in the backward pass: a 1B model needs it to train in 16 GiB. */
  readonly recompute?: boolean;
  /** Projections in int8, stored in the graph; gradients then reach the adapter alone. */
  readonly int8?: ReadonlyMap<string, Int8Matrix>;
  /** Also output the logits. */
  readonly withLogits?: boolean;
}

/** A built graph and the names of its parts. */
export interface LlamaGraph {
  readonly onnx: Uint8Array;
  /** Weights that must be fed by name. */
  readonly weightInputs: readonly string[];
  /** Tensors with gradients, in order; the output of `name` is `gradientName(name)`. */
  readonly trainable: readonly string[];
  /** The most that its values take at once for B rows of T tokens with N loss tokens, without the weights. Bytes. */
  peakBytes(sizes: { B: number; T: number; N: number }): number;
}

/** The graph output that holds the gradient of a tensor. */
export const gradientName = (name: string) => `gradient.${name}`;

/**
 * Builds forward pass, loss and, if asked, gradients as one ONNX model.
 *
 * Inputs: `tokens` int64 [B·T] (rows one after another, S = B·T, T at most `longest`), `positions` int64 [B, T] (restarting at each segment),
 * `segments` int64 [B, T], `lossPositions` int64 [N] (indices into S), `targets` int64 [N], `weights` float32 [N], and the weights by name.
 * Outputs: `nll` [N], `loss` [] = Σ weights · nll, the gradients of `loss`, and `logits` [N, V] if asked.
 */
export function buildLlamaGraph(options: LlamaGraphOptions): LlamaGraph {
  const { config, longest, adapter, trainable, frozen, int8, withLogits = false, recompute = false } = options;
  invariant(!int8 || trainable !== "all", "int8 weights cannot be trained");
  const g = new Graph({ recompute });
  const weightInputs: string[] = [];
  const tensors = new Map<string, Value>();
  const specs = [...baseTensors(config), ...(adapter ? adapterTensors(config, adapter.targets, adapter.rank) : [])];
  for (const { name, shape } of specs) {
    if (int8?.has(name)) continue;
    const stored = frozen?.get(name);
    if (!stored) weightInputs.push(name);
    tensors.set(name, stored ? g.constant(name, stored, shape) : g.input(name, "float32", shape));
  }
  const weight = (name: string) => tensors.get(name)!;

  const tokens = g.input("tokens", "int64", [product("B", "T")]);
  const positions = g.input("positions", "int64", ["B", "T"]);
  const segments = g.input("segments", "int64", ["B", "T"]);
  const lossPositions = g.input("lossPositions", "int64", ["N"]);
  const targets = g.input("targets", "int64", ["N"]);
  const lossWeights = g.input("weights", "float32", ["N"]);

  const addLowRank = adapter ? createLowRank(g, adapter, weight) : (y: Value) => y;
  /** x Wᵀ + s (x Aᵀ) Bᵀ */
  const linear = (x: Value, layer: number, projection: string): Value => {
    const name = projectionName(layer, projection);
    const quantized = int8?.get(`${name}.weight`);
    const product = quantized ? int8MatmulT(g, x, name, quantized) : matmulT(g, x, weight(`${name}.weight`)); // [S, out]
    const bias = tensors.get(`${name}.bias`);
    const y = bias ? add(g, product, bias) : product;
    return addLowRank(y, { x, layer, projection });
  };

  const mask = packedCausalMask(g, segments, positions);
  const rows = { rowTokens: "T", positions, mask, tables: ropeTableValues(g, config, longest) };

  const { scales } = config;
  let x = scale(g, gatherRows(g, weight("model.embed_tokens.weight"), tokens), scales.embedding); // [S, D], after the last layer [N, D]
  for (let layer = 0; layer < config.layers; layer++) {
    const project = (input: Value, projection: string) => linear(input, layer, projection);
    const inLayer = (name: string) => weight(`model.layers.${layer}.${name}`);
    // Only the positions that carry loss pass through the rest of the last layer and the head: the paper trains on the completion alone.
    const only = layer === config.layers - 1 ? lossPositions : undefined;
    x = decoderLayer(g, x, { config, layer, rows, project, weight: inLayer }, only);
  }
  const normed = rmsNorm(g, x, weight("model.norm.weight"), config.normEpsilon);
  const hidden = scale(g, normed, 1 / scales.logits);
  const head = weight(config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");
  const { nll, logits } = negativeLogLikelihood(g, hidden, head, targets); //    [N], [N, V]
  const loss = sum(g, mul(g, nll, lossWeights));

  g.output("nll", nll);
  g.output("loss", loss);
  if (withLogits) g.output("logits", logits);
  const trained = trainedNames(
    specs.map((spec) => spec.name),
    trainable,
  );
  const results = gradients(g, loss, trained.map(weight));
  trained.forEach((name, i) => {
    g.output(gradientName(name), results[i]);
  });
  return {
    onnx: g.toOnnx("llama"),
    weightInputs,
    trainable: trained,
    peakBytes: (sizes) => g.peakBytes(sizes),
  };
}

function trainedNames(names: readonly string[], trainable: LlamaGraphOptions["trainable"]): string[] {
  switch (trainable) {
    case "none":
      return [];
    case "adapter":
      return names.filter(isLoraTensor);
    case "all":
      return names.filter((name) => !isLoraTensor(name));
    default:
      return trainable satisfies never;
  }
}
