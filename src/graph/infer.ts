/** The type of each operator's outputs from those of its inputs (onnx/onnx docs/Operators.md; com.microsoft: onnxruntime ContribOperators.md). */
import { invariant } from "../errors.ts";
import { type OnnxAttribute, type OnnxDataType, onnxDataTypes } from "../formats/codecs.ts";
import { broadcast, type Dim, reshaped, type Shape } from "./shapes.ts";

/** Element type and shape of a tensor; of a list of integers also its content, where it is known while the graph is built. */
export interface TensorType {
  readonly dtype: OnnxDataType;
  readonly shape: Shape;
  readonly content?: readonly Dim[];
}

/** An input of a node; the name is for messages. */
type Operand = TensorType & { readonly name: string };
type Attributes = Readonly<Record<string, OnnxAttribute>>;
type Rule = (inputs: readonly Operand[], attributes: Attributes) => readonly TensorType[] | null;

const elementwise: Rule = ([a, b]) => [{ dtype: a.dtype, shape: broadcast(a.shape, b.shape) }];
const comparison: Rule = ([a, b]) => [{ dtype: "bool", shape: broadcast(a.shape, b.shape) }];
const unchanged: Rule = ([x]) => [{ dtype: x.dtype, shape: x.shape }];

const product =
  (result: (a: TensorType) => OnnxDataType): Rule =>
  ([a, b], attributes) => {
    const across = (x: TensorType, transposed: boolean) => {
      const [rows, columns] = x.shape.slice(-2);
      return transposed ? [columns, rows] : [rows, columns];
    };
    const [rows, innerA] = across(a, int(attributes, "transA") === 1);
    const [innerB, columns] = across(b, int(attributes, "transB") === 1);
    invariant(
      a.shape.length >= 2 && b.shape.length >= 2 && innerA === innerB,
      `${a.name} [${a.shape}] and ${b.name} [${b.shape}] do not multiply`,
    );
    return [{ dtype: result(a), shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns] }];
  };

const reduction: Rule = ([x, axes], attributes) => {
  if (!axes?.content) return null;
  const gone = new Set(axes.content.map((axis) => place(Number(axis), x.shape.length)));
  const keep = int(attributes, "keepdims", 1) === 1;
  return [{ dtype: x.dtype, shape: x.shape.flatMap((dim, i): Dim[] => (gone.has(i) ? (keep ? [1] : []) : [dim])) }];
};

