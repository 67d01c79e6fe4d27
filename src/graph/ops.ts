/** The operations of a graph, each with its gradient. Shapes in comments: S tokens, D and O widths, N loss positions, V vocabulary. */
import type { Graph, Value } from "./graph.ts";
import { type Shape, sameShape } from "./shapes.ts";

/** Element-wise sum with broadcasting. */
export function add(g: Graph, a: Value, b: Value): Value {
  const [y] = g.emit({ opType: "Add", inputs: [a, b] });
  return g.record([a, b], y, (dy, needs) => [
    needs[0] ? sumTo(g, dy, a.shape) : null,
    needs[1] ? sumTo(g, dy, b.shape) : null,
  ]);
}

/** Element-wise product with broadcasting. */
export function mul(g: Graph, a: Value, b: Value): Value {
  const [y] = g.emit({ opType: "Mul", inputs: [a, b] });
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
  const y = axes.length === 0 ? x : reduce(g, "ReduceSum", x, axes, false);
  return axes.length === 0 ? x : g.record([x], y, (dy) => [expandLike(g, dy, x)]);
}

/** x Wᵀ, plus `to` where given, with the product scaled by `alpha`.  x [S, D], W [O, D], to [S, O] → [S, O].  ONNX Gemm. */
export function matmulT(g: Graph, x: Value, weight: Value, options: { to?: Value; alpha?: number } = {}): Value {
  const { to, alpha = 1 } = options;
  const y = gemm(g, x, weight, { transB: 1, alpha, to });
  const inputs = to ? [x, weight, to] : [x, weight];
  return g.record(inputs, y, (dy, needs) => [
    needs[0] ? gemm(g, dy, weight, { alpha }) : null, //            [S, O] · [O, D]
    needs[1] ? gemm(g, dy, g.again(x), { transA: 1, alpha }) : null, // [O, S] · [S, D]
    ...(to ? [needs[2] ? sumTo(g, dy, to.shape) : null] : []),
  ]);
}

/**
 * x Wᵢᵀ of several matrices over the same x, as one product: thin ones (LoRA's) cost little more together than each alone, and x is read once.
 * x [S, D], W [Oᵢ, D] → [S, Oᵢ] each.
 */
export function matmulTs(g: Graph, x: Value, weights: readonly Value[]): Value[] {
  if (weights.length === 1) return [matmulT(g, x, weights[0])];
  const sizes = weights.map(({ shape }) => Number(shape[0]));
  const stacked = concat(g, weights, 0); // [ΣO, D]
  const outputs = split(g, gemm(g, x, stacked, { transB: 1 }), 1, sizes);
  return g.recordAll([x, ...weights], outputs, (dys, needs) => {
    const dy = concat(g, dys, 1); // [S, ΣO]
    const dx = needs[0] ? gemm(g, dy, stacked, {}) : null;
    if (!needs.includes(true, 1)) return [dx];
    return [dx, ...split(g, gemm(g, dy, g.again(x), { transA: 1 }), 0, sizes)];
  });
}

/** The same elements in another shape, given as in ONNX: one size may be −1, "what is left"; 0 keeps the size of that place. */
export function reshape(g: Graph, x: Value, sizes: Shape): Value {
  const [y] = g.emit({ opType: "Reshape", inputs: [x, g.sizes(sizes)] });
  return g.record([x], y, (dy) => [reshapeTo(g, dy, x.shape)]);
}

/** The same elements in another shape, of whose sizes at most one is a product of symbols: that one, or else the first symbol, is "what is left". */
function reshapeTo(g: Graph, x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const symbols = shape.filter((dim) => typeof dim === "string");
  const open = symbols.find((dim) => dim.includes("*")) ?? symbols[0];
  return reshape(g, x, open === undefined ? shape : shape.with(shape.indexOf(open), -1));
}

