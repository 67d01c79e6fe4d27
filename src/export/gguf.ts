/** A Llama as a GGUF file that llama.cpp runs. Keys and tensor names: ggml docs/gguf.md and gguf-py constants. */
import { stat } from "node:fs/promises";
import { invariant } from "../errors.ts";
import { type GgufMetadata, type GgufValue, openGguf, writeGguf } from "../formats/index.ts";
import { type LlamaConfig, ropeFrequencies, type TensorSpec } from "../model/index.ts";
import { type CheckedTensor, createWriteCheck } from "./check.ts";
import { fileTypeOf, type GgufMix, tensorTypeIn } from "./gguf-mix.ts";
import type { ExportWeights } from "./merge.ts";

/** What a reply model carries besides its weights. */
export interface ModelMetadata {
  readonly name: string;
  readonly systemPrompt: string;
  readonly dateString: string;
}

const QUANTIZATION_VERSION = 2; // GGML_QNT_VERSION

/**
 * Writes one GGUF and reads it back before it gets its name. Gives the number of tensors, the names of the matrices whose rows are no whole
 * blocks and so stayed F16 in a quantised file, and the size of the file.
 */
export async function writeModelGguf(options: {
  path: string;
  mix: GgufMix;
  config: LlamaConfig;
  weights: ExportWeights;
  vocabulary: GgufMetadata;
  metadata: ModelMetadata;
}): Promise<{ tensors: number; keptF16: string[]; sizeBytes: number }> {
  const { path, mix, config, weights, vocabulary, metadata } = options;
  const tensors = weights.tensors.map((tensor) => ggufTensor(tensor, mix, config, weights));
  const ropeFactors = ropeFactorTensor(config);
  if (ropeFactors) tensors.push(ropeFactors);
  const { sources, check } = createWriteCheck(tensors);
  await writeGguf(path, {
    metadata: new Map([...modelKeys(config, mix, metadata), ...vocabulary]),
    tensors: sources,
    check: async (partialPath) => {
      const reader = await openGguf(partialPath);
      try {
        await check({ ...reader, typeOf: (name) => reader.entries.get(name)!.type });
      } finally {
        await reader.close();
      }
    },
  });
  const keptF16 = mix === "F16" ? [] : tensors.filter((tensor) => tensor.type === "F16").map(({ name }) => name);
  return { tensors: tensors.length, keptF16, sizeBytes: (await stat(path)).size };
}

/** The GGUF name of a checkpoint tensor or of its module: `model.layers.3.self_attn.q_proj.weight` is `blk.3.attn_q.weight`. */
export function ggufTensorName(name: string): string {
  const layer = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name);
  const renamed = layer ? `blk.${layer[1]}.${LAYER_NAMES[layer[2]]}.weight` : TOP_NAMES[name];
  invariant(renamed !== undefined && !renamed.includes("undefined"), `${name} has no name in GGUF`);
  return renamed;
}

const LAYER_NAMES: Readonly<Record<string, string>> = {
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};
const TOP_NAMES: Readonly<Record<string, string>> = {
  "model.embed_tokens.weight": "token_embd.weight",
  "model.norm.weight": "output_norm.weight",
  "lm_head.weight": "output.weight",
};

/**
 * Rows [heads × headSize, rowLength] of q or k (or of their lora_B) in llama.cpp's order: there the two members of a
 * rotary pair are neighbours, in a Hugging Face checkpoint the first halves of all pairs of a head come before the second.
 */
export function interleaveRotaryRows(
  rows: Float32Array,
  { headSize, rowLength }: { headSize: number; rowLength: number },
): Float32Array {
  const rowCount = rows.length / rowLength;
  invariant(Number.isInteger(rowCount / headSize), `${rowCount} rows are not whole heads of ${headSize}`);
  const result = new Float32Array(rows.length);
  for (let row = 0; row < rowCount; row++) {
    const inHead = row % headSize;
    const from = row - inHead + (inHead >> 1) + (inHead & 1) * (headSize / 2);
    result.set(rows.subarray(from * rowLength, (from + 1) * rowLength), row * rowLength);
  }
  return result;
}

/** Whether a checkpoint tensor (or the module of an adapter) has rotary rows. */
export function hasRotaryRows(name: string): boolean {
  return /\.self_attn\.[qk]_proj(\.|$)/.test(name);
}

function ggufTensor(
  { name, shape }: TensorSpec,
  mix: GgufMix,
  { headSize, layers, tiedEmbeddings }: LlamaConfig,
  weights: ExportWeights,
): CheckedTensor {
  const ggufName = ggufTensorName(name);
  return {
    name: ggufName,
    shape,
    type: tensorTypeIn(mix, { name: ggufName, shape, layers, tiedEmbeddings }),
    data: async () => {
      const values = await weights.read(name);
      return hasRotaryRows(name) ? interleaveRotaryRows(values, { headSize, rowLength: shape[1] }) : values;
    },
  };
}

/** By how much each rotary frequency is divided, for "llama3" scaling; without this tensor llama.cpp runs plain RoPE. */
function ropeFactorTensor(config: LlamaConfig): CheckedTensor | null {
  if (!config.ropeScaling) return null;
  const plain = ropeFrequencies({ ...config, ropeScaling: null });
  const factors = Float32Array.from(ropeFrequencies(config), (frequency, i) => plain[i] / frequency);
  return { name: "rope_freqs.weight", shape: [factors.length], type: "F32", data: async () => factors };
}

function modelKeys(config: LlamaConfig, mix: GgufMix, metadata: ModelMetadata): [string, GgufValue][] {
  const string = (value: string): GgufValue => ({ type: "string", value });
  const integer = (value: number): GgufValue => ({ type: "u32", value });
  const float = (value: number): GgufValue => ({ type: "f32", value });
  return [
    ["general.architecture", string("llama")],
    ["general.type", string("model")],
    ["general.name", string(metadata.name)],
    ["general.file_type", integer(fileTypeOf(mix))],
    ["general.quantization_version", integer(QUANTIZATION_VERSION)],
    ["llama.block_count", integer(config.layers)],
    ["llama.context_length", integer(config.maxPositions)],
    ["llama.embedding_length", integer(config.hiddenSize)],
    ["llama.feed_forward_length", integer(config.ffnSize)],
    ["llama.attention.head_count", integer(config.heads)],
    ["llama.attention.head_count_kv", integer(config.kvHeads)],
    ["llama.attention.key_length", integer(config.headSize)],
    ["llama.attention.value_length", integer(config.headSize)],
    ["llama.attention.layer_norm_rms_epsilon", float(config.normEpsilon)],
    ["llama.rope.freq_base", float(config.ropeTheta)],
    ["llama.rope.dimension_count", integer(config.headSize)],
    ["llama.vocab_size", integer(config.vocabularySize)],
    ["pocketreply.system_prompt", string(metadata.systemPrompt)],
    ["pocketreply.date_string", string(metadata.dateString)],
  ];
}
