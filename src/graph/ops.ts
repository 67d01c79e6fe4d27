/** The operations of a graph, each with its gradient. Shapes in comments: S tokens, D and O widths, N loss positions, V vocabulary. */
import { invariant } from "../errors.ts";
import type { Dim, Graph, Shape, Value } from "./graph.ts";

/** Element-wise sum with broadcasting. */
export function add(g: Graph, a: Value, b: Value): Value {
  const [y] = g.emit({ opType: "Add", inputs: [a, b], outputs: [{ shape: broadcast(a.shape, b.shape) }] });
  return g.record([a, b], y, (dy, needs) => [
    needs[0] ? sumTo(g, dy, a.shape) : null,
    needs[1] ? sumTo(g, dy, b.shape) : null,
  ]);
}

/** Element-wise product with broadcasting. */
export function mul(g: Graph, a: Value, b: Value): Value {
  const [y] = g.emit({ opType: "Mul", inputs: [a, b], outputs: [{ shape: broadcast(a.shape, b.shape) }] });
  return g.record([a, b], y, (dy, needs) => [
    needs[0] ? sumTo(g, mul(g, dy, b), a.shape) : null,
    needs[1] ? sumTo(g, mul(g, dy, a), b.shape) : null,
  ]);
}

/** x · factor, a fixed number. */
export function scale(g: Graph, x: Value, factor: number): Value {
  return factor === 1 ? x : mul(g, x, g.scalar(factor));
}

/** The sum of all elements.  [...] → [] */
export function sum(g: Graph, x: Value): Value {
  const axes = x.shape.map((_, i) => i);
  const y = reduce(g, "ReduceSum", x, axes, false);
  return g.record([x], y, (dy) => [expandLike(g, dy, x)]);
}

/** x Wᵀ, plus `to` where given, with the product scaled by `alpha`.  x [S, D], W [O, D], to [S, O] → [S, O].  ONNX Gemm. */
export function matmulT(g: Graph, x: Value, weight: Value, options: { to?: Value; alpha?: number } = {}): Value {
  const { to, alpha = 1 } = options;
  const y = gemm(g, x, weight, { transB: 1, alpha, to });
  const inputs = to ? [x, weight, to] : [x, weight];
  return g.record(inputs, y, (dy, needs) => [
    needs[0] ? gemm(g, dy, weight, { alpha }) : null, //            [S, O] · [O, D]
    needs[1] ? gemm(g, dy, x, { transA: 1, alpha }) : null, //      [O, S] · [S, D]
    to && needs[2] ? dy : null,
  ]);
}

/** The same elements in another shape; at most one symbolic dimension. */
export function reshape(g: Graph, x: Value, shape: Shape): Value {
  invariant(
    shape.filter((dim) => typeof dim === "string").length <= 1,
    `reshape to [${shape}] has more than one symbolic dimension`,
  );
  const sizes = g.integers(shape.map((dim) => (typeof dim === "string" ? -1 : dim)));
  const [y] = g.emit({ opType: "Reshape", inputs: [x, sizes], outputs: [{ shape }] });
  return g.record([x], y, (dy) => [reshape(g, dy, x.shape)]);
}

/** Axes in a new order: axis i of the result is axis order[i] of x. */
export function transpose(g: Graph, x: Value, order: readonly number[]): Value {
  const [y] = g.emit({
    opType: "Transpose",
    inputs: [x],
    outputs: [{ shape: order.map((axis) => x.shape[axis]) }],
    attributes: { perm: { ints: order } },
  });
  const back = order.map((_, axis) => order.indexOf(axis));
  return g.record([x], y, (dy) => [transpose(g, dy, back)]);
}

/** Rows of a table.  table [V, D], ids int64 [S] → [S, D] */
export function gatherRows(g: Graph, table: Value, ids: Value): Value {
  const [y] = g.emit({
    opType: "Gather",
    inputs: [table, ids],
    outputs: [{ shape: [...ids.shape, table.shape[1]] }],
    attributes: { axis: { int: 0 } },
  });
  return g.record([table, ids], y, (dy, needs) => [needs[0] ? scatterRows(g, dy, ids, table) : null, null]);
}

