import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSafetensors, writeSafetensors } from "../formats/index.ts";
import { parseLlamaConfig } from "./config.ts";
import { baseTensors } from "./names.ts";
import { ropeFrequencies } from "./rope.ts";
import { digestOf, digestOfFolder, readBaseWeights, readLlamaConfig } from "./weights.ts";

const source = fileURLToPath(new URL("../../golden/train/base", import.meta.url));
let work: string;
let folders = 0;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "pocketreply-model-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** A copy of the tiny base that a test may damage. */
async function copyOfBase(): Promise<string> {
  const folder = join(work, `base-${folders++}`);
  await cp(source, folder, { recursive: true });
  return folder;
}

/** Writes the weights again with some tensors changed, or added; a null leaves one out. */
async function rewrite(
  folder: string,
  changes: Record<string, number[] | null>,
  added: Record<string, Float32Array> = {},
): Promise<void> {
  const config = await readLlamaConfig(folder);
  const reader = await openSafetensors(join(source, "model.safetensors"));
  const tensors = Object.entries(added).map(([name, data]) => ({
    ...{ name, data, dtype: "F32" as const },
    shape: name === "lm_head.weight" || name === "model.embed_tokens.weight" ? [272, 32] : [data.length],
  }));
  for (const { name, shape } of baseTensors(config)) {
    const changed = changes[name];
    if (changed === null || added[name]) continue;
    const data = changed ? new Float32Array(changed.reduce((a, b) => a * b)) : await reader.readFloat32(name);
    tensors.push({ name, shape: changed ?? shape, dtype: "F32" as const, data });
  }
  await reader.close();
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}

