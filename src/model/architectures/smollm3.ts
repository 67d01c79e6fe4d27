/** SmolLM3 (transformers modeling_smollm3): every fourth layer has no rotary positions (NoPE, arXiv:2501.18795). */
import type { Architecture } from "./architecture.ts";

const INTERVAL = 4; // llama.cpp knows no other (llama-model.cpp, LLM_ARCH_SMOLLM3: n_no_rope_layer_step)

export const smollm3: Architecture = {
  modelType: "smollm3",
  className: "SmolLM3ForCausalLM",
  ggufName: "smollm3",
  ggufPairsNeighbours: true,
  defaults: { tiedEmbeddings: true, ropeTheta: 2_000_000 },
  readTraits: (json, refuse) => {
    if (json.use_sliding_window === true) refuse("attention over a sliding window (use_sliding_window)");
    if (json.attention_bias === true || json.mlp_bias === true) refuse("a bias in attention or MLP");
    const layers = Number(json.num_hidden_layers);
    const interval = Number(json.no_rope_layer_interval ?? INTERVAL);
    const rotated = Array.isArray(json.no_rope_layers) ? (json.no_rope_layers as unknown[]) : null; // 1: rotated
    const isUnrotated = (layer: number) => (rotated ? rotated[layer] === 0 : (layer + 1) % interval === 0);
    return { unrotatedLayers: Array.from({ length: layers }, (_, layer) => layer).filter(isUnrotated) };
  },
  ggufNumbers: ({ layers, unrotatedLayers }, refuse) => {
    const known = Array.from({ length: Math.floor(layers / INTERVAL) }, (_, i) => INTERVAL * (i + 1) - 1);
    if (known.join() === unrotatedLayers.join()) return {};
    return refuse(`unrotated layers ${unrotatedLayers.join(", ") || "nowhere"}: llama.cpp leaves out every fourth`);
  },
};
