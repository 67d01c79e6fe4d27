/**
 * A Llama or one of its kin as an ONNX graph that decodes with a cache of keys and values, in the names that transformers.js and
 * onnxruntime-genai feed by:
 *
 *   input_ids int64 [batch_size, sequence_length], attention_mask int64 [batch_size, total_sequence_length] (1 where a token is, padding last),
 *   past_key_values.N.key and .value [batch_size, K, past_sequence_length, Hd]
 *   → logits float32 [batch_size, sequence_length, V], present.N.key and .value [batch_size, K, total_sequence_length, Hd]
 *
 * Its weights lie in a file beside it. Operators of com.microsoft: GroupQueryAttention (rotates, masks and keeps the cache), MatMulNBits and
 * GatherBlockQuantized (weights in blocks as formats/onnx-blocks.ts lays them out).
 */
import { ONNX_BLOCK, type OnnxDataType, onnxDataTypes } from "../formats/index.ts";
import { add, Graph, gatherRows, reshape, swiglu, type Value } from "../graph/index.ts";
import {
  findArchitecture,
  type LlamaConfig,
  projectionName,
  projectionShape,
  type projections,
} from "../model/index.ts";

/** How weights are held: whole in float16 (which the graph then computes in), or in blocks of 8 or 4 bits, computed in float32. */
export type OnnxKind = "fp16" | "int8" | "int4";

/** How one tensor lies in the file of weights. */
export type OnnxPacking = "float32" | "float16" | "float16-transposed" | "int8-blocks" | "int4-blocks";

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

/** The graph, and the file of weights that belongs beside it. */
export interface OnnxDecoder {
  readonly onnx: Uint8Array;
  readonly stored: readonly OnnxStored[];
  readonly dataBytes: number;
}

/** Older than the newest, so that programs of the last years read it. */
const versions = { opsets: { "": 21, "com.microsoft": 1 }, irVersion: 10 };

/** Products of block weights take their input in 8 bits too: several times as fast on a CPU. */
const INT8_INPUTS = 4;

type Projection = (typeof projections)[number];

/** The decoder of `config` for at most `contextLength` tokens; its weights are looked for in `dataFile`, beside it. */
export function buildOnnxDecoder(options: {
  config: LlamaConfig;
  kind: OnnxKind;
  dataFile: string;
  contextLength: number;
}): OnnxDecoder {
  const { config, kind, dataFile, contextLength } = options;
  const { hiddenSize, vocabularySize, layers, headSize, kvHeads, scales } = config;
  const g = new Graph();
  const file = createDataFile(g, dataFile);
  const matrices = createMatrices(g, file, kind);
  const dtype = kind === "fp16" ? "float16" : "float32";

  const ids = g.input("input_ids", "int64", ["batch_size", "sequence_length"]);
  const mask = g.input("attention_mask", "int64", ["batch_size", "total_sequence_length"]);
  const rope = ["cos", "sin"].map((part) => file.plain(`rope.${part}`, [contextLength, headSize / 2], dtype));
  const lengths = readLengths(g, mask);
  const cacheShape = (length: string) => ["batch_size", kvHeads, length, headSize];

  let x = scaleBy(g, matrices.embed("model.embed_tokens.weight", [vocabularySize, hiddenSize], ids), scales.embedding); // [B, T, D]
  for (let layer = 0; layer < layers; layer++) {
    const past = ["key", "value"].map((part) =>
      g.input(`past_key_values.${layer}.${part}`, dtype, cacheShape("past_sequence_length")),
    );
    const inLayer = (name: string, shape: readonly number[]) =>
      file.plain(`model.layers.${layer}.${name}`, shape, dtype);
    const project = (input: Value, projection: Projection) => {
      const name = projectionName(layer, projection);
      const shape = projectionShape(config, projection);
      const product = matrices.product(input, `${name}.weight`, shape);
      return config.biases.includes(projection)
        ? add(g, product, file.plain(`${name}.bias`, [shape[0]], dtype))
        : product;
    };
    const norm = (name: string) => rmsNorm(g, x, inLayer(`${name}.weight`, [hiddenSize]), config.normEpsilon);
    const { attended, present } = attend(g, norm("input_layernorm"), {
      config,
      layer,
      past,
      rope,
      lengths,
      inLayer,
      project,
    });
    for (const [i, part] of ["key", "value"].entries()) g.output(`present.${layer}.${part}`, present[i]);
    x = add(g, x, scaleBy(g, project(attended, "o_proj"), scales.residual));
    const normed = norm("post_attention_layernorm");
    const gated = swiglu(g, project(normed, "gate_proj"), project(normed, "up_proj"));
    x = add(g, x, scaleBy(g, project(gated, "down_proj"), scales.residual));
  }
  const last = rmsNorm(g, x, file.plain("model.norm.weight", [hiddenSize], dtype), config.normEpsilon);
  const hidden = scaleBy(g, last, 1 / scales.logits);
  const head = config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
  g.output("logits", cast(g, matrices.head(hidden, head, [vocabularySize, hiddenSize]), "float32"));
  return { onnx: g.toOnnx("decoder", versions), stored: file.stored, dataBytes: file.bytes() };
}

