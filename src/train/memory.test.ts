import { expect, test } from "vitest";
import { LLAMA_TRAITS, type LlamaConfig } from "../model/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { requireMemory, trainingBytes } from "./memory.ts";

/** Llama-3.2-1B. */
const config: LlamaConfig = {
  ...LLAMA_TRAITS,
  ...{ hiddenSize: 2048, ffnSize: 8192, layers: 16, heads: 32, kvHeads: 8, headSize: 64, vocabularySize: 128_256 },
  ...{ normEpsilon: 1e-5, ropeTheta: 5e5, ropeScaling: null, maxPositions: 1024, tiedEmbeddings: true },
};
const settings = { ...defaultRecipe().train, rowTokens: 1024, rowsPerRun: 1, baseDtype: "float32" as const };
const gib = 2 ** 30;

test("the estimate lies within a quarter of the measured 11.15 to 11.9 GiB of the 1B shape", () => {
  const estimate = trainingBytes(config, settings) / gib;
  expect(estimate).toBeGreaterThan(0.75 * 11.5);
  expect(estimate).toBeLessThan(1.25 * 11.5);
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
  const between = (trainingBytes(config, settings) + trainingBytes(config, shorter)) / 2;
  expect(() => requireMemory(config, settings, between)).toThrow("With train.rowTokens=512 train.maxTokens=512");
  expect(() => requireMemory(config, shorter, between)).not.toThrow();
});
