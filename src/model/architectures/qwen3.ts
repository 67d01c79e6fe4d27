/** Qwen3 (arXiv:2505.09388): queries and keys are normed head by head before they are rotated; a head has 128 values whatever the width. */
import { reshape, rmsNorm } from "../../graph/index.ts";
import type { Architecture } from "./architecture.ts";

export const qwen3: Architecture = {
  modelType: "qwen3",
  className: "Qwen3ForCausalLM",
  ggufName: "qwen3",
  ggufPairsNeighbours: false,
  defaults: { headSize: 128 },
  readTraits: ({ use_sliding_window, attention_bias }, refuse) => {
    if (use_sliding_window === true) refuse("attention over a sliding window (use_sliding_window)");
    if (attention_bias === true) refuse("a bias in attention (attention_bias)");
    return {};
  },
  layerTensors: ({ headSize }) => [
    { name: "self_attn.q_norm.weight", shape: [headSize] },
    { name: "self_attn.k_norm.weight", shape: [headSize] },
  ],
  prepareHeads: (g, x, { name, count, config: { headSize, normEpsilon }, weight }) => {
    const heads = reshape(g, x, [-1, headSize]); //                                       [S·count, Hd]
    const normed = rmsNorm(g, heads, weight(`self_attn.${name}_norm.weight`), normEpsilon);
    return reshape(g, normed, [-1, count * headSize]);
  },
};
