import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  convertStories260K,
  readStories260KVocabulary,
  STORIES_BOS_ID,
  STORIES_EOS_ID,
} from "../../scripts/fixtures/stories260k.ts";
import { writeTinyGguf } from "../../scripts/fixtures/tiny-gguf.ts";
import { exportModel } from "../export/index.ts";
import { greedyTokens, nextTokenLogProbs, openProbe } from "./probe.ts";

const golden = (path: string) => fileURLToPath(new URL(`../../golden/${path}`, import.meta.url));

let folder: string;
let reference: { greedy: number[]; logProbs: { [prefixLength: string]: number[] } };
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pocketreply-probe-"));
  reference = JSON.parse(await readFile(golden("reply/stories260K.json"), "utf8"));
  await convertStories260K(golden("stories260K"), folder);
  await exportModel({
    base: folder,
    checkpoint: null,
    out: folder,
    formats: ["gguf-f32", "gguf-f16"],
    metadata: { name: "stories260K", systemPrompt: "", dateString: "" },
    vocabulary: {
      ...(await readStories260KVocabulary(golden("stories260K"))),
      bosId: STORIES_BOS_ID,
      eosId: STORIES_EOS_ID,
    },
  });
  await writeTinyGguf(at("tiny.gguf"), { contextTokens: 64, script: ["a", "b"] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The largest difference in ln p over tokens likelier than one in a million; rarer ones are never drawn. */
function worst(found: Float32Array, truth: readonly number[]): number {
  return Math.max(...truth.map((value, id) => (value > Math.log(1e-6) ? Math.abs(value - found[id]) : 0)));
}

describe("a trained model through llama.cpp", () => {
  it("continues token for token as Hugging Face's Llama does", async () => {
    const { greedy } = reference;
    expect(await greedyTokens(at("model-f32.gguf"), greedy.slice(0, 1), 200)).toEqual(greedy.slice(1));
  });

  // F32 against float64: rounding of sums (4e-6 was measured). F16 keys, values and weights have 11 bits, 5e-4 each (1.5e-2 was measured).
  it.each([
    ["model-f32.gguf", "F32", 2e-5],
    ["model-f32.gguf", "F16", 3e-2],
    ["model-f16.gguf", "F16", 3e-2],
  ] as const)("has its probabilities (%s, cache %s: within %f)", async (file, cache, tolerance) => {
    const probe = await openProbe(at(file), { cache });
    const differences: number[] = [];
    for (const [length, truth] of Object.entries(reference.logProbs)) {
      const found = await probe.nextTokenLogProbs(reference.greedy.slice(0, Number(length)));
      expect(found).toHaveLength(512);
      expect(found.reduce((sum, logProb) => sum + Math.exp(logProb), 0)).toBeCloseTo(1, 4);
      differences.push(worst(found, truth));
    }
    await probe.close();
    expect(Math.max(...differences)).toBeLessThan(tolerance);
  });
});

describe("a probe", () => {
  it("goes on past end tokens and gives the same after another question", async () => {
    const probe = await openProbe(at("tiny.gguf"));
    const [newline, a, b] = ["\n", "a", "b"].map((text) => probe.encode(text)[0]);
    const found = await probe.greedyTokens([newline], 5);
    expect(found.slice(0, 2)).toEqual([a, b]);
    expect(found).toHaveLength(5);
    const before = await probe.nextTokenLogProbs([a, b]);
    await probe.greedyTokens([b, a, a], 3);
    expect(await probe.nextTokenLogProbs([a, b])).toEqual(before);
    expect(await probe.greedyTokens([newline], 0)).toEqual([]);
    await probe.close();
  });

  it("refuses tokens that are none, or too many", async () => {
    await expect(nextTokenLogProbs(at("tiny.gguf"), [])).rejects.toThrow("No tokens were given");
    await expect(nextTokenLogProbs(at("tiny.gguf"), [1, 9999])).rejects.toThrow("Token 9999 is not in the vocabulary");
    const probe = await openProbe(at("tiny.gguf"));
    await expect(probe.greedyTokens(new Array(60).fill(1), 5)).rejects.toThrow(
      "60 tokens and 5 more do not fit the context of 64",
    );
    expect(await probe.greedyTokens(new Array(60).fill(1), 4)).toHaveLength(4);
    await probe.close();
  });
});
