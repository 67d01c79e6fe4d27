import { describe, expect, test } from "vitest";
import { LLAMA_TRAITS, type LlamaConfig } from "../model/index.ts";
import { defaultRecipe } from "../recipe.ts";
import type { Example } from "./pack.ts";
import { rowLayout } from "./rows.ts";

const config: LlamaConfig = {
  ...LLAMA_TRAITS,
  ...{ hiddenSize: 576, ffnSize: 1536, layers: 30, heads: 9, kvHeads: 3, headSize: 64, vocabularySize: 49_152 },
  ...{ normEpsilon: 1e-5, ropeTheta: 1e5, ropeScaling: null, maxPositions: 8192, tiedEmbeddings: true },
};
const settings = { ...defaultRecipe().train, rowTokens: 1024, rowsPerRun: 1, baseDtype: "float32" as const };
const examples = (...lengths: number[]): Example[] =>
  lengths.map((length, i) => ({ id: `${i}`, ids: new Int32Array(length), completionStart: 1 }));
const many = (length: number) => examples(...Array<number>(200).fill(length));

describe("rowLayout", () => {
  test("gives sequences of one length rows of it, rounded up to 32, and the same tokens a run", () => {
    expect(rowLayout(many(256), settings, config)).toEqual({ rowTokens: 256, rowsPerRun: 4 });
    expect(rowLayout(many(230), settings, config)).toEqual({ rowTokens: 256, rowsPerRun: 4 });
    expect(rowLayout(many(256), { ...settings, rowsPerRun: 3 }, config)).toEqual({ rowTokens: 256, rowsPerRun: 12 });
  });

  test("gives an int8 base at most 512 tokens a run, or one longer row: what a run keeps is most of its memory", () => {
    const int8 = { ...settings, baseDtype: "int8" as const };
    expect(rowLayout(many(256), int8, config)).toEqual({ rowTokens: 256, rowsPerRun: 2 });
    expect(rowLayout(many(800), int8, config)).toEqual({ rowTokens: 800, rowsPerRun: 1 });
  });

  test("takes longer rows where short ones would stay half empty", () => {
    // Two of 330 fill a row of 672 but for 12 tokens; beside one of 352 tokens, rows of 352 would hold one each, too.
    const lengths = Array.from({ length: 200 }, (_, i) => (i === 0 ? 640 : 330));
    expect(rowLayout(examples(...lengths), settings, config).rowTokens).toBe(672);
  });

  test("never leaves the bounds: the longest sequence fits, and a row holds no more than the settings say", () => {
    expect(rowLayout(examples(1, 2, 1000), { ...settings, rowTokens: 1000 }, config).rowTokens).toBe(1000);
    expect(rowLayout(examples(40), { ...settings, rowTokens: 48, rowsPerRun: 2 }, config)).toEqual({
      rowTokens: 48,
      rowsPerRun: 2,
    });
    expect(rowLayout([], settings, config).rowTokens).toBe(32);
  });
});
