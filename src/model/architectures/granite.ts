/** Granite, dense (transformers modeling_granite): a Llama with four fixed numbers. */
import type { Architecture, ConfigJson } from "./architecture.ts";

export const granite: Architecture = {
  modelType: "granite",
  className: "GraniteForCausalLM",
  ggufName: "granite",
  ggufPairsNeighbours: true,
  readTraits: (json, refuse) => {
    if (json.attention_bias === true || json.mlp_bias === true) refuse("a bias in attention or MLP");
    const number = (key: keyof typeof FIELDS) => readNumber(json, FIELDS[key], refuse);
    return {
      scales: {
        embedding: number("embedding"),
        attention: number("attention"),
        residual: number("residual"),
        logits: number("logits"),
      },
    };
  },
  ggufNumbers: ({ scales }) => ({
    embedding_scale: scales.embedding,
    "attention.scale": scales.attention!, // every Granite names one
    residual_scale: scales.residual,
    logit_scale: scales.logits,
  }),
  fromGguf: (number) => ({
    [FIELDS.embedding]: number("embedding_scale", 1),
    [FIELDS.attention]: number("attention.scale", 1),
    [FIELDS.residual]: number("residual_scale", 1),
    [FIELDS.logits]: number("logit_scale", 1),
  }),
};

/** Fields of config.json; each is 1 where it is missing. */
const FIELDS = {
  embedding: "embedding_multiplier",
  attention: "attention_multiplier",
  residual: "residual_multiplier",
  logits: "logits_scaling",
} as const;

function readNumber(json: ConfigJson, field: string, refuse: (what: string) => never): number {
  const value = json[field] ?? 1;
  return typeof value === "number" && value > 0 ? value : refuse(`${field} ${JSON.stringify(value)}`);
}
