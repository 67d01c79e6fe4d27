/** Qwen2.5 (arXiv:2412.15115): a bias on queries, keys and values. */
import type { Architecture } from "./architecture.ts";

export const qwen2: Architecture = {
  modelType: "qwen2",
  className: "Qwen2ForCausalLM",
  ggufName: "qwen2",
  ggufPairsNeighbours: false,
  readTraits: ({ use_sliding_window }, refuse) => {
    if (use_sliding_window === true) refuse("attention over a sliding window (use_sliding_window)");
    return { biases: ["q_proj", "k_proj", "v_proj"] };
  },
};
