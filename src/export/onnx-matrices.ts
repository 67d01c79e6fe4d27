/** How the matrices of an ONNX decoder lie in the file beside it, and what is computed with them. */
import { ONNX_BLOCK, type OnnxDataType } from "../formats/index.ts";
import { type Graph, gatherRows, type Value } from "../graph/index.ts";

/** How weights are held: whole in float16 (which the graph then computes in), or in blocks of 8 or 4 bits, computed in float32. */
export type OnnxKind = "fp16" | "int8" | "int4";

/** `rounded`: whole in float32, and what is multiplied with them rounded to 8 bits a token, as a program of ExecuTorch does. */
export type DecoderKind = OnnxKind | "rounded";

/** How one tensor lies in the file of weights. */
export type OnnxPacking =
  | "float32"
  | "float32-transposed"
  | "float16"
  | "float16-transposed"
  | "int8-blocks"
  | "int4-blocks";

/** A tensor of the file of weights; a block has a scale, float32, and of 4 bits a zero. */
export interface OnnxStored {
  /** A checkpoint's name, or `rope.cos` and `rope.sin` [context, Hd / 2]. */
  readonly tensor: string;
  readonly packing: OnnxPacking;
  readonly rows: number;
  readonly cols: number;
  readonly data: FileRange;
  readonly scales: FileRange | null;
  readonly zeros: FileRange | null;
}

export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

/** Products of block weights take their input in 8 bits too: several times as fast on a CPU. */
const INT8_INPUTS = 4;

type DataFile = ReturnType<typeof createDataFile>;
type Part = Pick<OnnxStored, "tensor" | "packing" | "rows" | "cols">;

/** Lays tensors one after another into the file of weights. */
export function createDataFile(g: Graph, location: string) {
  const stored: OnnxStored[] = [];
  const known = new Map<string, Value>();
  let end = 0;
  const place = (length: number): FileRange => {
    const alignment = length >= 1 << 20 ? 4096 : 64; // whole pages, so that a runtime can map what is large
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + length;
    return { offset, length };
  };
  const store = (part: Part): OnnxStored => {
    const [data, scales, zeros] = packedBytes(part).map((bytes) => (bytes > 0 ? place(bytes) : null));
    const one = { ...part, data: data!, scales, zeros };
    stored.push(one);
    return one;
  };
  const view = (name: string, dtype: OnnxDataType, shape: readonly number[], range: FileRange) =>
    g.external(name, { dtype, shape }, { location, ...range });
  return {
    stored,
    bytes: () => end,
    store,
    view,
    /** A tensor whole, once. */
    plain(name: string, shape: readonly number[], dtype: "float32" | "float16"): Value {
      const value = known.get(name);
      if (value) return value;
      const [rows, cols] = shape.length === 2 ? shape : [1, shape[0]];
      const made = view(name, dtype, shape, store({ tensor: name, packing: dtype, rows, cols }).data);
      known.set(name, made);
      return made;
    },
  };
}

/** Bytes of data, scales and zeros. */
function packedBytes({ packing, rows, cols }: Part): [number, number, number] {
  const values = rows * cols;
  const scales = (4 * values) / ONNX_BLOCK;
  switch (packing) {
    case "float32":
    case "float32-transposed":
      return [4 * values, 0, 0];
    case "float16":
    case "float16-transposed":
      return [2 * values, 0, 0];
    case "int8-blocks":
      return [values, scales, 0];
    case "int4-blocks":
      return [values / 2, scales, rows * Math.ceil(cols / ONNX_BLOCK / 2)];
    default:
      return packing satisfies never;
  }
}

/** What is computed with matrices [out, in], by kind. */
interface Matrices {
  /** Rows by ids.  [B, T] → [B, T, in] */
  embed(name: string, shape: readonly [number, number], ids: Value): Value;
  /** x Wᵀ.  [B, T, in] → [B, T, out] */
  product(x: Value, name: string, shape: readonly [number, number]): Value;
  /** The same with the matrix that gives the logits; where it is the embedding too, its bytes are shared. */
  head(x: Value, name: string, shape: readonly [number, number]): Value;
}

/** How a decoder of `kind` multiplies. */
export function createMatrices(g: Graph, file: DataFile, kind: DecoderKind): Matrices {
  switch (kind) {
    case "fp16":
      return wholeMatrices(g, file, "float16", (x) => x);
    case "rounded":
      return wholeMatrices(g, file, "float32", (x) => roundTokens(g, x));
    default:
      return blockMatrices(g, file, kind);
  }
}

