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
import { type OnnxDataType, onnxDataTypes } from "../formats/index.ts";
import { add, Graph, reshape, swiglu, type Value } from "../graph/index.ts";
import {
  findArchitecture,
  type LlamaConfig,
  projectionName,
  projectionShape,
  type projections,
} from "../model/index.ts";
import { createDataFile, createMatrices, type DecoderKind, type OnnxStored } from "./onnx-matrices.ts";

/** The graph, and the file of weights that belongs beside it. */
export interface OnnxDecoder {
  readonly onnx: Uint8Array;
  readonly stored: readonly OnnxStored[];
  readonly dataBytes: number;
}

/** Older than the newest, so that programs of the last years read it. */
const versions = { opsets: { "": 21, "com.microsoft": 1 }, irVersion: 10 };

type Projection = (typeof projections)[number];

/** The decoder of `config` for at most `contextLength` tokens; its weights are looked for in `dataFile`, beside it. */
export function buildOnnxDecoder(options: {
  config: LlamaConfig;
  kind: DecoderKind;
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
