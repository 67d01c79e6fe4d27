/** The shape of a BERT-family encoder, read from a Hugging Face `config.json`. */
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../../errors.ts";
import { readJsonFile } from "../../../formats/index.ts";

/** The families of encoders that are built here, by their `model_type`. */
export const ENCODER_FAMILIES = [
  "bert",
  "roberta",
  "xlm-roberta",
  "camembert",
  "distilbert",
  "deberta",
  "deberta-v2",
] as const;
export type EncoderFamily = (typeof ENCODER_FAMILIES)[number];

/** Relative positions in attention (DeBERTa, arXiv:2006.03654 §3.1; buckets as in its version 2). */
export interface RelativePositions {
  /** Distances from here on count as the same. */
  readonly maxDistance: number;
  /** Log-spaced buckets of version 2 and 3; 0 for one row a distance. */
  readonly buckets: number;
  readonly contentToPosition: boolean;
  readonly positionToContent: boolean;
  /** Whether positions are projected by the weights of the content. */
  readonly sharesProjections: boolean;
  /** Whether the table of positions passes a layer norm first. */
  readonly isNormed: boolean;
}

/** The convolution beside the first layer of DeBERTa 2. */
export interface EncoderConvolution {
  readonly kernelSize: number;
  readonly groups: number;
  readonly activation: Activation;
}

