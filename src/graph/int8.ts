/**
 * Products with a frozen matrix of int8: each row of the activations is divided by its largest magnitude, so that the one scale that
 * DynamicQuantizeMatMul takes for the whole tensor is a scale for each row. Activations become uint8, because ONNX Runtime's
 * uint8 × int8 kernel is an order of magnitude faster than int8 × int8. The backward pass is such a product too, over the other
 * orientation of the same numbers, with the channel scales folded into the gradient first (SwitchBack, arXiv:2304.13013).
 */
import type { Graph, Value } from "./graph.ts";
import { mul } from "./ops.ts";

/** W ≈ scale[o] · q[o, i] in both orientations: each is the right operand of one product, where the runtime packs it once. */
export interface Int8Matrix {
  /** q transposed.  [I, O] */
  readonly forward: Int8Array;
  /** q.  [O, I] */
  readonly backward: Int8Array;
  /** One scale for each output channel.  [O] */
  readonly scale: Float32Array;
}

/** x Wᵀ with gradients to x alone.  x [S, I], W [O, I] → [S, O] */
export function int8MatmulT(g: Graph, x: Value, name: string, { forward, backward, scale }: Int8Matrix): Value {
  const outputs = scale.length;
  const inputs = forward.length / outputs;
  const y = rowProduct(
    g,
    x,
    g.constant(`${name}.int8`, forward, [inputs, outputs]),
    g.constant(`${name}.scale`, scale, [outputs]),
  );
  return g.record([x], y, (dy) => {
    const scaled = mul(g, dy, g.constant(`${name}.scale`, scale, [outputs]));
    const weight = g.constant(`${name}.int8.backward`, backward, [outputs, inputs]);
    return [rowProduct(g, scaled, weight, g.constant("int8.one", Float32Array.of(1), [1]))];
  });
}

/** Inputs as they were divided for their first product: q, k and v read one, gate and up another. */
const leveled = new WeakMap<Value, { level: Value; divisor: Value }>();

/** x · (q ∘ scale), with a scale for each row of x.  x [S, I], q [I, O], scale [O] or [1] → [S, O] */
function rowProduct(g: Graph, x: Value, q: Value, scale: Value): Value {
  const { level, divisor } = leveled.get(x) ?? divideRows(g, x);
  const [product] = g.emit({ opType: "DynamicQuantizeMatMul", domain: "com.microsoft", inputs: [level, q, scale] });
  return g.emit({ opType: "Mul", inputs: [product, divisor] })[0];
}

/** Each row divided by its largest magnitude, and these. */
function divideRows(g: Graph, x: Value): { level: Value; divisor: Value } {
  const [magnitudes] = g.emit({ opType: "Abs", inputs: [x] });
  const [largest] = g.emit({
    opType: "ReduceMax",
    inputs: [magnitudes, g.integers([-1])],
    attributes: { keepdims: { int: 1 } },
  });
  const [divisor] = g.emit({ opType: "Add", inputs: [largest, g.scalar(1e-30)] }); // a row of zeros stays one
  const [level] = g.emit({ opType: "Div", inputs: [x, divisor] });
  leveled.set(x, { level, divisor });
  return { level, divisor };
}

/** The largest magnitude in each column.  [S, D] → [D] */
export function channelMaxima(g: Graph, x: Value): Value {
  const [magnitudes] = g.emit({ opType: "Abs", inputs: [x] });
  return g.emit({
    opType: "ReduceMax",
    inputs: [magnitudes, g.integers([0])],
    attributes: { keepdims: { int: 0 } },
  })[0];
}
