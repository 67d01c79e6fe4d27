/**
 * Products with a frozen matrix of int8. Each row of the activations is divided by its largest magnitude and becomes uint8, because
 * ONNX Runtime's uint8 × int8 kernel is an order of magnitude faster than int8 × int8. A few input channels whose activations are
 * far larger than the others would spoil the scale of every row: they are multiplied in float32 (LLM.int8(), arXiv:2208.07339).
 * Where eight bits are still too coarse, a second product adds what the first rounded away. The backward pass is an int8 product
 * too, over the other orientation with scales of its own (SwitchBack, arXiv:2304.13013).
 */
import { type OnnxExternalData, onnxDataTypes } from "../formats/codecs.ts";
import type { Graph, Value } from "./graph.ts";
import { mul, reshape, sum } from "./ops.ts";

/** W in both orientations: each is the right operand of one product, where the runtime packs it once. What is large may lie in a file. */
export interface Int8Matrix {
  /** W transposed without its outlier channels, column o in steps of forwardScale[o].  int8 [I, O] */
  readonly forward: Int8Array | OnnxExternalData;
  readonly forwardScale: Float32Array; //  [O]
  /** W whole, column i in steps of backwardScale[i].  int8 [O, I] */
  readonly backward: Int8Array | OnnxExternalData;
  readonly backwardScale: Float32Array; // [I]
  /** The input channels in float32 and their columns of W, float32 [O, K]; the forward matrix has zeros there. */
  readonly outliers: readonly number[];
  readonly outlierColumns: Float32Array | OnnxExternalData;
  /** Whether a second product adds what the first rounded away of the activations. */
  readonly fine: boolean;
}

/** x Wᵀ with gradients to x alone.  x [S, I], W [O, I] → [S, O] */
export function int8MatmulT(g: Graph, x: Value, name: string, matrix: Int8Matrix): Value {
  const { forward, forwardScale, backward, backwardScale, outliers, outlierColumns, fine } = matrix;
  const [inputs, outputs] = [backwardScale.length, forwardScale.length];
  const weight = placed(g, `${name}.int8`, forward, { dtype: "int8", shape: [inputs, outputs] });
  const rows = divided(g, x, outliers);
  const product = rowProduct(g, rows, weight, g.constant(`${name}.scale`, forwardScale, [outputs]), fine);
  const columns = () =>
    placed(g, `${name}.outliers`, outlierColumns, { dtype: "float32", shape: [outputs, outliers.length] });
  const y = rows.picked
    ? g.emit({ opType: "Gemm", inputs: [rows.picked, columns(), product], attributes: { transB: { int: 1 } } })[0]
    : product;
  return g.record([x], y, (dy) => {
    const across = placed(g, `${name}.int8.backward`, backward, { dtype: "int8", shape: [outputs, inputs] });
    const scale = g.constant(`${name}.scale.backward`, backwardScale, [inputs]);
    return [rowProduct(g, divided(g, dy, []), across, scale, false)];
  });
}

/** A constant of values in memory or in a file. */
function placed(
  g: Graph,
  name: string,
  values: Int8Array | Float32Array | OnnxExternalData,
  type: { dtype: "int8" | "float32"; shape: readonly number[] },
): Value {
  return ArrayBuffer.isView(values) ? g.constant(name, values, type.shape) : g.external(name, type, values);
}

/** A tensor as int8 products read it. */
interface DividedRows {
  /** What was divided: the input, outliers left out.  [S, I] */
  readonly rest: Value;
  /** The largest magnitude of each row.  [S, 1] */
  readonly divisor: Value;
  /** rest in steps of divisor / 127, and those.  uint8 [S, I] */
  readonly steps: Value;
  readonly stepsOf: RowSteps;
  /** The outlier channels as they were.  [S, K] */
  readonly picked: Value | null;
}

/** Inputs as they were divided for their first product: q, k and v read one, gate and up another. */
const known = new WeakMap<Value, DividedRows>();

function divided(g: Graph, x: Value, outliers: readonly number[]): DividedRows {
  const rows = known.get(x) ?? divideRows(g, x, outliers);
  known.set(x, rows);
  return rows;
}

function divideRows(g: Graph, x: Value, outliers: readonly number[]): DividedRows {
  const picked = outliers.length === 0 ? null : pick(g, x, outliers);
  const rest = picked ? g.emit({ opType: "Mul", inputs: [x, without(g, Number(x.shape[1]), outliers)] })[0] : x;
  const most = rowExtreme(g, "ReduceMax", rest);
  const [least] = g.emit({ opType: "Neg", inputs: [rowExtreme(g, "ReduceMin", rest)] });
  const [largest] = g.emit({ opType: "Max", inputs: [most, least] }); // in half the time of a maximum over magnitudes, which are one more tensor
  const [divisor] = g.emit({ opType: "Add", inputs: [largest, g.scalar(1e-30)] }); // a row of zeros stays one
  const stepsOf = rowSteps(g, divisor, step);
  return { rest, divisor, steps: inSteps(g, rest, stepsOf), stepsOf, picked };
}

