/** The shapes that the training benchmarks run at, and random weights for them. */
import { join } from "node:path";
import { shapeSize, writeJsonFile, writeSafetensors } from "../../src/formats/index.ts";
import { baseTensors, LLAMA_TRAITS, type LlamaConfig } from "../../src/model/index.ts";
import { createRandom } from "../../src/random.ts";

const shared = { ...LLAMA_TRAITS, normEpsilon: 1e-5, tiedEmbeddings: true };
const llama3Rope = {
  ropeTheta: 500_000,
  ropeScaling: { factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 },
  maxPositions: 131_072,
};
const plainRope = { ropeTheta: 10_000, ropeScaling: null, maxPositions: 1024 };
const llama1b = {
  ...shared,
  ...llama3Rope,
  hiddenSize: 2048,
  ffnSize: 8192,
  layers: 16,
  heads: 32,
  kvHeads: 8,
  headSize: 64,
  vocabularySize: 128_256,
};
const smollm2 = {
  ...shared,
  ropeTheta: 100_000,
  ropeScaling: null,
  maxPositions: 8192,
  hiddenSize: 576,
  ffnSize: 1536,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  headSize: 64,
  vocabularySize: 49_152,
};
export const shapes: Record<string, LlamaConfig> = {
  "llama-3.2-1b": llama1b,
  "smollm2-135m": smollm2,
  "135m-3layers": { ...smollm2, layers: 3, vocabularySize: 4096 },
  "1b-2layers": { ...llama1b, layers: 2, vocabularySize: 8192 },
  pocket: {
    ...shared,
    ...plainRope,
    hiddenSize: 256,
    ffnSize: 768,
    layers: 6,
    heads: 8,
    kvHeads: 4,
    headSize: 32,
    vocabularySize: 4096,
  },
  small: {
    ...shared,
    ...plainRope,
    hiddenSize: 192,
    ffnSize: 512,
    layers: 6,
    heads: 6,
    kvHeads: 3,
    headSize: 32,
    vocabularySize: 4096,
  },
};

/** A model folder in Hugging Face layout with random bfloat16 weights: a repeated block of normal draws, because drawing 1.2 billion would take minutes. */
export async function writeRandomBase(folder: string, config: LlamaConfig): Promise<void> {
  const random = createRandom(1);
  const draws = Float32Array.from({ length: (1 << 16) + 1 }, () => 0.02 * random.normal());
  const drawn = (length: number) => {
    const data = new Float32Array(length);
    for (let at = 0; at < length; at += draws.length)
      data.set(draws.subarray(0, Math.min(draws.length, length - at)), at);
    return data;
  };
  const tensors = baseTensors(config).map(({ name, shape }) => ({
    ...{ name, shape, dtype: "BF16" as const },
    data: () => (name.includes("norm") ? new Float32Array(shapeSize(shape)).fill(1) : drawn(shapeSize(shape))),
  }));
  await writeJsonFile(join(folder, "config.json"), { model_type: "llama", ...shapeConfigJson(config) });
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}

/** A shape as the fields of a Hugging Face config.json. */
export function shapeConfigJson(config: LlamaConfig): Record<string, unknown> {
  const scaling = config.ropeScaling;
  return {
    hidden_size: config.hiddenSize,
    intermediate_size: config.ffnSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headSize,
    vocab_size: config.vocabularySize,
    rms_norm_eps: config.normEpsilon,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.tiedEmbeddings,
    rope_parameters: {
      rope_theta: config.ropeTheta,
      ...(scaling
        ? {
            rope_type: "llama3",
            factor: scaling.factor,
            low_freq_factor: scaling.lowFreqFactor,
            high_freq_factor: scaling.highFreqFactor,
            original_max_position_embeddings: scaling.originalMaxPositions,
          }
        : { rope_type: "default" }),
    },
  };
}
