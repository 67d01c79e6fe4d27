/** Attention of an encoder: every token looks at every token of its text, with relative positions where the model has them. */
import type { Graph, Shape, Value } from "../../../graph/index.ts";
import type { Weights } from "../../../model/index.ts";
import type { EncoderConfig } from "./config.ts";
import { type LayerNames, type LinearNames, positionSpan } from "./names.ts";
import { layerNorm, linear, linearOf } from "./parts.ts";

/** Inputs that tell the T of a run. */
export interface RunShapes {
  readonly rows: Value; //               [−1, T, D]
  readonly relative?: {
    readonly ascending: Value; //        [2T − 1] rows of the table for distances −(T − 1) … T − 1
    readonly descending: Value; //       the same backwards
    readonly skewStart: Value; //        [T − 1]
    readonly skewEnd: Value; //          [T − 1 + T (2T − 2)]
    readonly skewShape: Value; //        [0, 0, T, 2T − 2]
    readonly tokens: Value; //           [T]
  };
}

interface AttentionOptions {
  readonly config: EncoderConfig;
  readonly weights: Weights;
  readonly names: LayerNames;
  readonly shapes: RunShapes;
}

/** What the tokens of each text gather from one another.  x [S, D] → [S, H·Hd] */
export function attend(g: Graph, x: Value, options: AttentionOptions): Value {
  const { config, shapes } = options;
  const { heads, headSize, scoreScale, relative } = config;
  const inner = heads * headSize;
  const [q, k, v] = project(g, x, options);
  const scale = 1 / Math.sqrt(headSize * scoreScale);
  const byText = (value: Value) =>
    g.emit({
      opType: "Reshape",
      inputs: [value, rowsOf(g, shapes, config)],
      outputs: [{ shape: ["B", "T", inner] }],
    })[0];
  let mixed: Value;
  if (relative === null) {
    [mixed] = g.emit({
      opType: "MultiHeadAttention",
      domain: "com.microsoft",
      inputs: [byText(q), byText(k), byText(v)],
      outputs: [{ shape: ["B", "T", inner] }],
      attributes: { num_heads: { int: heads }, scale: { float: scale } },
    });
  } else mixed = disentangled(g, { q: byText(q), k: byText(k), v: byText(v), scale }, options);
  return g.emit({ opType: "Reshape", inputs: [mixed, g.integers([-1, inner])], outputs: [{ shape: ["S", inner] }] })[0];
}

/** [−1, T, D], or with heads that do not sum to D, [−1, T, H·Hd]. */
function rowsOf(g: Graph, { rows }: RunShapes, { hiddenSize, heads, headSize }: EncoderConfig): Value {
  if (heads * headSize === hiddenSize) return rows;
  const part = g.emit({
    opType: "Slice",
    inputs: [rows, g.integers([0]), g.integers([2])],
    outputs: [{ dtype: "int64", shape: [2] }],
  })[0];
  return g.emit({
    opType: "Concat",
    inputs: [part, g.integers([heads * headSize])],
    outputs: [{ dtype: "int64", shape: [3] }],
    attributes: { axis: { int: 0 } },
  })[0];
}

/** Query, key and value.  [S, D] → [S, H·Hd] each */
function project(g: Graph, x: Value, { config, weights, names }: AttentionOptions): [Value, Value, Value] {
  const { heads, headSize } = config;
  const inner = heads * headSize;
  const { fused } = names;
  if (fused === undefined) {
    const one = (part: LinearNames) => linear(g, weights, x, part, inner);
    return [one(names.query), one(names.key), one(names.value)];
  }
  // In DeBERTa 1 the rows of one matrix go head by head: query, key and value of the first head, then of the second.
  const all = weights.get(fused.weight)!;
  const width = all.length / (3 * inner);
  const part = (offset: number) => {
    const rows = new Float32Array(inner * width);
    const block = headSize * width;
    for (let head = 0; head < heads; head++)
      rows.set(all.subarray((3 * head + offset) * block, (3 * head + offset + 1) * block), head * block);
    return rows;
  };
  const project = (offset: number, bias?: string) =>
    linearOf(g, x, {
      name: `${fused.weight}.${offset}`,
      weight: part(offset),
      bias: bias === undefined ? undefined : weights.get(bias),
      out: inner,
    });
  return [project(0, fused.queryBias), project(1), project(2, fused.valueBias)];
}

