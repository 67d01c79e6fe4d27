/** A Llama as a GGUF file that llama.cpp runs. Keys and tensor names: ggml docs/gguf.md and gguf-py constants. */
import { stat } from "node:fs/promises";
import { UserError } from "../errors.ts";
import type { GgufMetadata, GgufValue } from "../formats/index.ts";
import {
  findArchitecture,
  ggufTensorName,
  hasMovedRows,
  interleaveRotaryRows,
  type LlamaConfig,
  ROPE_FACTORS,
  ropeFrequencies,
  type TensorSpec,
} from "../model/index.ts";
import { type CheckedTensor, writeCheckedGguf } from "./check.ts";
import { fileTypeOf, type GgufMix, tensorTypeIn } from "./gguf-mix.ts";
import { type Importance, importanceKeys, importanceOf } from "./importance.ts";
import type { ExportWeights } from "./merge.ts";

/** What a reply model carries besides its weights. */
export interface ModelMetadata {
  readonly name: string;
  readonly systemPrompt: string;
  readonly dateString: string;
  /** Of the base, where it is known: it holds for what is made of it. */
  readonly license?: string;
  /** Trained with steering lines in the prompts. */
  readonly isSteered?: boolean;
  /** It writes in its owner's own words. */
  readonly style?: "mine";
  /** How its owner greets and ends, as JSON: whoever runs the file lays it over what the model writes. */
  readonly habits?: string;
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
  importance?: Importance | null;
}): Promise<{ tensors: number; keptF16: string[]; sizeBytes: number }> {
  const { path, mix, config, weights, vocabulary, metadata, importance = null } = options;
  const tensors = weights.tensors.map((tensor) => ggufTensor(tensor, { mix, config, weights, importance }));
  const ropeFactors = ropeFactorTensor(config);
  if (ropeFactors) tensors.push(ropeFactors);
  const keys = [...modelKeys(config, mix, metadata), ...(importance ? importanceKeys(importance) : [])];
  await writeCheckedGguf(path, tensors, new Map([...keys, ...vocabulary]));
  const keptF16 = mix === "F16" ? [] : tensors.filter((tensor) => tensor.type === "F16").map(({ name }) => name);
  return { tensors: tensors.length, keptF16, sizeBytes: (await stat(path)).size };
}

function ggufTensor(
  { name, shape }: TensorSpec,
  {
    mix,
    config,
    weights,
    importance,
  }: { mix: GgufMix; config: LlamaConfig; weights: ExportWeights; importance: Importance | null },
): CheckedTensor {
  const { headSize, layers, tiedEmbeddings } = config;
  const ggufName = ggufTensorName(name);
  return {
    name: ggufName,
    shape,
    type: tensorTypeIn(mix, { name: ggufName, shape, layers, tiedEmbeddings, isWeighed: importance !== null }),
    importance: importance ? importanceOf(importance, name) : undefined,
    data: async () => {
      const values = await weights.read(name);
      return hasMovedRows(config, name) ? interleaveRotaryRows(values, { headSize, rowLength: shape[1] ?? 1 }) : values;
    },
  };
}

/** The factors of "llama3" scaling; without this tensor llama.cpp runs plain RoPE. */
function ropeFactorTensor(config: LlamaConfig): CheckedTensor | null {
  if (!config.ropeScaling) return null;
  const plain = ropeFrequencies({ ...config, ropeScaling: null });
  const factors = Float32Array.from(ropeFrequencies(config), (frequency, i) => plain[i] / frequency);
  return { name: ROPE_FACTORS, shape: [factors.length], type: "F32", data: async () => factors };
}

/** The metadata of a model. Throws UserError for what llama.cpp cannot be told of it. */
export function modelKeys(config: LlamaConfig, mix: GgufMix, metadata: ModelMetadata): [string, GgufValue][] {
  const string = (value: string): GgufValue => ({ type: "string", value });
  const integer = (value: number): GgufValue => ({ type: "u32", value });
  const float = (value: number): GgufValue => ({ type: "f32", value });
  const { ggufName, ggufNumbers } = findArchitecture(config.modelType)!; // parseLlamaConfig has found it
  const refuse = (what: string): never => {
    throw new UserError(`A GGUF cannot hold this ${ggufName}: ${what}. Export it as merged.`);
  };
  const own: [string, GgufValue][] = [
    ["block_count", integer(config.layers)],
    ["context_length", integer(config.maxPositions)],
    ["embedding_length", integer(config.hiddenSize)],
    ["feed_forward_length", integer(config.ffnSize)],
    ["attention.head_count", integer(config.heads)],
    ["attention.head_count_kv", integer(config.kvHeads)],
    ["attention.key_length", integer(config.headSize)],
    ["attention.value_length", integer(config.headSize)],
    ["attention.layer_norm_rms_epsilon", float(config.normEpsilon)],
    ["rope.freq_base", float(config.ropeTheta)],
    ["rope.dimension_count", integer(config.headSize)],
    ["vocab_size", integer(config.vocabularySize)],
    ...Object.entries(ggufNumbers?.(config, refuse) ?? {}).map(
      ([key, value]) => [key, float(value)] as [string, GgufValue],
    ),
  ];
  return [
    ["general.architecture", string(ggufName)],
    ["general.type", string("model")],
    ["general.name", string(metadata.name)],
    ...(metadata.license === undefined
      ? []
      : ([["general.license", string(metadata.license)]] as [string, GgufValue][])),
    ["general.file_type", integer(fileTypeOf(mix))],
    ["general.quantization_version", integer(QUANTIZATION_VERSION)],
    ...own.map(([key, value]) => [`${ggufName}.${key}`, value] as [string, GgufValue]),
    ...(metadata.isSteered ? ([["pocketreply.steered", { type: "bool", value: true }]] as [string, GgufValue][]) : []),
    ...(metadata.style ? ([["pocketreply.style", string(metadata.style)]] as [string, GgufValue][]) : []),
    ...(metadata.habits ? ([["pocketreply.habits", string(metadata.habits)]] as [string, GgufValue][]) : []),
    ["pocketreply.system_prompt", string(metadata.systemPrompt)],
    ["pocketreply.date_string", string(metadata.dateString)],
  ];
}
