import { describe, expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { type Example, lossTokens, packRows, rowFeeds } from "./pack.ts";

const example = (id: string, length: number, completionStart = 1): Example => ({
  id,
  ids: Int32Array.from({ length }, (_, i) => i + 10),
  completionStart,
});

describe("packRows", () => {
  test("fills rows best-fit: 6+2, 5+3 and 4 in rows of 8", () => {
    const rows = packRows([example("a", 4), example("b", 2), example("c", 6), example("d", 3), example("e", 5)], 8);
    expect(rows.map((row) => row.map(({ id }) => id))).toEqual([["c", "b"], ["e", "d"], ["a"]]);
  });

  test("loses nothing and never overfills, whatever the lengths", () => {
    const random = createRandom("pack");
    const examples = Array.from({ length: 300 }, (_, i) => example(`${i}`, 1 + random.integer(64)));
    const rows = packRows(examples, 64);
    expect(
      rows
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(examples.map(({ id }) => id).sort());
    for (const row of rows) expect(row.reduce((sum, { ids }) => sum + ids.length, 0)).toBeLessThanOrEqual(64);
    const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0);
    expect(rows.length).toBeLessThanOrEqual(Math.ceil((tokens / 64) * 1.05));
  });

  test("a sequence longer than a row is our bug and says so", () => {
    expect(() => packRows([example("long", 9)], 8)).toThrow("sequence long has 9 tokens, a row holds 8");
    expect(packRows([example("exact", 8)], 8)).toHaveLength(1);
    expect(packRows([], 8)).toEqual([]);
  });
});

test("rowFeeds restarts positions, numbers segments, and asks for loss on completions only", () => {
  const feeds = rowFeeds([[example("a", 3, 2), example("b", 2, 0)], [example("c", 4, 3)]], 6, 0.25);
  const list = (name: string) => [...feeds[name].data].map(Number);
  expect(list("tokens")).toEqual([10, 11, 12, 10, 11, 0, 10, 11, 12, 13, 0, 0]);
  expect(list("positions")).toEqual([0, 1, 2, 0, 1, 0, 0, 1, 2, 3, 0, 1]);
  expect(list("segments")).toEqual([1, 1, 1, 2, 2, 0, 1, 1, 1, 1, 0, 0]);
  // a predicts its third token from position 1; b (no prompt) its second from position 3; c its fourth from position 8.
  expect(list("lossPositions")).toEqual([1, 3, 8]);
  expect(list("targets")).toEqual([12, 11, 13]);
  expect(list("weights")).toEqual([0.25, 0.25, 0.25]);
  expect(lossTokens(example("b", 2, 0))).toBe(1);
});

test("loss weights stand in the order of the rows, those of another number of tokens are refused", () => {
  const [a, b] = [example("a", 3), example("b", 5, 3)];
  const weights = new Map([
    [a, [1, -2]],
    [b, [3, 4]],
  ]);
  expect([...rowFeeds([[b], [a]], 8, weights).weights.data]).toEqual([3, 4, 1, -2]);
  expect(() => rowFeeds([[a]], 8, new Map([[a, [1]]]))).toThrow("a has 1 weights for 2");
});
