/** The `config.json` that a GGUF stands for: its metadata under Hugging Face's names (ggml docs/gguf.md, "LLM"). */
import { FormatError, UserError } from "../errors.ts";
import type { GgufMetadata } from "../formats/index.ts";
import { findGgufArchitecture, whyNot } from "./architectures/table.ts";
import { parseLlamaConfig } from "./config.ts";
import { ROPE_FACTORS } from "./gguf-names.ts";
import { ropeFrequencies } from "./rope.ts";

/** The content of a config.json for the model in a GGUF; `ropeFactors` is the tensor `rope_freqs.weight` where there is one. Throws UserError for what cannot be trained. */
export function ggufConfigJson(options: {
  path: string;
  name: string;
  metadata: GgufMetadata;
  vocabularySize: number;
  tiedEmbeddings: boolean;
  ropeFactors: Float32Array | null;
}): Record<string, unknown> {
  const { path, name, metadata, vocabularySize, tiedEmbeddings, ropeFactors } = options;
  const named = String(metadata.get("general.architecture")?.value ?? "");
  const architecture = findGgufArchitecture(named);
  if (architecture === undefined) throw new UserError(`${path}: ${whyNot(named)}.`);
  const scaling = metadata.get(`${named}.rope.scaling.type`)?.value;
  if (scaling !== undefined && scaling !== "none") {
    throw new UserError(`${path}: rope scaling ${JSON.stringify(scaling)} is not supported; only Llama 3's own is.`);
  }
  if (Number(metadata.get(`${named}.expert_count`)?.value ?? 0) > 0)
    throw new UserError(`${path} is a mixture of experts, which cannot be trained here. Take a dense model.`);
  const number = (key: string, fallback?: number) => readNumber(path, metadata, `${named}.${key}`, fallback);
  const width = number("embedding_length");
  const heads = number("attention.head_count");
  const json = {
    _name_or_path: name,
    architectures: [architecture.className],
    model_type: architecture.modelType,
    hidden_size: width,
    intermediate_size: number("feed_forward_length"),
    num_hidden_layers: number("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: number("attention.head_count_kv", heads),
    head_dim: number("attention.key_length", width / heads),
    vocab_size: vocabularySize,
    rms_norm_eps: plain(number("attention.layer_norm_rms_epsilon")),
    rope_theta: plain(number("rope.freq_base", 10_000)),
    max_position_embeddings: number("context_length"),
    tie_word_embeddings: tiedEmbeddings,
    hidden_act: "silu",
    ...architecture.fromGguf?.((key, fallback) => plain(number(key, fallback))),
  };
  return ropeFactors ? { ...json, rope_scaling: llama3Scaling(path, json, ropeFactors) } : json;
}

function readNumber(path: string, metadata: GgufMetadata, key: string, fallback?: number): number {
  const value = metadata.get(key)?.value ?? fallback;
  if (typeof value === "number" && value > 0) return value;
  throw new FormatError({ path, where: key, expected: "a number above 0", got: JSON.stringify(value ?? null) });
}

/** The decimal number that was rounded to float32: 0.000009999999747378752 is 1e-5. */
function plain(value: number): number {
  return Number(value.toPrecision(7));
}

/**
 * The parameters of Llama 3's formula that give these factors: the factor is the largest of them, and the length of the first training, which
 * no key of a GGUF holds, is found by trying (8,192 for all of Meta's models). Throws FormatError where the factors follow another formula.
 */
function llama3Scaling(path: string, json: Record<string, unknown>, factors: Float32Array): Record<string, unknown> {
  const factor = plain(Math.max(...factors));
  const lengths = [8192, ...Array.from({ length: 16 }, (_, i) => 2 ** (i + 4))];
  for (const length of factor >= 1 ? lengths : []) {
    const scaling = {
      rope_type: "llama3",
      factor,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: length,
    };
    const config = parseLlamaConfig({ ...json, rope_scaling: scaling }, path);
    const unscaled = ropeFrequencies({ ...config, ropeScaling: null });
    const isSame = (frequency: number, i: number) => Math.abs(unscaled[i] / frequency / factors[i] - 1) < 1e-5; // float32
    if (factors.length === unscaled.length && ropeFrequencies(config).every(isSame)) return scaling;
  }
  throw new FormatError({
    path,
    where: ROPE_FACTORS,
    expected: "factors of Llama 3's formula",
    got: `${factors.length} others: ${factors.slice(0, 8).join(", ")}${factors.length > 8 ? ", …" : ""}`,
  });
}