const rules: Readonly<Record<string, Rule>> = {
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  And: comparison,
  Equal: comparison,
  LessOrEqual: comparison,
  Max: elementwise,
  Abs: unchanged,
  Neg: unchanged,
  Exp: unchanged,
  Log: unchanged,
  Round: unchanged,
  Relu: unchanged,
  Sigmoid: unchanged,
  Softmax: unchanged,
  Tanh: unchanged,
  RotaryEmbedding: unchanged,
  ScatterND: unchanged,
  Gemm: (inputs, attributes) => {
    const result = product((a) => a.dtype)(inputs, attributes);
    if (inputs.length === 3) broadcast(inputs[2].shape, result![0].shape); // the sum must fit
    return result;
  },
  MatMul: product((a) => a.dtype),
  FusedMatMul: product((a) => a.dtype),
  MatMulInteger: product(() => "int32"),
  MatMulIntegerToFloat: product(() => "float32"),
  DynamicQuantizeMatMul: product(() => "float32"),
  DynamicQuantizeLinear: ([x]) => [
    { dtype: "uint8", shape: x.shape },
    { dtype: "float32", shape: [] },
    { dtype: "uint8", shape: [] },
  ],
  QuantizeLinear: ([x]) => [{ dtype: "uint8", shape: x.shape }], // to the type of its zero point, which is uint8 here
  DequantizeLinear: ([x]) => [{ dtype: "float32", shape: x.shape }],
  Cast: ([x], attributes) => [{ dtype: castTypes[int(attributes, "to")], shape: x.shape }],
  Where: ([condition, a, b]) => [{ dtype: a.dtype, shape: broadcast(condition.shape, broadcast(a.shape, b.shape)) }],
  Reshape: ([x, list]) => {
    return list.content ? [{ dtype: x.dtype, shape: reshaped(x.shape, list.content) }] : null;
  },
  Transpose: ([x], attributes) => {
    const order = ints(attributes, "perm");
    invariant(order.length === x.shape.length, `[${x.shape}] cannot be transposed by [${order}]`);
    return [{ dtype: x.dtype, shape: order.map((axis) => x.shape[axis]) }];
  },
  Unsqueeze: ([x, axes]) => {
    if (!axes.content) return null;
    const rank = x.shape.length + axes.content.length;
    const added = new Set(axes.content.map((axis) => place(Number(axis), rank)));
    const rest = [...x.shape];
    return [{ dtype: x.dtype, shape: Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : rest.shift()!)) }];
  },
  Gather: ([table, indices], attributes) => {
    const axis = place(int(attributes, "axis"), table.shape.length);
    const content = table.content && indices.content?.map((index) => table.content![Number(index)]);
    return [{ dtype: table.dtype, shape: table.shape.toSpliced(axis, 1, ...indices.shape), content }];
  },
  Concat: (lists, attributes) => {
    const axis = place(int(attributes, "axis"), lists[0].shape.length);
    const sizes = lists.map(({ shape }) => shape[axis]);
    if (!sizes.every((size) => typeof size === "number")) return null;
    const shape = lists[0].shape.with(
      axis,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    const content = lists.every((list) => list.content) ? lists.flatMap((list) => list.content!) : undefined;
    return [{ dtype: lists[0].dtype, shape, content }];
  },
  Split: ([x, sizes], attributes) => {
    const axis = place(int(attributes, "axis"), x.shape.length);
    const parts = sizes.content?.map(Number);
    if (!parts) return null;
    const sum = parts.reduce((total, size) => total + size, 0);
    invariant(x.shape[axis] === sum, `${x.name} [${x.shape}] has no parts of ${parts.join(", ")} along axis ${axis}`);
    return parts.map((size) => ({ dtype: x.dtype, shape: x.shape.with(axis, size) }));
  },
  Shape: ([x]) => [{ dtype: "int64", shape: [x.shape.length], content: x.shape }],
  Expand: ([x, list]) => (list.content ? [{ dtype: x.dtype, shape: broadcast(x.shape, list.content) }] : null),
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceMin: reduction,
  SimplifiedLayerNormalization: ([x, weight]) => {
    const width = x.shape.at(-1);
    invariant(
      weight.shape.length === 1 && weight.shape[0] === width,
      `a norm of [${x.shape}] needs a weight of [${width}], not [${weight.shape}]`,
    );
    return [
      { dtype: x.dtype, shape: x.shape },
      { dtype: "float32", shape: [...x.shape.slice(0, -1), 1] },
    ];
  },
};

/** Element types by their TensorProto.DataType number, as Cast names them. */
const castTypes: Readonly<Record<number, OnnxDataType>> = Object.fromEntries(
  Object.entries(onnxDataTypes).map(([dtype, number]) => [number, dtype as OnnxDataType]), // the keys are of this type
);

/**
 * The outputs of one node. Throws (our bug) where the inputs do not fit the operator; null where the operator has no rule here, or
 * its result depends on values that are known only when the graph runs.
 */
export function inferTypes(
  opType: string,
  inputs: readonly Operand[],
  attributes: Attributes,
): readonly TensorType[] | null {
  return rules[opType]?.(inputs, attributes) ?? null;
}

function int(attributes: Attributes, name: string, otherwise = 0): number {
  const attribute = attributes[name];
  return attribute !== undefined && "int" in attribute ? attribute.int : otherwise;
}

function ints(attributes: Attributes, name: string): readonly number[] {
  const attribute = attributes[name];
  return attribute !== undefined && "ints" in attribute ? attribute.ints : [];
}

function place(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