/** Matrices one number a weight; `prepare` is what their inputs go through before. */
function wholeMatrices(g: Graph, file: DataFile, dtype: "float16" | "float32", prepare: (x: Value) => Value): Matrices {
  const multiply = (x: Value, weight: Value) => g.emit({ opType: "MatMul", inputs: [prepare(x), weight] })[0];
  const product = (x: Value, name: string, [rows, cols]: readonly [number, number]) => {
    const { data } = file.store({ tensor: name, packing: `${dtype}-transposed`, rows, cols });
    return multiply(x, file.view(name, dtype, [cols, rows], data));
  };
  const embeddings = new Map<string, Value>();
  return {
    embed(name, shape, ids) {
      const table = file.plain(name, shape, dtype);
      embeddings.set(name, table);
      return gatherRows(g, table, ids);
    },
    product,
    head(x, name, shape) {
      const table = embeddings.get(name);
      if (!table) return product(x, name, shape);
      return multiply(x, g.emit({ opType: "Transpose", inputs: [table], attributes: { perm: { ints: [1, 0] } } })[0]);
    },
  };
}

/**
 * Each token's vector rounded to 256 steps between its least and largest value, 0 among them, as ExecuTorch's XNNPACK does before a product
 * (xnn_f32_qd8_asymmetric_quantization_params, google/XNNPACK src/quantization.c).  [B, T, in], the same
 */
function roundTokens(g: Graph, x: Value): Value {
  const emit = (opType: string, ...inputs: Value[]) => g.emit({ opType, inputs })[0];
  const like = (opType: string, shape: Value["shape"], ...inputs: Value[]) =>
    g.emit({ opType, inputs, outputs: [{ shape }] })[0];
  const perToken = x.shape.with(-1, 1);
  const [zero, first, last] = [0, -128, 127].map((number) => g.scalar(number));
  const least = like("Min", perToken, like("ReduceMin", perToken, x, g.integers([-1])), zero);
  const largest = like("Max", perToken, like("ReduceMax", perToken, x, g.integers([-1])), zero);
  const span = emit("Add", emit("Sub", largest, least), g.scalar(1e-30)); // a vector of zeros stays one
  const steps = emit("Div", g.scalar(255), span); // in a unit
  const clip = (y: Value) => like("Clip", y.shape, y, first, last);
  const origin = emit("Round", clip(emit("Sub", first, emit("Mul", least, steps))));
  const integers = clip(emit("Add", emit("Round", emit("Mul", x, steps)), origin));
  return emit("Div", emit("Sub", integers, origin), steps);
}

/** Embedding and head keep 8 bits in a file of 4. */
function blockMatrices(g: Graph, file: DataFile, kind: "int8" | "int4"): Matrices {
  const tables = new Map<string, OnnxStored>();
  const bits = kind === "int8" ? 8 : 4;
  const store = (tensor: string, [rows, cols]: readonly [number, number], bits: 4 | 8) =>
    file.store({ tensor, packing: bits === 8 ? "int8-blocks" : "int4-blocks", rows, cols });
  /** Data in `shape`, scales and, if there are any, zeros. */
  const operands = ({ tensor, rows, cols, data, scales, zeros }: OnnxStored, shape: readonly number[], suffix = "") => {
    const blocks = cols / ONNX_BLOCK;
    return [
      file.view(`${tensor}${suffix}`, "uint8", shape, data),
      file.view(`${tensor}${suffix}_scales`, "float32", [rows, blocks], scales!), // blocks have scales
      ...(zeros ? [file.view(`${tensor}${suffix}_zeros`, "uint8", [rows, Math.ceil(blocks / 2)], zeros)] : []),
    ];
  };
  const multiply = (x: Value, stored: OnnxStored, bits: 4 | 8) => {
    const { rows, cols } = stored;
    return g.emit({
      opType: "MatMulNBits",
      domain: "com.microsoft",
      inputs: [x, ...operands(stored, [rows, cols / ONNX_BLOCK, (ONNX_BLOCK * bits) / 8])],
      outputs: [{ dtype: x.dtype, shape: x.shape.with(-1, rows) }],
      attributes: {
        ...{ K: { int: cols }, N: { int: rows }, bits: { int: bits }, block_size: { int: ONNX_BLOCK } },
        accuracy_level: { int: INT8_INPUTS },
      },
    })[0];
  };
  return {
    embed(name, shape, ids) {
      const stored = store(name, shape, 8);
      tables.set(name, stored);
      const [table, scales] = operands(stored, shape, ".rows");
      return g.emit({
        opType: "GatherBlockQuantized",
        domain: "com.microsoft",
        inputs: [table, ids, scales],
        outputs: [{ shape: [...ids.shape, shape[1]] }],
        attributes: {
          ...{ gather_axis: { int: 0 }, quantize_axis: { int: 1 } },
          ...{ bits: { int: 8 }, block_size: { int: ONNX_BLOCK } },
        },
      })[0];
    },
    product: (x, name, shape) => multiply(x, store(name, shape, bits), bits),
    head: (x, name, shape) => multiply(x, tables.get(name) ?? store(name, shape, 8), 8),
  };
}
