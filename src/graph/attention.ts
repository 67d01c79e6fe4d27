/**
 * Causal attention with grouped keys over packed rows, and rotary positions.
 * The query heads that share one key head are folded into the time axis ([B, K, G·T, Hd]), so the sums over the group in the
 * gradients of keys and values are part of the matrix products.
 */
import type { Graph, Value } from "./graph.ts";
import { add, mul, reshape, transpose } from "./ops.ts";
import type { Dim } from "./shapes.ts";

export interface AttentionShape {
  /** Tokens in a row, T: a number, or the symbol of a size that is known when the graph runs. */
  readonly rowTokens: Dim;
  /** Query heads, H. */
  readonly heads: number;
  /** Key and value heads, K; H is a multiple of K. */
  readonly kvHeads: number;
  /** Width of one head, Hd. */
  readonly headSize: number;
}

/** Rotation tables: cos and sin of position · frequency.  [positions, Hd / 2] each */
export interface RopeTables {
  readonly cos: Value;
  readonly sin: Value;
  readonly negativeSin: Value;
}

/**
 * Rotates halves of each head by its position (RoPE, arXiv:2104.09864, the half-split form of Hugging Face checkpoints).
 * x [B·T, heads·Hd], positions int64 [B, T] → same shape. Its gradient is the rotation the other way.
 */
export function rope(
  g: Graph,
  x: Value,
  options: { positions: Value; tables: RopeTables; heads: number; rowTokens: Dim },
): Value {
  const { positions, tables, heads, rowTokens } = options;
  const width = Number(x.shape[1]);
  const rotate = (input: Value, sin: Value) => {
    const [rows] = g.emit({ opType: "Reshape", inputs: [input, g.sizes([-1, rowTokens, width])] });
    const [turned] = g.emit({
      opType: "RotaryEmbedding",
      domain: "com.microsoft",
      inputs: [rows, positions, tables.cos, sin],
      attributes: { num_heads: { int: heads }, interleaved: { int: 0 } },
    });
    return g.emit({ opType: "Reshape", inputs: [turned, g.integers([-1, width])] })[0];
  };
  return g.record([x], rotate(x, tables.sin), (dy) => [rotate(dy, tables.negativeSin)]);
}

/**
 * The additive mask of packed rows: 0 where a token may look (same segment, not later), −1e30 elsewhere.
 * segments and positions int64 [B, T], positions rising within a segment → [B, 1, 1, T, T]. Padding is a segment of its own, so no row
 * of scores is empty.
 */
export function packedCausalMask(g: Graph, segments: Value, positions: Value): Value {
  const compare = (opType: "Equal" | "LessOrEqual", x: Value) => {
    const [looking] = g.emit({ opType: "Unsqueeze", inputs: [x, g.integers([2])] });
    const [seen] = g.emit({ opType: "Unsqueeze", inputs: [x, g.integers([1])] });
    return g.emit({ opType, inputs: [seen, looking] })[0];
  };
  const [seen] = g.emit({ opType: "And", inputs: [compare("Equal", segments), compare("LessOrEqual", positions)] });
  const [mask] = g.emit({ opType: "Where", inputs: [seen, g.scalar(0), g.scalar(-1e30)] });
  return g.emit({ opType: "Unsqueeze", inputs: [mask, g.integers([1, 2])] })[0];
}

/**
 * softmax(q kᵀ / √Hd + mask) v.  q [B·T, H·Hd], k and v [B·T, K·Hd], mask [B, 1, 1, T, T] → [B·T, H·Hd].
 * Gradients: dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP − rowsum(dO O)), dQ = dS K / √Hd, dK = dSᵀ Q / √Hd.
 */
export function attention(
  g: Graph,
  options: { q: Value; k: Value; v: Value; mask: Value; shape: AttentionShape },
): Value {
  const { mask, shape } = options;
  const { rowTokens: t, heads, kvHeads, headSize } = shape;
  const group = heads / kvHeads;
  const alpha = 1 / Math.sqrt(headSize);

  const q = foldQueries(g, options.q, shape); //                                   [B, K, G·T, Hd]
  const k = splitHeads(g, options.k, shape); //                                    [B, K, T, Hd]
  const v = splitHeads(g, options.v, shape);

  const attend = () => {
    const scores = batchMatmul(g, q, k, { transB: 1, alpha }); //                  [B, K, G·T, T]
    const masked = add(g, reshape(g, scores, [-1, kvHeads, group, t, t]), mask);
    const [softmax] = g.emit({ opType: "Softmax", inputs: [masked], attributes: { axis: { int: -1 } } });
    return reshape(g, softmax, [0, kvHeads, -1, t]);
  };
  const kept = attend();
  const mixed = batchMatmul(g, kept, v, {}); //                                    [B, K, G·T, Hd]

  const output = g.record([q, k, v], mixed, (dy, needs) => {
    const probabilities = g.recompute ? attend() : kept;
    const dV = needs[2] ? batchMatmul(g, probabilities, dy, { transA: 1 }) : null;
    if (!needs[0] && !needs[1]) return [null, null, dV];
    const dP = batchMatmul(g, dy, v, { transB: 1 });
    const [rowSums] = g.emit({
      opType: "ReduceSum",
      inputs: [mul(g, dy, mixed), g.integers([-1])],
      attributes: { keepdims: { int: 1 } },
    });
    const [centred] = g.emit({ opType: "Sub", inputs: [dP, rowSums] });
    const dS = mul(g, probabilities, centred);
    return [
      needs[0] ? batchMatmul(g, dS, k, { alpha }) : null,
      needs[1] ? batchMatmul(g, dS, q, { transA: 1, alpha }) : null,
      dV,
    ];
  });
  return g.repeatable(unfoldQueries(g, output, shape), () => unfoldQueries(g, mixed, shape));
}

function foldQueries(g: Graph, q: Value, { rowTokens, heads, kvHeads, headSize }: AttentionShape): Value {
  const group = heads / kvHeads;
  const split = reshape(g, q, [-1, rowTokens, kvHeads, group, headSize]);
  return reshape(g, transpose(g, split, [0, 2, 3, 1, 4]), [0, kvHeads, -1, headSize]);
}

function unfoldQueries(g: Graph, x: Value, { rowTokens, heads, kvHeads, headSize }: AttentionShape): Value {
  const split = reshape(g, x, [-1, kvHeads, heads / kvHeads, rowTokens, headSize]);
  return reshape(g, transpose(g, split, [0, 3, 1, 2, 4]), [-1, heads * headSize]);
}

function splitHeads(g: Graph, x: Value, { rowTokens, kvHeads, headSize }: AttentionShape): Value {
  return transpose(g, reshape(g, x, [-1, rowTokens, kvHeads, headSize]), [0, 2, 1, 3]);
}

/** Matrix products over the two leading axes; no gradient of its own (attention records one for the whole). */
function batchMatmul(
  g: Graph,
  a: Value,
  b: Value,
  options: { transA?: number; transB?: number; alpha?: number },
): Value {
  const { transA = 0, transB = 0, alpha = 1 } = options;
  const [y] = g.emit({
    opType: "FusedMatMul",
    domain: "com.microsoft",
    inputs: [a, b],
    attributes: { transA: { int: transA }, transB: { int: transB }, alpha: { float: alpha } },
  });
  return y;
}
