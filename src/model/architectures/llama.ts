/** Llama 3.2, SmolLM2 and others of `model_type` "llama". */
import type { Architecture } from "./architecture.ts";

export const llama: Architecture = {
  modelType: "llama",
  className: "LlamaForCausalLM",
  ggufName: "llama",
  ggufPairsNeighbours: true,
  readTraits: ({ attention_bias, mlp_bias }) => ({
    biases: [
      ...(attention_bias === true ? ["q_proj", "k_proj", "v_proj", "o_proj"] : []),
      ...(mlp_bias === true ? ["gate_proj", "up_proj", "down_proj"] : []),
    ],
  }),
};