const activations = ["gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "tanh"] as const;
export type Activation = (typeof activations)[number];

/** What the graph needs to know of an encoder. */
export interface EncoderConfig {
  readonly family: EncoderFamily;
  readonly hiddenSize: number; //        D
  readonly embeddingSize: number; //     E, D but for a few DeBERTas
  readonly ffnSize: number; //           F
  readonly layers: number; //            L
  readonly heads: number; //             H
  readonly headSize: number; //          Hd
  readonly vocabularySize: number; //    V
  /** Rows of the table of absolute positions; 0 where there is none. */
  readonly positionRows: number;
  /** The first row that stands for a position: pad_token_id + 1 in RoBERTa. */
  readonly firstPosition: number;
  readonly typeVocabularySize: number;
  /** The longest sequence the weights were made for. */
  readonly maxTokens: number;
  readonly padId: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  /** The divisor of attention scores is √(Hd · this). */
  readonly scoreScale: number;
  readonly relative: RelativePositions | null;
  readonly convolution: EncoderConvolution | null;
  /** The name that the weights were loaded from when the folder was written. */
  readonly sourceName: string | null;
}

const size = z.number().int().positive();
const common = {
  vocab_size: size,
  max_position_embeddings: size,
  pad_token_id: z.number().int().nullish(),
  _name_or_path: z.string().optional(),
};
const bertSchema = z.object({
  ...common,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  type_vocab_size: z.number().int().min(0).optional(),
  layer_norm_eps: z.number().positive().default(1e-12),
  hidden_act: z.string().default("gelu"),
  position_embedding_type: z.string().nullish(),
  embedding_size: size.nullish(),
  is_decoder: z.boolean().default(false),
});
const distilbertSchema = z.object({
  ...common,
  dim: size,
  hidden_dim: size,
  n_layers: size,
  n_heads: size,
  activation: z.string().default("gelu"),
});
const debertaSchema = bertSchema.extend({
  relative_attention: z.boolean().default(false),
  max_relative_positions: z.number().int().default(-1),
  position_buckets: z.number().int().default(-1),
  pos_att_type: z.union([z.string(), z.array(z.string())]).nullish(),
  position_biased_input: z.boolean().default(true),
  share_att_key: z.boolean().default(false),
  norm_rel_ebd: z.string().default("none"),
  talking_head: z.boolean().default(false),
  attention_head_size: size.nullish(),
  conv_kernel_size: z.number().int().default(0),
  conv_groups: size.default(1),
  conv_act: z.string().default("tanh"),
});

/** Reads and checks `folder/config.json`. Throws UserError naming the key that is missing, wrong or not supported. */
export async function readEncoderConfig(folder: string): Promise<EncoderConfig> {
  const path = join(folder, "config.json");
  return parseEncoderConfig(await readJsonFile(path), path);
}

/** Checks the content of a `config.json`; `path` is only for messages. */
export function parseEncoderConfig(json: unknown, path: string): EncoderConfig {
  const kind = (json as { model_type?: unknown } | null)?.model_type;
  const family = ENCODER_FAMILIES.find((known) => known === kind);
  if (family === undefined) {
    const got = kind === undefined ? "has no model_type" : `is of the architecture ${JSON.stringify(kind)}`;
    throw new UserError(`${path} ${got}. Encoders that are supported: ${ENCODER_FAMILIES.join(", ")}.`);
  }
  switch (family) {
    case "distilbert":
      return fromDistilbert(parse(distilbertSchema, json, path), path);
    case "deberta":
    case "deberta-v2":
      return fromDeberta(parse(debertaSchema, json, path), family, path);
    case "bert":
    case "roberta":
    case "xlm-roberta":
    case "camembert":
      return fromBert(parse(bertSchema, json, path), family, path);
    default:
      return family satisfies never;
  }
}

function parse<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join(".") || "(top)"}: ${issue.message}`);
  throw new UserError(`${path} does not describe an encoder:\n${problems.join("\n")}`);
}

type BertJson = z.infer<typeof bertSchema>;

function fromBert(json: BertJson, family: EncoderFamily, path: string): EncoderConfig {
  if (json.is_decoder) throw refuse(path, "is_decoder");
  if ((json.position_embedding_type ?? "absolute") !== "absolute")
    throw refuse(path, `position_embedding_type ${JSON.stringify(json.position_embedding_type)}`);
  const padId = json.pad_token_id ?? (family === "bert" ? 0 : 1);
  const firstPosition = family === "bert" ? 0 : padId + 1;
  return {
    ...fromShared(json, family, path),
    positionRows: json.max_position_embeddings,
    firstPosition,
    maxTokens: json.max_position_embeddings - firstPosition,
    typeVocabularySize: json.type_vocab_size ?? 2,
    padId,
    scoreScale: 1,
    relative: null,
    convolution: null,
  };
}

function fromShared(json: BertJson, family: EncoderFamily, path: string) {
  return {
    family,
    hiddenSize: json.hidden_size,
    embeddingSize: json.hidden_size,
    ffnSize: json.intermediate_size,
    layers: json.num_hidden_layers,
    heads: json.num_attention_heads,
    headSize: headSizeOf(json.hidden_size, json.num_attention_heads, path),
    vocabularySize: json.vocab_size,
    normEpsilon: json.layer_norm_eps,
    activation: activationOf(json.hidden_act, "hidden_act", path),
    sourceName: json._name_or_path ?? null,
  };
}

function fromDistilbert(json: z.infer<typeof distilbertSchema>, path: string): EncoderConfig {
  return {
    family: "distilbert",
    hiddenSize: json.dim,
    embeddingSize: json.dim,
    ffnSize: json.hidden_dim,
    layers: json.n_layers,
    heads: json.n_heads,
    headSize: headSizeOf(json.dim, json.n_heads, path),
    vocabularySize: json.vocab_size,
    positionRows: json.max_position_embeddings,
    firstPosition: 0,
    typeVocabularySize: 0,
    maxTokens: json.max_position_embeddings,
    padId: json.pad_token_id ?? 0,
    normEpsilon: 1e-12,
    activation: activationOf(json.activation, "activation", path),
    scoreScale: 1,
    relative: null,
    convolution: null,
    sourceName: json._name_or_path ?? null,
  };
}

function fromDeberta(json: z.infer<typeof debertaSchema>, family: EncoderFamily, path: string): EncoderConfig {
  if (json.talking_head) throw refuse(path, "talking_head");
  const kinds = typeof json.pos_att_type === "string" ? json.pos_att_type.split("|") : (json.pos_att_type ?? []);
  const named = kinds.map((kind) => kind.trim().toLowerCase()).filter((kind) => kind !== "");
  const foreign = named.filter((kind) => kind !== "c2p" && kind !== "p2c");
  if (foreign.length > 0) throw refuse(path, `pos_att_type ${JSON.stringify(foreign[0])}`);
  const second = family === "deberta-v2";
  const [contentToPosition, positionToContent] = [named.includes("c2p"), named.includes("p2c")];
  const shared = fromShared(json, family, path);
  return {
    ...shared,
    embeddingSize: json.embedding_size ?? json.hidden_size,
    headSize: (second ? json.attention_head_size : null) ?? shared.headSize,
    positionRows: json.position_biased_input ? json.max_position_embeddings : 0,
    firstPosition: 0,
    typeVocabularySize: json.type_vocab_size ?? 0,
    maxTokens: json.max_position_embeddings,
    padId: json.pad_token_id ?? 0,
    scoreScale: 1 + named.length,
    relative: !json.relative_attention
      ? null
      : {
          maxDistance: json.max_relative_positions < 1 ? json.max_position_embeddings : json.max_relative_positions,
          buckets: second ? Math.max(json.position_buckets, 0) : 0,
          contentToPosition,
          positionToContent,
          sharesProjections: second && json.share_att_key,
          isNormed: /(^|\|)\s*layer_norm\s*(\||$)/.test(json.norm_rel_ebd.toLowerCase()),
        },
    convolution:
      !second || json.conv_kernel_size <= 0
        ? null
        : {
            kernelSize: json.conv_kernel_size,
            groups: json.conv_groups,
            activation: activationOf(json.conv_act, "conv_act", path),
          },
  };
}

function headSizeOf(hiddenSize: number, heads: number, path: string): number {
  if (hiddenSize % heads === 0) return hiddenSize / heads;
  throw new UserError(`${path}: the hidden size ${hiddenSize} is not a multiple of the number of heads ${heads}.`);
}

function activationOf(name: string, key: string, path: string): Activation {
  const known = activations.find((activation) => activation === name);
  if (known === undefined) throw refuse(path, `${key} ${JSON.stringify(name)} (known: ${activations.join(", ")})`);
  return known;
}

function refuse(path: string, what: string): UserError {
  return new UserError(`${path}: ${what} is not supported.`);
}