/** Axes in a new order: axis i of the result is axis order[i] of x. */
export function transpose(g: Graph, x: Value, order: readonly number[]): Value {
  const [y] = g.emit({ opType: "Transpose", inputs: [x], attributes: { perm: { ints: order } } });
  const back = order.map((_, axis) => order.indexOf(axis));
  return g.record([x], y, (dy) => [transpose(g, dy, back)]);
}

/** Rows of a table.  table [V, D], ids int64 [S] → [S, D] */
export function gatherRows(g: Graph, table: Value, ids: Value): Value {
  const [y] = g.emit({ opType: "Gather", inputs: [table, ids], attributes: { axis: { int: 0 } } });
  return g.record([table], y, (dy) => [scatterRows(g, dy, ids, table)]);
}

/** x · sigmoid(x) · up, the gate of SwiGLU (arXiv:2002.05202).  [S, F] each → [S, F] */
export function swiglu(g: Graph, gate: Value, up: Value): Value {
  const activate = () => {
    const [sigmoid] = g.emit({ opType: "Sigmoid", inputs: [gate] });
    const [silu] = g.emit({ opType: "Mul", inputs: [gate, sigmoid] });
    return { sigmoid, silu };
  };
  const kept = activate();
  let second: typeof kept | undefined;
  const activated = () => {
    if (g.recompute) second ??= activate();
    return second ?? kept;
  };
  const gated = (silu: Value) => g.emit({ opType: "Mul", inputs: [silu, up] })[0];
  const y = g.repeatable(gated(kept.silu), () => gated(activated().silu));
  return g.record([gate, up], y, (dy, needs) => {
    const { sigmoid, silu } = activated();
    const dUp = needs[1] ? mul(g, dy, silu) : null;
    if (!needs[0]) return [null, dUp];
    // d silu / d gate = σ + silu (1 − σ), so d y / d gate = y + σ (up − y)
    const output = g.again(y);
    return [mul(g, dy, add(g, output, mul(g, sigmoid, sub(g, up, output)))), dUp];
  });
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis (RMSNorm, arXiv:1910.07467).  x [..., D], weight [D] → [..., D] */
export function rmsNorm(g: Graph, x: Value, weight: Value, epsilon: number): Value {
  const normalize = () =>
    g.emit({
      opType: "SimplifiedLayerNormalization",
      inputs: [x, weight],
      attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
    });
  const [y, inverseRms] = normalize();
  g.repeatable(y, () => normalize()[0]);
  return g.record([x, weight], y, (dy, needs) => {
    let dx: Value | null = null;
    if (needs[0]) {
      // dx = r (w dy) − x r³ mean(x w dy)
      const weighted = mul(g, dy, weight);
      const mean = reduce(g, "ReduceMean", mul(g, x, weighted), [-1], true);
      const cubed = mul(g, inverseRms, mul(g, inverseRms, inverseRms));
      dx = sub(g, mul(g, weighted, inverseRms), mul(g, x, mul(g, mean, cubed)));
    }
    return [dx, needs[1] ? sumTo(g, mul(g, dy, mul(g, x, inverseRms)), weight.shape) : null];
  });
}

/**
 * Negative log-likelihood of `targets` under softmax(hidden · tableᵀ), without a gather over the vocabulary in the backward pass.
 * hidden [N, D], table [V, D], targets int64 [N] → [N].  Also returns the logits [N, V]; a loss may use both.
 */
export function negativeLogLikelihood(
  g: Graph,
  hidden: Value,
  table: Value,
  targets: Value,
): { nll: Value; logits: Value } {
  const logits = matmulT(g, hidden, table); //                                            [N, V]
  // ReduceLogSumExp and Softmax in one, from ordinary operators: the first is four times slower than these together.
  const largest = reduce(g, "ReduceMax", logits, [-1], true); //                          [N, 1]
  const [exponentials] = g.emit({ opType: "Exp", inputs: [sub(g, logits, largest)] }); // [N, V]
  const total = reduce(g, "ReduceSum", exponentials, [-1], true); //                      [N, 1]
  const [logTotal] = g.emit({ opType: "Log", inputs: [total] });
  const [logSumExp] = g.emit({ opType: "Add", inputs: [logTotal, largest] }); //          [N, 1]
  const [targetRows] = g.emit({ opType: "Gather", inputs: [table, targets], attributes: { axis: { int: 0 } } });
  const targetLogits = reduce(g, "ReduceSum", mul(g, hidden, targetRows), [-1], true); // [N, 1]
  const [each] = g.emit({ opType: "Reshape", inputs: [sub(g, logSumExp, targetLogits), g.integers([-1])] });
  const nll = g.record([hidden, table], each, (dy, needs) => {
    const [probabilities] = g.emit({ opType: "Div", inputs: [exponentials, total] });
    const weights = reshape(g, dy, [-1, 1]); //                                           [N, 1]
    const expected = needs[0] ? gemm(g, probabilities, table, {}) : null; //              [N, D]
    const dHidden = expected && mul(g, sub(g, expected, targetRows), weights);
    if (!needs[1]) return [dHidden, null];
    const weighted = mul(g, hidden, weights);
    const spread = gemm(g, probabilities, weighted, { transA: 1 }); //                    [V, D]
    return [dHidden, sub(g, spread, scatterRows(g, weighted, targets, table))];
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
  const [y] = g.emit({
    opType: "Gemm",
    inputs: to ? [a, b, to] : [a, b],
    attributes: { transA: { int: transA }, transB: { int: transB }, alpha: { float: alpha } },
  });
  return y;
}

/** Matrices one behind the other along an axis; no gradient of its own. */
function concat(g: Graph, parts: readonly Value[], axis: number): Value {
  return g.emit({ opType: "Concat", inputs: parts, attributes: { axis: { int: axis } } })[0];
}

/** The parts of these sizes along an axis; no gradient of its own. */
function split(g: Graph, x: Value, axis: number, sizes: readonly number[]): Value[] {
  return g.emit({ opType: "Split", inputs: [x, g.integers(sizes)], attributes: { axis: { int: axis } } });
}

/** a − b, for gradients: nothing is recorded. */
function sub(g: Graph, a: Value, b: Value): Value {
  return g.emit({ opType: "Sub", inputs: [a, b] })[0];
}

/** Rows added into a zero table at `ids`: the gradient of gatherRows.  rows [N, D], ids [N] → [V, D] */
function scatterRows(g: Graph, rows: Value, ids: Value, table: Value): Value {
  const [indices] = g.emit({ opType: "Unsqueeze", inputs: [ids, g.integers([-1])] });
  const [y] = g.emit({
    opType: "ScatterND",
    inputs: [sub(g, table, table), indices, rows],
    attributes: { reduction: { string: "add" } },
  });
  return y;
}

function reduce(
  g: Graph,
  opType: "ReduceSum" | "ReduceMean" | "ReduceMax",
  x: Value,
  axes: readonly number[],
  keep: boolean,
): Value {
  return g.emit({ opType, inputs: [x, g.integers(axes)], attributes: { keepdims: { int: keep ? 1 : 0 } } })[0];
}

function expandLike(g: Graph, x: Value, like: Value): Value {
  const [shape] = g.emit({ opType: "Shape", inputs: [like] });
  return g.emit({ opType: "Expand", inputs: [x, shape] })[0];
}

/** Undoes broadcasting: sums `gradient` over the axes that `shape` lacks or holds as 1. */
function sumTo(g: Graph, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) => (i < extra || (shape[i - extra] === 1 && dim !== 1) ? [i] : []));
  if (axes.length === 0) return gradient;
  const summed = reduce(g, "ReduceSum", gradient, axes, true);
  return extra === 0 ? summed : reshapeTo(g, summed, shape);
}