/** softmax((q kᵀ + q pᵀ + p kᵀ) · scale) v, where p are the projected relative positions (arXiv:2006.03654 §3.1).  [B, T, H·Hd] each */
function disentangled(
  g: Graph,
  { q, k, v, scale }: { q: Value; k: Value; v: Value; scale: number },
  options: AttentionOptions,
): Value {
  const { config, names } = options;
  const { heads, headSize, relative } = config;
  const [query, key, value] = [q, k, v].map((each) => splitHeads(g, each, config)); //              [B, H, T, Hd]
  const square: Shape = ["B", heads, "T", "T"];
  let scores = matmul(g, query, key, { shape: square, scale });
  const positions = relativeTable(g, options);
  const { ascending, descending } = options.shapes.relative!;
  if (relative!.contentToPosition) {
    const keys = projectPositions(
      g,
      positions,
      relative!.sharesProjections ? names.key : names.positionKey,
      descending,
      options,
    );
    const byDistance = matmul(g, query, keys, { shape: ["B", heads, "T", "R"], scale });
    scores = add(g, scores, skew(g, byDistance, options));
  }
  if (relative!.positionToContent) {
    const queries = projectPositions(
      g,
      positions,
      relative!.sharesProjections ? names.query : names.positionQuery,
      ascending,
      options,
    );
    const byDistance = matmul(g, key, queries, { shape: ["B", heads, "T", "R"], scale });
    const [turned] = g.emit({
      opType: "Transpose",
      inputs: [skew(g, byDistance, options)],
      outputs: [{ shape: square }],
      attributes: { perm: { ints: [0, 1, 3, 2] } },
    });
    scores = add(g, scores, turned);
  }
  const [probabilities] = g.emit({
    opType: "Softmax",
    inputs: [scores],
    outputs: [{ shape: square }],
    attributes: { axis: { int: -1 } },
  });
  const [mixed] = g.emit({
    opType: "MatMul",
    inputs: [probabilities, value],
    outputs: [{ shape: ["B", heads, "T", headSize] }],
  });
  const [joined] = g.emit({
    opType: "Transpose",
    inputs: [mixed],
    outputs: [{ shape: ["B", "T", heads, headSize] }],
    attributes: { perm: { ints: [0, 2, 1, 3] } },
  });
  return joined;
}

/** The table of relative positions, normed where the model says so.  [2 · span, D] */
function relativeTable(g: Graph, { config, weights }: AttentionOptions): Value {
  const name = "encoder.rel_embeddings.weight";
  const table = g.constant(name, weights.get(name)!, [2 * positionSpan(config), config.hiddenSize]);
  return config.relative!.isNormed ? layerNorm(g, weights, table, "encoder.LayerNorm", config) : table;
}

/** Projected positions by distance; ONNX Runtime projects the constant table once, when the session opens.  → [H, 2T − 1, Hd] */
function projectPositions(
  g: Graph,
  table: Value,
  names: LinearNames,
  rows: Value,
  { config, weights }: AttentionOptions,
): Value {
  const { heads, headSize } = config;
  const inner = heads * headSize;
  const projected = linear(g, weights, table, names, inner);
  const [chosen] = g.emit({
    opType: "Gather",
    inputs: [projected, rows],
    outputs: [{ shape: ["R", inner] }],
    attributes: { axis: { int: 0 } },
  });
  const [split] = g.emit({
    opType: "Reshape",
    inputs: [chosen, g.integers([-1, heads, headSize])],
    outputs: [{ shape: ["R", heads, headSize] }],
  });
  const [byHead] = g.emit({
    opType: "Transpose",
    inputs: [split],
    outputs: [{ shape: [heads, "R", headSize] }],
    attributes: { perm: { ints: [1, 0, 2] } },
  });
  return byHead;
}

/**
 * Scores by distance to scores by key: row i of the result starts T − 1 − i columns into row i of the input. Laid out flat, that is a
 * shift of one column a row, so a slice and two reshapes do it (Transformer-XL, arXiv:1901.02860 appendix B).
 * [B, H, T, 2T − 1] → [B, H, T, T]
 */
function skew(g: Graph, x: Value, { config, shapes }: AttentionOptions): Value {
  const { skewStart, skewEnd, skewShape, tokens } = shapes.relative!;
  const lead = ["B", config.heads] as const;
  const [flat] = g.emit({
    opType: "Reshape",
    inputs: [x, g.integers([0, 0, -1])],
    outputs: [{ shape: [...lead, "Q"] }],
  });
  const [shifted] = g.emit({
    opType: "Slice",
    inputs: [flat, skewStart, skewEnd, g.integers([2])],
    outputs: [{ shape: [...lead, "P"] }],
  });
  const [rows] = g.emit({ opType: "Reshape", inputs: [shifted, skewShape], outputs: [{ shape: [...lead, "T", "N"] }] });
  const [square] = g.emit({
    opType: "Slice",
    inputs: [rows, g.integers([0]), tokens, g.integers([3])],
    outputs: [{ shape: [...lead, "T", "T"] }],
  });
  return square;
}

function splitHeads(g: Graph, x: Value, { heads, headSize }: EncoderConfig): Value {
  const [split] = g.emit({
    opType: "Reshape",
    inputs: [x, g.integers([0, 0, heads, headSize])],
    outputs: [{ shape: ["B", "T", heads, headSize] }],
  });
  const [byHead] = g.emit({
    opType: "Transpose",
    inputs: [split],
    outputs: [{ shape: ["B", heads, "T", headSize] }],
    attributes: { perm: { ints: [0, 2, 1, 3] } },
  });
  return byHead;
}

function matmul(g: Graph, a: Value, b: Value, { shape, scale }: { shape: Shape; scale: number }): Value {
  const [y] = g.emit({
    opType: "FusedMatMul",
    domain: "com.microsoft",
    inputs: [a, b],
    outputs: [{ shape }],
    attributes: { transB: { int: 1 }, alpha: { float: scale } },
  });
  return y;
}

function add(g: Graph, a: Value, b: Value): Value {
  return g.emit({ opType: "Add", inputs: [a, b], outputs: [{ shape: a.shape }] })[0];
}