/** x · sigmoid(x) · up, the gate of SwiGLU (arXiv:2002.05202).  [S, F] each → [S, F] */
export function swiglu(g: Graph, gate: Value, up: Value): Value {
  const shape = gate.shape;
  const activate = () => {
    const [sigmoid] = g.emit({ opType: "Sigmoid", inputs: [gate], outputs: [{ shape }] });
    const [silu] = g.emit({ opType: "Mul", inputs: [gate, sigmoid], outputs: [{ shape }] });
    return { sigmoid, silu };
  };
  const kept = activate();
  const [y] = g.emit({ opType: "Mul", inputs: [kept.silu, up], outputs: [{ shape }] });
  return g.record([gate, up], y, (dy, needs) => {
    const { sigmoid, silu } = g.recompute ? activate() : kept;
    if (!needs[0]) return [null, needs[1] ? mul(g, dy, silu) : null];
    // d silu / d gate = σ + silu (1 − σ) = σ + silu − silu σ
    const [slope] = g.emit({
      opType: "Sub",
      inputs: [add(g, sigmoid, silu), mul(g, silu, sigmoid)],
      outputs: [{ shape }],
    });
    return [mul(g, mul(g, dy, up), slope), needs[1] ? mul(g, dy, silu) : null];
  });
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis (RMSNorm, arXiv:1910.07467).  x [S, D], weight [D] → [S, D] */
export function rmsNorm(g: Graph, x: Value, weight: Value, epsilon: number): Value {
  const rowShape = [...x.shape.slice(0, -1), 1];
  const [y, inverseRms] = g.emit({
    opType: "SimplifiedLayerNormalization",
    inputs: [x, weight],
    outputs: [{ shape: x.shape }, { shape: rowShape }],
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  });
  return g.record([x, weight], y, (dy, needs) => {
    let dx: Value | null = null;
    if (needs[0]) {
      // dx = r (w dy) − x r³ mean(x w dy)
      const weighted = mul(g, dy, weight);
      const mean = reduce(g, "ReduceMean", mul(g, x, weighted), [-1], true);
      const cubed = mul(g, inverseRms, mul(g, inverseRms, inverseRms));
      [dx] = g.emit({
        opType: "Sub",
        inputs: [mul(g, weighted, inverseRms), mul(g, x, mul(g, mean, cubed))],
        outputs: [{ shape: x.shape }],
      });
    }
    const dw = needs[1] ? reduce(g, "ReduceSum", mul(g, dy, mul(g, x, inverseRms)), [0], false) : null;
    return [dx, dw];
  });
}

/**
 * Negative log-likelihood of `targets` under softmax(hidden · tableᵀ), without a gather over the vocabulary in the backward pass.
 * hidden [N, D], table [V, D], targets int64 [N] → [N].  Also returns the logits [N, V].
 */
export function negativeLogLikelihood(
  g: Graph,
  hidden: Value,
  table: Value,
  targets: Value,
): { nll: Value; logits: Value } {
  const rows: Shape = targets.shape;
  const logits = gemm(g, hidden, table, { transB: 1 }); //                                                    [N, V]
  const logSumExp = reduce(g, "ReduceLogSumExp", logits, [-1], false); //                                     [N]
  const [targetRows] = g.emit({
    opType: "Gather",
    inputs: [table, targets],
    outputs: [{ shape: [...rows, table.shape[1]] }],
    attributes: { axis: { int: 0 } },
  });
  const targetLogits = reduce(g, "ReduceSum", mul(g, hidden, targetRows), [-1], false); //                    [N]
  const [nll] = g.emit({ opType: "Sub", inputs: [logSumExp, targetLogits], outputs: [{ shape: rows }] });
  g.record([hidden, table], nll, (dy, needs) => {
    const [probabilities] = g.emit({
      opType: "Softmax",
      inputs: [logits],
      outputs: [{ shape: logits.shape }],
      attributes: { axis: { int: -1 } },
    });
    const weights = reshape(g, dy, [...rows, 1]); //                                                          [N, 1]
    let dHidden: Value | null = null;
    if (needs[0]) {
      const expected = gemm(g, probabilities, table, {}); //                                                  [N, D]
      const [difference] = g.emit({
        opType: "Sub",
        inputs: [expected, targetRows],
        outputs: [{ shape: hidden.shape }],
      });
      dHidden = mul(g, difference, weights);
    }
    let dTable: Value | null = null;
    if (needs[1]) {
      const spread = gemm(g, probabilities, mul(g, hidden, weights), { transA: 1 }); //                       [V, D]
      const picked = scatterRows(g, mul(g, hidden, weights), targets, table);
      [dTable] = g.emit({ opType: "Sub", inputs: [spread, picked], outputs: [{ shape: table.shape }] });
    }
    return [dHidden, dTable];
  });
  return { nll, logits };
}

/** alpha · op(a) op(b) + to on matrices; no gradient of its own. */
function gemm(
  g: Graph,
  a: Value,
  b: Value,
  options: { transA?: number; transB?: number; alpha?: number; to?: Value },
): Value {
  const { transA = 0, transB = 0, alpha = 1, to } = options;
  const [rows, innerA] = transA ? [a.shape[1], a.shape[0]] : [a.shape[0], a.shape[1]];
  const [innerB, columns] = transB ? [b.shape[1], b.shape[0]] : [b.shape[0], b.shape[1]];
  invariant(
    a.shape.length === 2 && b.shape.length === 2 && innerA === innerB,
    `${a.name} [${a.shape}] and ${b.name} [${b.shape}] do not multiply`,
  );
  const [y] = g.emit({
    opType: "Gemm",
    inputs: to ? [a, b, to] : [a, b],
    outputs: [{ shape: [rows, columns] }],
    attributes: { transA: { int: transA }, transB: { int: transB }, alpha: { float: alpha } },
  });
  return y;
}

/** Rows added into a zero table at `ids`: the gradient of gatherRows.  rows [N, D], ids [N] → [V, D] */
function scatterRows(g: Graph, rows: Value, ids: Value, table: Value): Value {
  const [zeros] = g.emit({ opType: "Sub", inputs: [table, table], outputs: [{ shape: table.shape }] });
  const [indices] = g.emit({
    opType: "Unsqueeze",
    inputs: [ids, g.integers([-1])],
    outputs: [{ dtype: "int64", shape: [...ids.shape, 1] }],
  });
  const [y] = g.emit({
    opType: "ScatterND",
    inputs: [zeros, indices, rows],
    outputs: [{ shape: table.shape }],
    attributes: { reduction: { string: "add" } },
  });
  return y;
}

function reduce(
  g: Graph,
  opType: "ReduceSum" | "ReduceMean" | "ReduceLogSumExp",
  x: Value,
  axes: readonly number[],
  keep: boolean,
): Value {
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)));
  const shape = x.shape.flatMap((dim, i): Dim[] => (gone.has(i) ? (keep ? [1] : []) : [dim]));
  const [y] = g.emit({
    opType,
    inputs: [x, g.integers(axes)],
    outputs: [{ shape }],
    attributes: { keepdims: { int: keep ? 1 : 0 } },
  });
  return y;
}

function expandLike(g: Graph, x: Value, like: Value): Value {
  const [shape] = g.emit({
    opType: "Shape",
    inputs: [like],
    outputs: [{ dtype: "int64", shape: [like.shape.length] }],
  });
  const [y] = g.emit({ opType: "Expand", inputs: [x, shape], outputs: [{ shape: like.shape }] });
  return y;
}

/** Undoes broadcasting: sums `gradient` over the axes that `shape` lacks or holds as 1. */
function sumTo(g: Graph, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) => (i < extra || (shape[i - extra] === 1 && dim !== 1) ? [i] : []));
  if (axes.length === 0) return gradient;
  const summed = reduce(g, "ReduceSum", gradient, axes, true);
  return extra === 0 ? summed : reshape(g, summed, shape);
}

function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    invariant(left === right || left === 1 || right === 1, `shapes [${a}] and [${b}] do not broadcast`);
    return left === 1 ? right : left;
  });
}
