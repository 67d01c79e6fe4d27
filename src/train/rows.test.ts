import { describe, expect, test } from "vitest";
import { LLAMA_TRAITS, type LlamaConfig } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { defaultRecipe } from "../recipe.ts";
import type { Example } from "./pack.ts";
import { planRuns } from "./rows.ts";
import { largestRun } from "./values.ts";

const config: LlamaConfig = {
  ...LLAMA_TRAITS,
  ...{ hiddenSize: 576, ffnSize: 1536, layers: 30, heads: 9, kvHeads: 3, headSize: 64, vocabularySize: 49_152 },
  ...{ normEpsilon: 1e-5, ropeTheta: 1e5, ropeScaling: null, maxPositions: 8192, tiedEmbeddings: true },
};
const settings = { ...defaultRecipe().train, rowTokens: 1024, rowsPerRun: 1, baseDtype: "float32" as const };
const limits = { rowTokens: 1024, runTokens: 1024 };
const examples = (...lengths: number[]): Example[] =>
  lengths.map((length, i) => ({ id: `${i}`, ids: new Int32Array(length), completionStart: 1 }));
const many = (count: number, length: number) => examples(...Array<number>(count).fill(length));
/** Each run as its row length and the lengths in its rows. */
const shown = (all: readonly Example[], own: Parameters<typeof planRuns>[1] = limits) =>
  planRuns(all, own, config).map(({ rows, rowTokens }) => [rowTokens, rows.map((row) => row.map((e) => e.ids.length))]);

describe("planRuns", () => {
  test("gives sequences of one length rows of it, rounded up to 8, as many as the tokens of a run hold", () => {
    expect(shown(many(8, 256))).toEqual(Array(2).fill([256, Array(4).fill([256])]));
    expect(shown(many(4, 250))).toEqual([[256, Array(4).fill([250])]]);
    expect(shown(many(12, 256), { rowTokens: 1024, runTokens: 3072 })).toEqual([[256, Array(12).fill([256])]]);
  });

  test("runs long sequences apart from short ones", () => {
    expect(shown(examples(60, 900, 64, 58, 1000))).toEqual([
      [1000, [[1000]]],
      [904, [[900]]],
      [64, [[64], [60], [58]]],
    ]);
  });

  test("leaves no sequence out, stays within the tokens of a run, and fills rows better than one length for all", () => {
    const random = createRandom(1);
    const all = examples(...Array.from({ length: 400 }, () => 90 + Math.floor(180 * random.next() ** 2)));
    const runs = planRuns(all, { rowTokens: 320, runTokens: 1920 }, config);
    const held = runs.flatMap(({ rows }) => rows.flat());
    expect(new Set(held)).toEqual(new Set(all));
    expect(held).toHaveLength(all.length);
    for (const { rows, rowTokens } of runs) {
      expect(rows.length * rowTokens).toBeLessThanOrEqual(1920);
      for (const [{ ids }] of rows) expect(ids.length).toBeLessThanOrEqual(rowTokens);
    }
    const used = all.reduce((sum, { ids }) => sum + ids.length, 0);
    expect(used / runs.reduce((sum, { rows, rowTokens }) => sum + rows.length * rowTokens, 0)).toBeGreaterThan(0.97);
  });

  test("an int8 base gets at most 512 tokens a run, or one longer row: what a run keeps is most of its memory", () => {
    const int8 = { ...settings, baseDtype: "int8" as const };
    expect(largestRun(many(20, 256), config, int8)).toEqual({ rowTokens: 256, rowsPerRun: 2 });
    expect(largestRun(many(20, 800), config, int8)).toEqual({ rowTokens: 800, rowsPerRun: 1 });
    expect(largestRun(many(20, 256), config, settings)).toEqual({ rowTokens: 256, rowsPerRun: 4 });
  });

  test("never makes a row longer than the settings say, and plans nothing for nothing", () => {
    expect(shown(examples(1, 999), { rowTokens: 999, runTokens: 512 })[0][0]).toBe(999);
    expect(shown([])).toEqual([]);
  });
});
