import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commonIndices, commonLength } from "./lcs.ts";
import { createNgramMatcher, createVocabulary, ngramTotal } from "./ngrams.ts";

const units = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: length }).map((list) => Int32Array.from(list));

/** n-grams as text, counted in a map. */
function count(list: Int32Array, n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= list.length; i++) {
    const ngram = list.slice(i, i + n).join(" ");
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

describe("createNgramMatcher", () => {
  const match = createNgramMatcher(); // one for all cases: nothing may stay behind

  it("counts what plain maps count, clipped by the reference that has most", () => {
    const check = (candidate: Int32Array, references: Int32Array[], maxOrder: number) => {
      const expected = Array.from({ length: maxOrder }, (_, i) => {
        const known = references.map((reference) => count(reference, i + 1));
        const allowed = (ngram: string) => Math.max(0, ...known.map((counts) => counts.get(ngram) ?? 0));
        return [...count(candidate, i + 1)].reduce((sum, [ngram, times]) => sum + Math.min(times, allowed(ngram)), 0);
      });
      expect([...match(candidate, references, maxOrder)]).toEqual(expected);
    };
    fc.assert(fc.property(units(30), fc.array(units(30), { maxLength: 3 }), fc.integer({ min: 1, max: 6 }), check), {
      numRuns: 300,
    });
  });

  it("grows to long texts and shrinks back", () => {
    const long = Int32Array.from({ length: 20_000 }, (_, i) => (i * i) % 9973);
    expect([...match(long, [long], 4)]).toEqual([1, 2, 3, 4].map((n) => ngramTotal(long.length, n)));
    expect([...match(Int32Array.of(1, 2), [Int32Array.of(2, 1)], 2)]).toEqual([2, 0]);
  });
});

describe("createVocabulary", () => {
  it("numbers words as they come, names of object members among them", () => {
    const number = createVocabulary();
    expect([...number(["a", "__proto__", "a"])]).toEqual([0, 1, 0]);
    expect([...number(["constructor", "__proto__"])]).toEqual([2, 1]);
  });
});

describe("commonLength", () => {
  it("is the length of what the table finds", () => {
    const check = (a: Int32Array, b: Int32Array) => {
      expect(commonLength(a, b)).toBe(commonIndices(a, b).length);
    };
    fc.assert(fc.property(units(120), units(120), check), { numRuns: 300 });
    for (const length of [0, 1, 31, 32, 33, 64, 65])
      expect(commonLength(new Int32Array(length), new Int32Array(64))).toBe(Math.min(length, 64));
  });
});