describe("a base folder", () => {
  test("that is whole is read", async () => {
    const config = await readLlamaConfig(source);
    expect(config).toMatchObject({
      hiddenSize: 32,
      heads: 4,
      kvHeads: 2,
      headSize: 8,
      layers: 2,
      tiedEmbeddings: true,
      ropeTheta: 500_000,
    });
    expect(config.ropeScaling).toEqual({ factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 });
    expect([...(await readBaseWeights(source, config)).keys()]).toEqual(baseTensors(config).map(({ name }) => name));
  });

  test("with missing and misshapen tensors gives one error that lists them all", async () => {
    const folder = await copyOfBase();
    await rewrite(folder, { "model.norm.weight": null, "model.layers.1.self_attn.k_proj.weight": [32, 32] });
    const error = await readBaseWeights(folder, await readLlamaConfig(folder)).catch(
      (reason: Error) => reason as Error,
    );
    expect(String(error)).toContain("model.norm.weight is missing (expected [32])");
    expect(String(error)).toContain("model.layers.1.self_attn.k_proj.weight is [32, 32] (expected [16, 32])");
    expect(String(error)).toContain("model.safetensors");
  });

  test("that holds weights the model has no place for is refused, by name; tables that follow from config.json are not", async () => {
    const folder = await copyOfBase();
    const read = async () => readBaseWeights(folder, await readLlamaConfig(folder));
    const frequencies = { "model.layers.0.self_attn.rotary_emb.inv_freq": Float32Array.of(1, 0.1) };
    await rewrite(folder, {}, frequencies);
    expect((await read()).size).toBe(20);
    await rewrite(folder, {}, { ...frequencies, "model.layers.0.self_attn.q_proj.bias": new Float32Array(32) });
    await expect(read()).rejects.toThrow("no place for: model.layers.0.self_attn.q_proj.bias. Trained without them");
  });

  test("that ties its head may hold a copy of it, not another one", async () => {
    const folder = await copyOfBase();
    const table = (await readBaseWeights(source, await readLlamaConfig(source))).get("model.embed_tokens.weight")!;
    await rewrite(folder, {}, { "lm_head.weight": table });
    expect((await readBaseWeights(folder, await readLlamaConfig(folder))).has("lm_head.weight")).toBe(false);
    await rewrite(folder, {}, { "lm_head.weight": table.with(5, 3) });
    await expect(readBaseWeights(folder, await readLlamaConfig(folder))).rejects.toThrow(
      /lm_head\.weight that differs from the embedding.*tie_word_embeddings/,
    );
  });

  test("with a value that is no number is refused: tensor and element", async () => {
    const folder = await copyOfBase();
    const table = (await readBaseWeights(source, await readLlamaConfig(source))).get("model.embed_tokens.weight")!;
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await rewrite(folder, {}, { "model.embed_tokens.weight": table.with(77, bad) });
      await expect(readBaseWeights(folder, await readLlamaConfig(folder))).rejects.toThrow(
        `model.embed_tokens.weight holds ${bad} at element 77`,
      );
    }
  });

  test("has the same digest in memory, on disk and in other files, and another one with one bit changed", async () => {
    const config = await readLlamaConfig(source);
    const weights = await readBaseWeights(source, config);
    const digest = digestOf(weights);
    expect(digest).toMatch(/^[0-9a-f]{32}$/);
    const copy = await copyOfBase();
    await rewrite(copy, {});
    expect(await digestOfFolder(copy, config)).toBe(digest);
    const table = weights.get("model.embed_tokens.weight")!;
    await rewrite(copy, {}, { "model.embed_tokens.weight": table.with(0, table[0] * (1 + 2 ** -23)) });
    expect(await digestOfFolder(copy, config)).not.toBe(digest);
  });

  test("with a truncated file names the file and what was expected", async () => {
    const folder = await copyOfBase();
    await truncate(join(folder, "model.safetensors"), 50_000);
    await expect(readBaseWeights(folder, await readLlamaConfig(folder))).rejects.toThrow(
      /model\.safetensors.*expected.*got/s,
    );
  });

  test("without weights, or without config.json, says which is not there", async () => {
    const folder = await copyOfBase();
    await rm(join(folder, "model.safetensors"));
    await expect(readBaseWeights(folder, await readLlamaConfig(folder))).rejects.toThrow("model.safetensors");
    await rm(join(folder, "config.json"));
    await expect(readLlamaConfig(folder)).rejects.toThrow("config.json");
  });

  test("of another architecture, or with parts that are not supported, names the key", async () => {
    const folder = await copyOfBase();
    const json = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
    const withChange = async (change: Record<string, unknown>) => {
      await writeFile(join(folder, "config.json"), JSON.stringify({ ...json, ...change }));
      return readLlamaConfig(folder).then(
        (config) => config,
        (error: Error) => error.message,
      );
    };
    expect(await withChange({ model_type: 3 })).toContain("model_type");
    expect(await withChange({ model_type: "gemma3_text" })).toMatch(
      /"gemma3_text" cannot be trained: it has four norms .* Take Qwen3-0.6B/,
    );
    expect(await withChange({ model_type: "qwen3_moe" })).toContain("it is a mixture of experts. Take a dense model");
    expect(await withChange({ model_type: "lfm2" })).toContain("short convolutions");
    expect(await withChange({ model_type: "mamba2" })).toContain("state-space layers");
    expect(await withChange({ model_type: "newcomer" })).toContain(
      "it is not known here. Take Llama-3.2-1B-Instruct, SmolLM2",
    );
    expect(await withChange({ model_type: "qwen3", attention_bias: true })).toContain("a bias in attention");
    expect(await withChange({ model_type: "qwen2", use_sliding_window: true })).toContain("a sliding window");
    expect(await withChange({ hidden_size: "big" })).toContain("hidden_size");
    expect(await withChange({ model_type: "granite", mlp_bias: true })).toContain(
      "a bias in attention or MLP is not supported",
    );
    expect(await withChange({ num_key_value_heads: 3 })).toContain(
      "num_attention_heads 4 is not a multiple of num_key_value_heads 3",
    );
    expect(await withChange({ rope_parameters: { rope_type: "yarn", factor: 2 } })).toContain(
      'rope_type "yarn" is not supported',
    );
    const { rope_type: type, ...numbers } = json.rope_parameters as { rope_type: string };
    expect(await withChange({ rope_parameters: null, rope_scaling: { type, ...numbers } })).toMatchObject({
      ropeScaling: { factor: 32 }, // under its older name
    });
    expect(await withChange({ rope_parameters: { type: "linear", factor: 2 } })).toContain('rope_type "linear"');
    expect(await withChange({ rope_parameters: { full_attention: { rope_type: "yarn" } } })).toContain(
      "that is not named",
    );
    for (const change of [
      { partial_rotary_factor: 0.5 },
      { rope_parameters: { type, ...numbers, partial_rotary_factor: 0.5 } },
    ])
      expect(await withChange(change)).toContain("only a part is rotated (partial_rotary_factor 0.5)");
    expect(await withChange({ layer_types: ["full_attention", "sliding_attention"] })).toContain('"sliding_attention"');
    expect(await withChange({ quantization_config: { quant_method: "awq" } })).toMatch(
      /quantised .*awq.*Take the model/,
    );
    const same = { hidden_act: "swish", partial_rotary_factor: 1, layer_types: ["full_attention", "full_attention"] };
    expect(await withChange(same)).toMatchObject({ layers: 2 });
    expect(await withChange({ head_dim: 7 })).toContain("a head of 7 values cannot be rotated by halves");
    expect(await withChange({ head_dim: null, num_attention_heads: 12 })).toContain("must be an even number");
    const older = { ...(json.rope_parameters as object), factor: 16 };
    expect(await withChange({ rope_scaling: older })).toContain(
      "rope_parameters beside rope_scaling, and they do not say the same",
    );
    expect(await withChange({ rope_theta: 10_000 })).toContain("rope_parameters beside rope_theta");
    expect(await withChange({ rope_scaling: json.rope_parameters, rope_theta: 500_000 })).toMatchObject({ kvHeads: 2 });
    expect(await withChange({ num_key_value_heads: null })).toMatchObject({ heads: 4, kvHeads: 4 });
  });
});

test("llama3 rope: short waves stay, long ones are 32 times slower, with a ramp between", () => {
  const config = parseLlamaConfig(
    {
      model_type: "llama",
      hidden_size: 2048,
      intermediate_size: 8192,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      vocab_size: 128256,
      rms_norm_eps: 1e-5,
      rope_theta: 500000,
      max_position_embeddings: 131072,
      rope_scaling: {
        rope_type: "llama3",
        factor: 32,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
    },
    "test",
  );
  const frequencies = ropeFrequencies(config);
  const plain = Array.from({ length: 32 }, (_, i) => 500_000 ** (-i / 32));
  expect(frequencies[0]).toBe(1);
  expect(frequencies[14]).toBe(plain[14]); //                        wavelength 1,956 < 2,048
  expect(frequencies[31] * 32).toBeCloseTo(plain[31], 15); //        wavelength 2,084,827 > 8,192
  // i = 16: plain 1/√500000 = 0.00141421, wavelength 4442.883; s = (8192/4442.883 − 1)/3 = 0.281283; (1 − s)/32 + s = 0.303743
  expect(frequencies[16] / plain[16]).toBeCloseTo(0.303743, 5);
});
