/** Every tensor of an encoder checkpoint by its Hugging Face name, with its shape. Names stand without the prefix of a task's model. */
import type { TensorSpec } from "../../../model/index.ts";
import type { EncoderConfig, EncoderFamily } from "./config.ts";

/** A linear layer's weight [out, in] and, where it has one, bias [out]. */
export interface LinearNames {
  readonly weight: string;
  readonly bias?: string;
}

/** The parts of one layer, by name. Version 1 of DeBERTa holds query, key and value in one matrix, `fused`. */
export interface LayerNames {
  readonly query: LinearNames;
  readonly key: LinearNames;
  readonly value: LinearNames;
  readonly fused?: { readonly weight: string; readonly queryBias: string; readonly valueBias: string };
  readonly positionKey: LinearNames;
  readonly positionQuery: LinearNames;
  readonly output: LinearNames;
  readonly outputNorm: string;
  readonly up: LinearNames;
  readonly down: LinearNames;
  readonly downNorm: string;
}

/** The prefix that a model with a head on top puts before every name. */
export function checkpointPrefix(family: EncoderFamily): string {
  switch (family) {
    case "bert":
    case "distilbert":
    case "deberta":
      return `${family}.`;
    case "deberta-v2":
      return "deberta.";
    case "roberta":
    case "xlm-roberta":
    case "camembert":
      return "roberta.";
    default:
      return family satisfies never;
  }
}

/** The names of layer `index`. */
export function layerNames(family: EncoderFamily, index: number): LayerNames {
  if (family === "distilbert") {
    const at = `transformer.layer.${index}`;
    return {
      query: linear(`${at}.attention.q_lin`),
      key: linear(`${at}.attention.k_lin`),
      value: linear(`${at}.attention.v_lin`),
      positionKey: linear(""),
      positionQuery: linear(""),
      output: linear(`${at}.attention.out_lin`),
      outputNorm: `${at}.sa_layer_norm`,
      up: linear(`${at}.ffn.lin1`),
      down: linear(`${at}.ffn.lin2`),
      downNorm: `${at}.output_layer_norm`,
    };
  }
  const at = `encoder.layer.${index}`;
  const self = `${at}.attention.self`;
  const projection = family === "deberta-v2" ? "_proj" : "";
  const first = family === "deberta";
  return {
    query: linear(`${self}.query${projection}`),
    key: linear(`${self}.key${projection}`),
    value: linear(`${self}.value${projection}`),
    fused: first
      ? { weight: `${self}.in_proj.weight`, queryBias: `${self}.q_bias`, valueBias: `${self}.v_bias` }
      : undefined,
    positionKey: first ? { weight: `${self}.pos_proj.weight` } : linear(`${self}.pos_key_proj`),
    positionQuery: linear(first ? `${self}.pos_q_proj` : `${self}.pos_query_proj`),
    output: linear(`${at}.attention.output.dense`),
    outputNorm: `${at}.attention.output.LayerNorm`,
    up: linear(`${at}.intermediate.dense`),
    down: linear(`${at}.output.dense`),
    downNorm: `${at}.output.LayerNorm`,
  };
}

function linear(name: string): { weight: string; bias: string } {
  return { weight: `${name}.weight`, bias: `${name}.bias` };
}

/** The rows of the table of relative positions on either side of zero. */
export function positionSpan({ relative }: EncoderConfig): number {
  return relative === null ? 0 : relative.buckets > 0 ? relative.buckets : relative.maxDistance;
}

/** The tensors before the first layer, and those that all layers share. */
export function embeddingTensors(config: EncoderConfig): TensorSpec[] {
  const { embeddingSize: e, hiddenSize: d, vocabularySize, positionRows, typeVocabularySize } = config;
  const tensors: TensorSpec[] = [{ name: "embeddings.word_embeddings.weight", shape: [vocabularySize, e] }];
  if (positionRows > 0) tensors.push({ name: "embeddings.position_embeddings.weight", shape: [positionRows, e] });
  if (typeVocabularySize > 0)
    tensors.push({ name: "embeddings.token_type_embeddings.weight", shape: [typeVocabularySize, e] });
  if (e !== d) tensors.push({ name: "embeddings.embed_proj.weight", shape: [d, e] });
  tensors.push(...norm("embeddings.LayerNorm", d));
  return tensors;
}

/** The table of relative positions, which every layer reads; none without relative attention. */
export function relativeTensors(config: EncoderConfig): TensorSpec[] {
  const { hiddenSize: d, relative } = config;
  if (relative === null) return [];
  return [
    { name: "encoder.rel_embeddings.weight", shape: [2 * positionSpan(config), d] },
    ...(relative.isNormed ? norm("encoder.LayerNorm", d) : []),
  ];
}

/** The tensors of layer `index`; the first layer of some DeBERTas has a convolution beside it. */
export function layerTensors(config: EncoderConfig, index: number): TensorSpec[] {
  const { hiddenSize: d, ffnSize: f, heads, headSize, relative, convolution, family } = config;
  const inner = heads * headSize;
  const names = layerNames(family, index);
  const tensors: TensorSpec[] = [];
  const add = ({ weight, bias }: LinearNames, out: number, input: number) => {
    tensors.push({ name: weight, shape: [out, input] });
    if (bias !== undefined) tensors.push({ name: bias, shape: [out] });
  };
  if (names.fused) {
    const { weight, queryBias, valueBias } = names.fused;
    tensors.push(
      { name: weight, shape: [3 * inner, d] },
      { name: queryBias, shape: [inner] },
      { name: valueBias, shape: [inner] },
    );
  } else for (const part of [names.query, names.key, names.value]) add(part, inner, d);
  if (relative !== null && !relative.sharesProjections) {
    if (relative.contentToPosition) add(names.positionKey, inner, d);
    if (relative.positionToContent) add(names.positionQuery, inner, d);
  }
  add(names.output, d, inner);
  add(names.up, f, d);
  add(names.down, d, f);
  tensors.push(...norm(names.outputNorm, d), ...norm(names.downNorm, d));
  if (convolution !== null && index === 0) {
    const { kernelSize, groups } = convolution;
    tensors.push(
      { name: "encoder.conv.conv.weight", shape: [d, d / groups, kernelSize] },
      { name: "encoder.conv.conv.bias", shape: [d] },
      ...norm("encoder.conv.LayerNorm", d),
    );
  }
  return tensors;
}

function norm(name: string, width: number): TensorSpec[] {
  return [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
}