/** The largest or smallest value of each row.  [S, I] → [S, 1] */
function rowExtreme(g: Graph, opType: "ReduceMax" | "ReduceMin", x: Value): Value {
  return g.emit({ opType, inputs: [x, g.integers([-1])], attributes: { keepdims: { int: 1 } } })[0];
}

function pick(g: Graph, x: Value, channels: readonly number[]): Value {
  return g.emit({ opType: "Gather", inputs: [x, g.integers(channels)], attributes: { axis: { int: 1 } } })[0];
}

/** One for each channel, zero for the outliers.  [I] */
function without(g: Graph, width: number, outliers: readonly number[]): Value {
  const mask = new Float32Array(width).fill(1);
  for (const channel of outliers) mask[channel] = 0;
  return g.constant(`without_${outliers.join("_")}.${width}`, mask, [width]);
}

const step = 1 / 127;
/** Of a step in what is left after rounding, which is half a step at most. */
const fineness = 254;

/** The byte that stands for zero. */
const zero = (g: Graph): Value =>
  g.emit({ opType: "Cast", inputs: [g.scalar(128)], attributes: { to: { int: onnxDataTypes.uint8 } } })[0];

/** The size of a step in each row, and the byte for zero as often.  [S] */
interface RowSteps {
  readonly size: Value;
  readonly zeros: Value;
}

/** Steps of `unit` of each row's divisor.  [S, 1] → [S] */
function rowSteps(g: Graph, divisor: Value, unit: number): RowSteps {
  const [sizes] = g.emit({ opType: "Mul", inputs: [divisor, g.scalar(unit)] });
  const [size] = g.emit({ opType: "Reshape", inputs: [sizes, g.integers([-1])] });
  const [shape] = g.emit({ opType: "Shape", inputs: [size] });
  return { size, zeros: g.emit({ opType: "Expand", inputs: [zero(g), shape] })[0] };
}

const byRow = { axis: { int: 0 } };

function inSteps(g: Graph, x: Value, { size, zeros }: RowSteps): Value {
  return g.emit({ opType: "QuantizeLinear", inputs: [x, size, zeros], attributes: byRow })[0];
}

/** rows · (q ∘ scale).  rows [S, I], q [I, O], scale [O] → [S, O] */
function rowProduct(
  g: Graph,
  { rest, divisor, steps, stepsOf }: DividedRows,
  q: Value,
  scale: Value,
  fine: boolean,
): Value {
  const product = (left: Value, unit: number) =>
    g.emit({
      opType: "MatMulIntegerToFloat",
      domain: "com.microsoft",
      inputs: [left, q, g.scalar(unit), scale, zero(g)],
    })[0];
  const coarse = product(steps, step);
  if (!fine) return g.emit({ opType: "Mul", inputs: [coarse, divisor] })[0];
  const { size, zeros } = stepsOf;
  const [rounded] = g.emit({ opType: "DequantizeLinear", inputs: [steps, size, zeros], attributes: byRow });
  const [left] = g.emit({ opType: "Sub", inputs: [rest, rounded] });
  const finer = inSteps(g, left, rowSteps(g, divisor, step / fineness));
  const [both] = g.emit({ opType: "Add", inputs: [coarse, product(finer, step / fineness)] });
  return g.emit({ opType: "Mul", inputs: [both, divisor] })[0];
}

/** The squared error of the int8 product x Wᵀ, that of the finer one, and the square of the exact y.  [3] */
export function int8Errors(
  g: Graph,
  { x, y, name, matrix }: { x: Value; y: Value; name: string; matrix: Int8Matrix },
): Value {
  const off = [false, true].map((fine) => {
    const product = int8MatmulT(g, x, name, { ...matrix, fine });
    return g.emit({ opType: "Sub", inputs: [product, y] })[0];
  });
  const squares = [...off, y].map((value) => sum(g, mul(g, value, value)));
  const parts = squares.map((square) => reshape(g, square, [1]));
  return g.emit({ opType: "Concat", inputs: parts, attributes: { axis: { int: 0 } }, outputs: [{ shape: [3] }] })[0];
}

/** The largest magnitude in each column.  [S, D] → [D] */
export function channelMaxima(g: Graph, x: Value): Value {
  const [magnitudes] = g.emit({ opType: "Abs", inputs: [x] });
  return overRows(g, "ReduceMax", magnitudes);
}

/** The sum of squares of each column.  [S, D] → [D] */
export function channelSquares(g: Graph, x: Value): Value {
  const [squares] = g.emit({ opType: "Mul", inputs: [x, x] });
  return overRows(g, "ReduceSum", squares);
}

function overRows(g: Graph, opType: "ReduceMax" | "ReduceSum", x: Value): Value {
  return g.emit({ opType, inputs: [x, g.integers([0])], attributes: { keepdims: { int: 0 } } })[0];
}
