/** The architectures that can be trained, and why others cannot. */
import type { Architecture } from "./architecture.ts";
import { granite } from "./granite.ts";
import { llama } from "./llama.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import { smollm3 } from "./smollm3.ts";

const known: readonly Architecture[] = [llama, qwen2, qwen3, granite, smollm3];

/** By `model_type`; undefined for one that is not supported. */
export function findArchitecture(modelType: string): Architecture | undefined {
  return known.find((architecture) => architecture.modelType === modelType);
}

/** By the name in a GGUF. */
export function findGgufArchitecture(ggufName: string): Architecture | undefined {
  return known.find((architecture) => architecture.ggufName === ggufName);
}

/** Why models of this `model_type` (or name in a GGUF) cannot be trained here, and which of nearly their size can. */
export function whyNot(modelType: string): string {
  const [, reason, nearest] = refusals.find(([pattern]) => pattern.test(modelType)) ?? [
    null,
    "it is not known here",
    "Llama-3.2-1B-Instruct, SmolLM2, Qwen2.5, Qwen3, dense Granite or SmolLM3",
  ];
  return `the architecture ${JSON.stringify(modelType)} cannot be trained: ${reason}. Take ${nearest}`;
}

/** In order: the first pattern that matches. */
const refusals: readonly (readonly [pattern: RegExp, reason: string, nearest: string])[] = [
  [
    /moe|mixtral|dbrx|olmoe|gpt.?oss|deepseek/i,
    "it is a mixture of experts",
    "a dense model: Qwen3-0.6B or Qwen3-1.7B",
  ],
  [
    /mamba|jamba|bamba|zamba|falcon.?h1|nemotron.?h|hybrid|rwkv|plamo/i,
    "it has state-space layers",
    "SmolLM2-360M-Instruct or Qwen3-0.6B",
  ],
  [/lfm/i, "it has short convolutions in place of some attention", "SmolLM2-360M-Instruct or Qwen3-0.6B"],
  [
    /gemma/i,
    "it has four norms a layer, GeGLU and attention over sliding windows",
    "Qwen3-0.6B (for Gemma 3 270M: SmolLM2-360M-Instruct)",
  ],
  [
    /phi/i,
    "its query, key and value weights are one matrix, and part of each head is not rotated",
    "Qwen3-1.7B or SmolLM3-3B",
  ],
  [/mistral|ministral/i, "its attention looks back over a sliding window", "SmolLM3-3B"],
  [
    /gpt|opt|bloom|falcon|mpt|stablelm|starcoder/i,
    "it is of an older design without SwiGLU and RMSNorm",
    "SmolLM2 or Qwen2.5",
  ],
  [
    /olmo|cohere|command|exaone|glm|internlm|minicpm|nemotron/i,
    "its norms stand elsewhere or are of another kind",
    "Qwen3-0.6B or Llama-3.2-1B-Instruct",
  ],
];
