import { expect, test } from "vitest";
import { LLAMA_TRAITS, type LlamaConfig } from "../model/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { choosesRecompute, requireMemory, trainingBytes } from "./memory.ts";

/** Llama-3.2-1B. */
const config: LlamaConfig = {
  ...LLAMA_TRAITS,
  ...{ hiddenSize: 2048, ffnSize: 8192, layers: 16, heads: 32, kvHeads: 8, headSize: 64, vocabularySize: 128_256 },
  ...{ normEpsilon: 1e-5, ropeTheta: 5e5, ropeScaling: null, maxPositions: 1024, tiedEmbeddings: true },
};
const settings = { ...defaultRecipe().train, rowTokens: 1024, rowsPerRun: 1, baseDtype: "float32" as const };
const gib = 2 ** 30;

test("the estimate lies within a quarter of what was measured: SmolLM2 in int8, runs of 512 tokens, 1.69 GiB", () => {
  const smollm2 = { hiddenSize: 576, ffnSize: 1536, layers: 30, heads: 9, kvHeads: 3, vocabularySize: 49_152 };
  const int8 = { ...settings, baseDtype: "auto" as const, rowTokens: 256, rowsPerRun: 4 };
  const estimate = trainingBytes({ ...config, ...smollm2 }, int8, false) / gib;
  expect(estimate).toBeGreaterThan(0.75 * 1.69);
  expect(estimate).toBeLessThan(1.25 * 1.69);
});

test("a base of 1B in float32 on a machine of 4 GiB is refused in one line that says what is needed", () => {
  let message = "";
  try {
    requireMemory(config, settings, 4 * gib);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(
    /^Training this base of 1,236 million parameters takes about \d+\.\d GiB, and this machine has 4\.0 GiB\. No setting makes it fit: take a smaller base, or a machine with more memory\.$/,
  );
});

test("between the two it says which settings fit, and those do", () => {
  const shorter = { ...settings, rowTokens: 512, maxTokens: 512 };
  const between = (trainingBytes(config, settings, true) + trainingBytes(config, shorter, true)) / 2;
  expect(() => requireMemory(config, settings, between)).toThrow("With train.rowTokens=512 train.maxTokens=512");
  expect(() => requireMemory(config, shorter, between)).not.toThrow();
  expect(choosesRecompute(config, shorter, between)).toBe(true); // kept, its values would not fit
  expect(choosesRecompute(config, shorter, 64 * gib)).toBe(false);
});
