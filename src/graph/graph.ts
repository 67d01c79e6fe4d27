/**
 * A graph of symbolic tensors that is emitted as ONNX. Building appends nodes; nothing runs here.
 * Operations live in ops.ts and attention.ts; each records how its gradient is built from ordinary operations, because the
 * inference build of ONNX Runtime has no training operators.
 */
import { invariant } from "../errors.ts";
import {
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxDataType,
  type OnnxInitializer,
  type OnnxNode,
} from "../formats/index.ts";

/** A size, or the name of one that is known only when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** A symbolic tensor of one graph. */
export interface Value {
  readonly name: string;
  readonly dtype: OnnxDataType;
  readonly shape: Shape;
}

/**
 * How a gradient flows back through one operation: given the gradient of its output, the gradients of its inputs.
 * `needs[i]` says whether input i's gradient is wanted; a null is "none".
 */
export type Backward = (outputGradient: Value, needs: readonly boolean[]) => readonly (Value | null)[];

/** One differentiable step, as kept on the tape. */
export interface TapeEntry {
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly backward: Backward;
}

const opsets = { "": 23, "com.microsoft": 1 } as const;

/** A graph under construction; owns its nodes, inputs, outputs and the tape that `gradients` walks. */
export class Graph {
  readonly tape: TapeEntry[] = [];
  /** Whether backward passes compute attention probabilities and gate activations again instead of keeping them: less memory, a little slower. */
  readonly recompute: boolean;
  readonly #nodes: OnnxNode[] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs: { name: string; value: Value }[] = [];
  readonly #initializers = new Map<string, OnnxInitializer & { value: Value }>();
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
  constant(name: string, data: Float32Array | BigInt64Array | Uint8Array, shape: readonly number[]): Value {
    const known = this.#initializers.get(name);
    if (known) return known.value;
    const dtype = data instanceof Float32Array ? "float32" : data instanceof BigInt64Array ? "int64" : "bool";
    const size = shape.reduce((product, dim) => product * dim, 1);
    invariant(size === data.length, `constant ${name} has ${data.length} elements, its shape [${shape}] needs ${size}`);
    const value: Value = { name, dtype, shape };
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initializers.set(name, { name, dtype, shape, bytes, value });
    return value;
  }

  /** A scalar constant. */
  scalar(number: number): Value {
    return this.constant(`scalar_${number}`, Float32Array.of(number), []);
  }

  /** A list of int64, the form in which ONNX takes shapes and axes. */
  integers(list: readonly number[]): Value {
    return this.constant(`int64_${list.join("_") || "none"}`, BigInt64Array.from(list, BigInt), [list.length]);
  }

  /** Appends one node and returns its outputs, one for each given type. */
  emit(options: {
    opType: string;
    inputs: readonly Value[];
    outputs: readonly { dtype?: OnnxDataType; shape: Shape }[];
    attributes?: Readonly<Record<string, OnnxAttribute>>;
    domain?: keyof typeof opsets;
  }): Value[] {
    const { opType, inputs, outputs, attributes = {}, domain = "" } = options;
    const values = outputs.map(
      ({ dtype = "float32", shape }): Value => ({ name: `${opType}_${this.#counter++}`, dtype, shape }),
    );
    this.#nodes.push({
      opType,
      domain,
      attributes,
      inputs: inputs.map((input) => input.name),
      outputs: values.map((value) => value.name),
    });
    return values;
  }

  /** Remembers how the gradient of `output` flows to `inputs`. */
  record(inputs: readonly Value[], output: Value, backward: Backward): Value {
    this.tape.push({ inputs, output, backward });
    return output;
  }

  /** Names a value as a result of the graph. */
  output(name: string, value: Value): void {
    this.#outputs.push({ name, value });
  }

  /** The graph as an ONNX model. Outputs are renamed through Identity nodes, which ONNX Runtime removes. */
  toOnnx(name: string): Uint8Array {
    const renames = this.#outputs.map(
      (output): OnnxNode => ({
        opType: "Identity",
        domain: "",
        attributes: {},
        inputs: [output.value.name],
        outputs: [output.name],
      }),
    );
    return encodeOnnxModel({
      name,
      opsets,
      nodes: [...this.#nodes, ...renames],
      inputs: this.#inputs,
      outputs: this.#outputs.map(({ name, value }) => ({ name, dtype: value.dtype, shape: value.shape })),
      initializers: [...this.#initializers.values()],
    });
  }
}
