/**
 * A BERT-family encoder as functions over a graph, in stages: the embeddings, then runs of layers, each an ONNX model small enough for
 * the 2 GB of its format. All texts of a run have the same length, so there is no padding and no mask; a text's result does not depend
 * on its neighbours. Shapes: B texts, T tokens each, S = B·T.
 */
import { Graph, type Value } from "../../../graph/index.ts";
import type { Weights } from "../../../model/index.ts";
import { attend, type RunShapes } from "./attention.ts";
import type { EncoderConfig } from "./config.ts";
import { layerNames } from "./names.ts";
import { activate, addAndNorm, biased, layerNorm, linear } from "./parts.ts";

/** Part of an encoder: the embeddings where `from` is 0, and the layers from `from` to before `to`. */
export interface EncoderStage {
  readonly from: number;
  readonly to: number;
  /** Whether this is the last stage, whose output is made of unit length. */
  readonly isLast: boolean;
}

/**
 * Builds one stage over `weights` (by their names without prefix, as `stageTensors` lists them).
 *
 * Inputs of the first: `tokens` int64 [S], and with absolute positions `positions` int64 [S] (rows of their table); of the others:
 * `hidden` [S, D]. All: `rows` int64 [3] = [−1, T, D]; with relative attention also what `relativeFeeds` gives.
 * Output: `states` [S, D]; of the last stage instead `unit` [S, D], each row divided by its length, unless `raw` asks for it as it is.
 */
export function buildEncoderStage(options: {
  config: EncoderConfig;
  weights: Weights;
  stage: EncoderStage;
  raw?: boolean;
}): Uint8Array {
  const { config, weights, stage, raw = false } = options;
  const g = new Graph();
  const shapes = runInputs(g, config);
  let x = stage.from === 0 ? embed(g, config, weights) : g.input("hidden", "float32", ["S", config.hiddenSize]);
  const embedded = x;
  for (let index = stage.from; index < stage.to; index++) {
    x = layer(g, x, { config, weights, index, shapes });
    if (index === 0 && config.convolution !== null) x = convolve(g, embedded, x, { config, weights, shapes });
  }
  if (!stage.isLast || raw) g.output("states", x);
  else g.output("unit", normalizeRows(g, x));
  return g.toOnnx("encoder");
}

/** The integer inputs that tell a run's T, because shapes inside the graph depend on it. */
function runInputs(g: Graph, config: EncoderConfig): RunShapes {
  const rows = g.input("rows", "int64", [3]);
  if (config.relative === null) return { rows };
  return {
    rows,
    relative: {
      ascending: g.input("relative.ascending", "int64", ["R"]),
      descending: g.input("relative.descending", "int64", ["R"]),
      skewStart: g.input("skew.start", "int64", [1]),
      skewEnd: g.input("skew.end", "int64", [1]),
      skewShape: g.input("skew.shape", "int64", [4]),
      tokens: g.input("skew.tokens", "int64", [1]),
    },
  };
}

/** Word, position and type vectors added, brought to width D and normed.  → [S, D] */
function embed(g: Graph, config: EncoderConfig, weights: Weights): Value {
  const { embeddingSize: e, hiddenSize: d, vocabularySize, positionRows, typeVocabularySize } = config;
  const gather = (table: Value, rows: Value) =>
    g.emit({
      opType: "Gather",
      inputs: [table, rows],
      outputs: [{ shape: ["S", e] }],
      attributes: { axis: { int: 0 } },
    })[0];
  const table = (name: string, rows: number) => g.constant(name, weights.get(name)!, [rows, e]);
  let x = gather(table("embeddings.word_embeddings.weight", vocabularySize), g.input("tokens", "int64", ["S"]));
  if (typeVocabularySize > 0) {
    const types = weights.get("embeddings.token_type_embeddings.weight")!;
    x = biased(g, x, g.constant("embeddings.token_type_embeddings.first", types.slice(0, e), [e])); // every token is of type 0
  }
  if (positionRows > 0) {
    const rows = g.input("positions", "int64", ["S"]);
    x = biased(g, x, gather(table("embeddings.position_embeddings.weight", positionRows), rows));
  }
  if (e !== d) x = linear(g, weights, x, { weight: "embeddings.embed_proj.weight" }, d);
  return layerNorm(g, weights, x, "embeddings.LayerNorm", config);
}

/** Attention and feed-forward, each added to its input and normed.  [S, D] → [S, D] */
function layer(
  g: Graph,
  x: Value,
  options: { config: EncoderConfig; weights: Weights; index: number; shapes: RunShapes },
): Value {
  const { config, weights, index } = options;
  const names = layerNames(config.family, index);
  const mixed = attend(g, x, { ...options, names }); //                                           [S, H·Hd]
  const projected = linear(g, weights, mixed, { weight: names.output.weight }, config.hiddenSize);
  const attended = addAndNorm(g, weights, {
    x: projected,
    skip: x,
    bias: names.output.bias,
    norm: names.outputNorm,
    config,
  });
  const wide = linear(g, weights, attended, { weight: names.up.weight }, config.ffnSize); //      [S, F]
  const active = activate(g, weights, wide, names.up.bias!, config.activation);
  const narrow = linear(g, weights, active, { weight: names.down.weight }, config.hiddenSize);
  return addAndNorm(g, weights, { x: narrow, skip: attended, bias: names.down.bias, norm: names.downNorm, config });
}

/** DeBERTa 2's convolution over the embeddings, added to the first layer's output and normed.  [S, D] each → [S, D] */
function convolve(
  g: Graph,
  embedded: Value,
  x: Value,
  options: { config: EncoderConfig; weights: Weights; shapes: RunShapes },
): Value {
  const { config, weights, shapes } = options;
  const { hiddenSize: d, convolution } = config;
  const { kernelSize, groups, activation } = convolution!;
  const swap = (value: Value, shape: Value["shape"]) =>
    g.emit({
      opType: "Transpose",
      inputs: [value],
      outputs: [{ shape }],
      attributes: { perm: { ints: [0, 2, 1] } },
    })[0];
  const [rows] = g.emit({ opType: "Reshape", inputs: [embedded, shapes.rows], outputs: [{ shape: ["B", "T", d] }] });
  const kernel = g.constant("encoder.conv.conv.weight", weights.get("encoder.conv.conv.weight")!, [
    d,
    d / groups,
    kernelSize,
  ]);
  const pad = (kernelSize - 1) / 2;
  const [out] = g.emit({
    opType: "Conv",
    inputs: [swap(rows, ["B", d, "T"]), kernel],
    outputs: [{ shape: ["B", d, "T"] }],
    attributes: {
      group: { int: groups },
      kernel_shape: { ints: [kernelSize] },
      pads: { ints: [Math.floor(pad), Math.floor(pad)] },
    },
  });
  const [flat] = g.emit({
    opType: "Reshape",
    inputs: [swap(out, ["B", "T", d]), g.integers([-1, d])],
    outputs: [{ shape: ["S", d] }],
  });
  const active = activate(g, weights, flat, "encoder.conv.conv.bias", activation);
  return addAndNorm(g, weights, { x: active, skip: x, norm: "encoder.conv.LayerNorm", config });
}

/** Rows of length 1.  [S, D] → [S, D] */
function normalizeRows(g: Graph, x: Value): Value {
  const [unit] = g.emit({
    opType: "LpNormalization",
    inputs: [x],
    outputs: [{ shape: x.shape }],
    attributes: { axis: { int: -1 }, p: { int: 2 } },
  });
  return unit;
}
