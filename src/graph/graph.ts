/**
 * A graph of symbolic tensors that is emitted as ONNX. Building appends nodes; nothing runs here.
 * Operations live in ops.ts and attention.ts; each records how its gradient is built from ordinary operations, because the
 * inference build of ONNX Runtime has no training operators.
 */
import { invariant } from "../errors.ts";
import {
  bytesOf,
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxDataType,
  type OnnxExternalData,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
} from "../formats/codecs.ts";
import { inferTypes, type TensorType } from "./infer.ts";
import { peakBytes } from "./memory.ts";
import type { Shape } from "./shapes.ts";

/** A symbolic tensor of one graph. */
export interface Value extends TensorType {
  readonly name: string;
}

/** The node that computes a value. */
export interface Producer {
  readonly opType: string;
  readonly inputs: readonly Value[];
}

/**
 * How a gradient flows back through one operation: given the gradients of its outputs, those of its inputs.
 * `needs[i]` says whether input i's gradient is wanted; a null is "none".
 */
type Backward<Gradients> = (outputs: Gradients, needs: readonly boolean[]) => readonly (Value | null)[];

/** One differentiable step, as kept on the tape. */
export interface TapeEntry {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly backward: Backward<readonly Value[]>;
}

/** For ONNX Runtime as this package has it; a graph for other programs names older versions. */
const newest = { opsets: { "": 23, "com.microsoft": 1 }, irVersion: 11 };

/** A graph under construction; owns its nodes, inputs, outputs and the tape that `gradients` walks. */
export class Graph {
  readonly tape: TapeEntry[] = [];
  /** Whether backward passes compute what is cheap again instead of keeping it (probabilities, gates, norms): less memory, a little slower. */
  readonly recompute: boolean;
  readonly #nodes: OnnxNode[] = [];
  readonly #rebuilds = new Map<Value, () => Value>();
  readonly #rebuilt = new Map<Value, Value>();
  readonly #producers = new Map<Value, Producer>();
  readonly #inputs: Value[] = [];
  readonly #outputs: { name: string; value: Value }[] = [];
  readonly #initializers = new Map<string, OnnxInitializer & { value: Value }>();
  readonly #symbols = new Map<string, Value>();
  #counter = 0;

  constructor({ recompute = false }: { recompute?: boolean } = {}) {
    this.recompute = recompute;
  }

  /** A tensor fed at each run. */
  input(name: string, dtype: OnnxDataType, shape: Shape): Value {
    const value = { name, dtype, shape };
    this.#inputs.push(value);
    return value;
  }

  /** A tensor stored in the graph. Small tables, and frozen weights where they fit (ONNX Runtime then packs them once). */
  constant(name: string, data: Float32Array | BigInt64Array | Int8Array | Uint8Array, shape: readonly number[]): Value {
    const known = this.#initializers.get(name);
    if (known) return known.value;
    const dtype = constantType(data);
    const size = shape.reduce((product, dim) => product * dim, 1);
    invariant(size === data.length, `constant ${name} has ${data.length} elements, its shape [${shape}] needs ${size}`);
    const value: Value = { name, dtype, shape };
    this.#initializers.set(name, { name, dtype, shape, bytes: bytesOf(data), value });
    return value;
  }

  /** A constant that lies in a file beside the model; two may share their bytes. */
  external(name: string, type: TensorType & { shape: readonly number[] }, place: OnnxExternalData): Value {
    const known = this.#initializers.get(name);
    if (known) return known.value;
    const value: Value = { name, ...type };
    this.#initializers.set(name, { name, ...type, bytes: place, value });
    return value;
  }

  /** A scalar constant. */
  scalar(number: number): Value {
    return this.constant(`scalar_${number}`, Float32Array.of(number), []);
  }

  /** A list of int64, the form in which ONNX takes shapes and axes. */
  integers(list: readonly number[]): Value {
    const name = `int64_${list.join("_") || "none"}`;
    const known = this.#initializers.get(name);
    if (known) return known.value;
    this.constant(name, BigInt64Array.from(list, BigInt), [list.length]);
    const initializer = this.#initializers.get(name)!;
    const value = { ...initializer.value, content: list };
    this.#initializers.set(name, { ...initializer, value });
    return value;
  }