/** What attention knows of the tokens before: how many there are besides the last, in each text [B] and in the longest []. int32. */
interface Lengths {
  readonly before: Value;
  readonly total: Value;
}

function readLengths(g: Graph, mask: Value): Lengths {
  const one = g.constant("one", BigInt64Array.of(1n), []);
  const [tokens] = g.emit({
    opType: "ReduceSum",
    inputs: [mask, g.integers([1])],
    attributes: { keepdims: { int: 0 } },
  });
  const [before] = g.emit({ opType: "Sub", inputs: [tokens, one] });
  const [shape] = g.emit({ opType: "Shape", inputs: [mask] });
  const [total] = g.emit({ opType: "Gather", inputs: [shape, one], attributes: { axis: { int: 0 } } });
  return { before: cast(g, before, "int32"), total: cast(g, total, "int32") };
}

/** Attention of a normed input up to its last projection, and the cache with the new tokens.  [B, T, D] → [B, T, H·Hd] */
function attend(
  g: Graph,
  x: Value,
  options: {
    config: LlamaConfig;
    layer: number;
    past: readonly Value[];
    rope: readonly Value[];
    lengths: Lengths;
    inLayer: (name: string, shape: readonly number[]) => Value;
    project: (x: Value, projection: Projection) => Value;
  },
): { attended: Value; present: readonly Value[] } {
  const { config, layer, past, rope, lengths, inLayer, project } = options;
  const { heads, kvHeads, headSize, scales, unrotatedLayers, modelType } = config;
  const architecture = findArchitecture(modelType);
  const prepare = (y: Value, name: "q" | "k", count: number) => {
    if (architecture?.prepareHeads === undefined) return y;
    const width = count * headSize;
    const weight = (tensor: string) => {
      const { shape } = architecture.layerTensors!(config).find((one) => one.name === tensor)!; // prepareHeads asks for its own
      return inLayer(tensor, shape);
    };
    const prepared = architecture.prepareHeads(g, reshape(g, y, [-1, width]), { name, count, config, weight });
    return reshape(g, prepared, y.shape);
  };
  const q = prepare(project(x, "q_proj"), "q", heads);
  const k = prepare(project(x, "k_proj"), "k", kvHeads);
  const v = project(x, "v_proj");
  const isRotated = !unrotatedLayers.includes(layer);
  const cache = { dtype: past[0].dtype, shape: past[0].shape.with(2, "total_sequence_length") };
  const [attended, ...present] = g.emit({
    opType: "GroupQueryAttention",
    domain: "com.microsoft",
    inputs: [q, k, v, ...past, lengths.before, lengths.total, ...(isRotated ? rope : [])],
    outputs: [{ dtype: q.dtype, shape: q.shape }, cache, cache],
    attributes: {
      num_heads: { int: heads },
      kv_num_heads: { int: kvHeads },
      scale: { float: scales.attention ?? 1 / Math.sqrt(headSize) },
      do_rotary: { int: isRotated ? 1 : 0 },
      rotary_interleaved: { int: 0 },
    },
  });
  return { attended, present };
}

/** x / sqrt(mean(x²) + epsilon) · weight, with the one result that every runtime knows. */
function rmsNorm(g: Graph, x: Value, weight: Value, epsilon: number): Value {
  return g.emit({
    opType: "SimplifiedLayerNormalization",
    inputs: [x, weight],
    outputs: [x],
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
  })[0];
}

function scaleBy(g: Graph, x: Value, factor: number): Value {
  return factor === 1 ? x : g.emit({ opType: "Mul", inputs: [x, cast(g, g.scalar(factor), x.dtype)] })[0];
}

function cast(g: Graph, x: Value, dtype: OnnxDataType): Value {
  if (x.dtype === dtype) return x;
  return g.emit({ opType: "Cast", inputs: [x], attributes: { to: { int: onnxDataTypes[dtype] } } })[0];
}

type DataFile = ReturnType<typeof createDataFile>;
type Part = Pick<OnnxStored, "tensor" | "packing" | "rows" | "cols">;

/** Lays tensors one after another into the file of weights. */
function createDataFile(g: Graph, location: string) {
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

function createMatrices(g: Graph, file: DataFile, kind: OnnxKind): Matrices {
  return kind === "fp16" ? wholeMatrices(g, file) : blockMatrices(g, file, kind);
}

function wholeMatrices(g: Graph, file: DataFile): Matrices {
  const multiply = (x: Value, weight: Value) => g.emit({ opType: "MatMul", inputs: [x, weight] })[0];
  const product = (x: Value, name: string, [rows, cols]: readonly [number, number]) => {
    const { data } = file.store({ tensor: name, packing: "float16-transposed", rows, cols });
    return multiply(x, file.view(name, "float16", [cols, rows], data));
  };
  const embeddings = new Map<string, Value>();
  return {
    embed(name, shape, ids) {
      const table = file.plain(name, shape, "float16");
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
