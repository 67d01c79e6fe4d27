/** The shape of a Llama model or a related architecture, read from a Hugging Face `config.json`. */
import { z } from "zod";
import { UserError } from "../errors.ts";
import type { ConfigJson } from "./architectures/architecture.ts";
import { findArchitecture, whyNot } from "./architectures/table.ts";
import type { Llama3RopeScaling, LlamaConfig } from "./llama-config.ts";

const ropeScaling = z.object({
  rope_type: z.string().optional(),
  type: z.string().optional(), // its older name
  partial_rotary_factor: z.number().optional(),
  factor: z.number().optional(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().optional(),
});

const schema = z.object({
  model_type: z.string(),
  hidden_size: z.number().int().positive(),
  intermediate_size: z.number().int().positive(),
  num_hidden_layers: z.number().int().positive(),
  num_attention_heads: z.number().int().positive(),
  num_key_value_heads: z.number().int().positive().nullish(),
  head_dim: z.number().int().positive().nullish(),
  vocab_size: z.number().int().positive(),
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive().optional(),
  rope_scaling: ropeScaling.nullish(),
  rope_parameters: ropeScaling.extend({ rope_theta: z.number().positive().optional() }).nullish(), // transformers 5 writes this instead
  max_position_embeddings: z.number().int().positive(),
  tie_word_embeddings: z.boolean().optional(),
  hidden_act: z.string().default("silu"),
  partial_rotary_factor: z.number().nullish(),
  layer_types: z.array(z.string()).nullish(),
  quantization_config: z.object({ quant_method: z.string().optional() }).nullish(),
});

export type { Llama3RopeScaling, LlamaConfig } from "./llama-config.ts";

/** What every Llama has in common but its sizes. */
export const LLAMA_TRAITS = {
  modelType: "llama",
  biases: [],
  scales: { embedding: 1, attention: null, residual: 1, logits: 1 },
  unrotatedLayers: [],
} as const;

/** Checks the content of a `config.json`; `path` is only for messages. */
export function parseLlamaConfig(json: unknown, path: string): LlamaConfig {
  const modelType = (json as { model_type?: unknown } | null)?.model_type;
  const architecture = typeof modelType === "string" ? findArchitecture(modelType) : undefined;
  if (typeof modelType === "string" && architecture === undefined)
    throw new UserError(`${path}: ${whyNot(modelType)}.`);
  const parsed = schema.safeParse(json);
  if (!parsed.success || architecture === undefined) {
    const problems = (parsed.error?.issues ?? []).map(
      (issue) => `  ${issue.path.join(".") || "(top)"}: ${issue.message}`,
    );
    throw new UserError(
      `${path} does not describe a Llama model:\n${problems.join("\n")}\nA base must be a Hugging Face folder of the Llama architecture.`,
    );
  }
  const config = parsed.data;
  const { defaults = {}, readTraits } = architecture;
  const refuse = (what: string): never => {
    throw new UserError(`${path}: ${what} is not supported in a model of type "${architecture.modelType}".`);
  };
  if (!["silu", "swish"].includes(config.hidden_act)) refuse(`hidden_act "${config.hidden_act}"`); // two names of one function
  requirePlain(config, path, refuse);
  const kvHeads = config.num_key_value_heads ?? config.num_attention_heads;
  if (config.num_attention_heads % kvHeads !== 0) {
    throw new UserError(
      `${path}: num_attention_heads ${config.num_attention_heads} is not a multiple of num_key_value_heads ${kvHeads}.`,
    );
  }
  const headSize = config.head_dim ?? defaults.headSize ?? config.hidden_size / config.num_attention_heads;
  if (headSize % 2 !== 0) {
    throw new UserError(
      `${path}: a head of ${headSize} values cannot be rotated by halves (RoPE): head_dim, or hidden_size ${config.hidden_size} over num_attention_heads ${config.num_attention_heads}, must be an even number.`,
    );
  }
  requireOneRope(config, path);
  const scaling = config.rope_parameters ?? config.rope_scaling ?? null;
  return {
    ...LLAMA_TRAITS,
    modelType: architecture.modelType,
    hiddenSize: config.hidden_size,
    ffnSize: config.intermediate_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    kvHeads,
    headSize,
    vocabularySize: config.vocab_size,
    normEpsilon: config.rms_norm_eps,
    ropeTheta: config.rope_parameters?.rope_theta ?? config.rope_theta ?? defaults.ropeTheta ?? 10_000,
    ropeScaling: readScaling(scaling, path),
    maxPositions: config.max_position_embeddings,
    tiedEmbeddings: config.tie_word_embeddings ?? defaults.tiedEmbeddings ?? false,
    ...readTraits?.(json as ConfigJson, refuse), // an object: it passed the schema
  };
}

/** Throws UserError for what the graph would leave out in silence, or the weights cannot be read through. */
function requirePlain(config: z.infer<typeof schema>, path: string, refuse: (what: string) => never): void {
  const { rope_parameters, rope_scaling, partial_rotary_factor, layer_types, quantization_config } = config;
  const rotated = [partial_rotary_factor, rope_parameters?.partial_rotary_factor, rope_scaling?.partial_rotary_factor];
  const part = rotated.find((share) => typeof share === "number" && share !== 1);
  if (part !== undefined) refuse(`a head of which only a part is rotated (partial_rotary_factor ${part})`);
  const sliding = layer_types?.find((type) => type !== "full_attention");
  if (sliding !== undefined) refuse(`a layer of another kind of attention (layer_types: "${sliding}")`);
  if (!quantization_config) return;
  const how = quantization_config.quant_method ?? "a method that is not named";
  throw new UserError(
    `${path}: the weights are quantised (quantization_config: ${how}). Take the model as it was published before that, in BF16, F16 or F32; a GGUF of it works too.`,
  );
}

/** Throws UserError where the older and the newer spelling of the rotation are both there and do not say the same. */
function requireOneRope(config: z.infer<typeof schema>, path: string): void {
  const { rope_parameters: newer, rope_scaling: older, rope_theta: theta } = config;
  const differing = newer && [
    ...(older && JSON.stringify(readScaling(older, path)) !== JSON.stringify(readScaling(newer, path))
      ? ["rope_scaling"]
      : []),
    ...(theta !== undefined && newer.rope_theta !== undefined && theta !== newer.rope_theta ? ["rope_theta"] : []),
  ];
  if (!differing || differing.length === 0) return;
  throw new UserError(
    `${path} has rope_parameters beside ${differing.join(" and ")}, and they do not say the same: delete the one that the model was not made with.`,
  );
}

function readScaling(scaling: z.infer<typeof ropeScaling> | null, path: string): Llama3RopeScaling | null {
  if (!scaling) return null;
  const { rope_theta: theta } = scaling as { rope_theta?: number };
  const type = scaling.rope_type ?? scaling.type ?? (theta === undefined ? "that is not named" : "default");
  if (type === "default") return null;
  if (type !== "llama3")
    throw new UserError(`${path}: rope_type "${type}" is not supported; only "llama3" and "default" are.`);
  const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } = scaling;
  if (!factor || !low_freq_factor || !high_freq_factor || !original_max_position_embeddings) {
    throw new UserError(
      `${path}: rope_type "llama3" needs factor, low_freq_factor, high_freq_factor and original_max_position_embeddings.`,
    );
  }
  return {
    factor,
    lowFreqFactor: low_freq_factor,
    highFreqFactor: high_freq_factor,
    originalMaxPositions: original_max_position_embeddings,
  };
}