  /** A list of sizes, −1 and 0 as ONNX means them; those of symbols are read from an input that has them while the graph runs. */
  sizes(list: Shape): Value {
    const numbers = list.filter((size) => typeof size === "number");
    if (numbers.length === list.length) return this.integers(numbers);
    const parts = list.map((size) => (typeof size === "number" ? this.integers([size]) : this.#symbol(size)));
    return this.emit({ opType: "Concat", inputs: parts, attributes: { axis: { int: 0 } } })[0];
  }

  /** The size that a symbol stands for, as a list of one. */
  #symbol(symbol: string): Value {
    const known = this.#symbols.get(symbol);
    if (known) return known;
    const input = this.#inputs.find(({ shape }) => shape.includes(symbol));
    invariant(input, `no input has a size ${symbol}`);
    const [shape] = this.emit({ opType: "Shape", inputs: [input] });
    const place = this.integers([input.shape.indexOf(symbol)]);
    const [size] = this.emit({ opType: "Gather", inputs: [shape, place], attributes: { axis: { int: 0 } } });
    this.#symbols.set(symbol, size);
    return size;
  }

  /**
   * Appends one node and returns its outputs. Their types are inferred; `outputs` states them for operators without a rule in infer.ts,
   * and is checked where there is one. Throws (our bug) where the inputs do not fit the operator or the statement is wrong.
   */
  emit(options: {
    opType: string;
    inputs: readonly Value[];
    outputs?: readonly { dtype?: OnnxDataType; shape: Shape }[];
    attributes?: Readonly<Record<string, OnnxAttribute>>;
    domain?: "" | "com.microsoft";
  }): Value[] {
    const { opType, inputs, outputs, attributes = {}, domain = "" } = options;
    const inferred = inferTypes(opType, inputs, attributes);
    const types = outputs === undefined ? inferred : outputs.map((stated, i) => agree(opType, stated, inferred?.[i]));
    invariant(types, `the outputs of ${opType} over ${inputs.map(show).join(", ")} cannot be inferred; state them`);
    const values = types.map((type): Value => ({ name: `${opType}_${this.#counter++}`, ...type }));
    for (const value of values) this.#producers.set(value, { opType, inputs });
    this.#nodes.push({
      opType,
      domain,
      attributes,
      inputs: inputs.map((input) => input.name),
      outputs: values.map((value) => value.name),
    });
    return values;
  }

  /** The node that computes `value`; undefined for inputs and constants. */
  producerOf(value: Value): Producer | undefined {
    return this.#producers.get(value);
  }

  /** Remembers how the gradient of `output` flows to `inputs`. */
  record(inputs: readonly Value[], output: Value, backward: Backward<Value>): Value {
    this.tape.push({ inputs, outputs: [output], backward: ([gradient], needs) => backward(gradient, needs) });
    return output;
  }

  /** The same of an operation with several outputs; the loss must depend on all of them or on none. */
  recordAll(inputs: readonly Value[], outputs: readonly Value[], backward: Backward<readonly Value[]>): Value[] {
    this.tape.push({ inputs, outputs, backward });
    return [...outputs];
  }

  /** Says how a value is computed once more from values that are kept anyway, for `again`. Returns it. */
  repeatable(value: Value, build: () => Value): Value {
    this.#rebuilds.set(value, build);
    return value;
  }

  /** A value of the forward pass as the backward pass reads it: computed again, once for all its readers, where that was asked for and is cheap. */
  again(value: Value): Value {
    const build = this.recompute ? this.#rebuilds.get(value) : undefined;
    if (!build) return value;
    const known = this.#rebuilt.get(value) ?? build();
    this.#rebuilt.set(value, known);
    return known;
  }

  /** Names a value as a result of the graph. */
  output(name: string, value: Value): void {
    this.#outputs.push({ name, value });
  }

  /** The most that its values take at once while it runs, in bytes, but for inputs and constants; `symbols` gives the open sizes. */
  peakBytes(symbols: Readonly<Record<string, number>>): number {
    const results = this.#outputs.map(({ value }) => value);
    return peakBytes(this.#producers, results, symbols);
  }

  /** The graph as an ONNX model, without constants that nothing uses. Outputs are renamed through Identity nodes, which ONNX Runtime removes. */
  toOnnx(name: string, versions: Pick<OnnxModel, "opsets" | "irVersion"> = newest): Uint8Array {
    const renames = this.#outputs.map(
      (output): OnnxNode => ({
        opType: "Identity",
        domain: "",
        attributes: {},
        inputs: [output.value.name],
        outputs: [output.name],
      }),
    );
    const nodes = [...leavesLast(this.#nodes), ...renames];
    const used = new Set(nodes.flatMap((node) => node.inputs));
    return encodeOnnxModel({
      name,
      ...versions,
      nodes,
      inputs: this.#inputs,
      outputs: this.#outputs.map(({ name, value }) => ({ name, dtype: value.dtype, shape: value.shape })),
      initializers: [...this.#initializers.values()].filter((initializer) => used.has(initializer.name)),
      values: [...this.#producers.keys()], // without them ONNX Runtime's plan of memory compares each value with all before it: 19 s at 30 layers
    });
  }
}

/**
 * Nodes whose values no node reads come last, the first of them at the very end: ONNX Runtime computes what the last of them needs first
 * (its order is a depth-first walk from there), so the gradients of a layer's weights are done, and what they read is freed, before
 * those of the layer below. Left in their places, all of them would be computed after the whole backward pass, over what it had to keep.
 */
function leavesLast(nodes: readonly OnnxNode[]): OnnxNode[] {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const isLeaf = ({ outputs }: OnnxNode) => !outputs.some((name) => read.has(name));
  return [...nodes.filter((node) => !isLeaf(node)), ...nodes.filter(isLeaf).reverse()];
}

/** Bytes without a sign are truth values: the only such constants there are. */
function constantType(data: Float32Array | BigInt64Array | Int8Array | Uint8Array): OnnxDataType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof BigInt64Array) return "int64";
  return data instanceof Int8Array ? "int8" : "bool";
}

/** A value as messages show it: `Gemm_3 [B*T, 576]`. */
export function show({ name, shape }: Value): string {
  return `${name} [${shape.join(", ")}]`;
}

/** What was stated of an output, where it does not contradict what was inferred; a symbol may stand for any size. */
function agree(
  opType: string,
  { dtype = "float32", shape }: { dtype?: OnnxDataType; shape: Shape },
  inferred: TensorType | undefined,
): TensorType {
  if (inferred === undefined) return { dtype, shape };
  const fits = (dim: Shape[number], i: number) =>
    dim === inferred.shape[i] || typeof dim === "string" || typeof inferred.shape[i] === "string";
  invariant(
    dtype === inferred.dtype && shape.length === inferred.shape.length && shape.every(fits),
    `${opType} gives ${inferred.dtype} [${inferred.shape}], not ${dtype} [${shape}]`,
  );
  return { dtype, shape };
}
