import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { clusterNearDuplicates } from "./duplicates.ts";
import { jaccard, shingle } from "./shingles.ts";
import { type SplitRow, type SplitSide, splitGroups } from "./split.ts";

const options = { testFraction: 0.05, validationFraction: 0.02, nearDuplicateJaccard: 0.7, seed: 42 };
const words = Array.from({ length: 3000 }, (_, i) => `w${i.toString(36)}`);

/** Mails of random words; every third is an earlier one with some words changed, so that all similarities occur. */
function makeRows(count: number, seed = 1): SplitRow[] {
  const random = createRandom(seed);
  const texts: string[] = [];
  return Array.from({ length: count }, (_, i) => {
    let text = Array.from({ length: 20 + random.integer(80) }, () => random.pick(words)).join(" ");
    if (i % 3 === 2) {
      const rate = random.next() / 8;
      text = random
        .pick(texts)
        .split(" ")
        .map((word) => (random.next() < rate ? random.pick(words) : word))
        .join(" ");
    }
    texts.push(text);
    return { id: `id${i}`, threadId: `t${i % 5 === 4 ? random.integer(i) : i}`, text };
  });
}

const count = (sides: Map<string, SplitSide>, side: SplitSide) =>
  [...sides.values()].filter((one) => one === side).length;

describe("shingle and jaccard", () => {
  it("compare texts as their runs of five words", () => {
    // a: 1-5, 2-6, 3-7; b: 1-5, 2-6, 3-8: 2 of 4 runs are shared
    expect(jaccard(shingle("a b c d e f g"), shingle("A, b c -- d e\nf h!"))).toBe(0.5);
    expect(jaccard(shingle("Thank you"), shingle("thank  you!"))).toBe(1);
    expect(shingle("…")).toEqual(new Uint32Array(0));
    expect(shingle("ﬁve words of Ünïcode text")).toEqual(shingle("FIVE WORDS OF ÜNÏCODE TEXT"));
  });
});

describe("clusterNearDuplicates", () => {
  it.each([0.5, 0.7, 0.9])("joins exactly the pairs that a comparison of all with all finds, at %s", (minJaccard) => {
    const sets = makeRows(400).map(({ text }) => shingle(text));
    const clusters = clusterNearDuplicates(sets, minJaccard);
    const truth = sets.map((_, i) => i); // smallest member of each cluster, by plain search
    let pairs = 0;
    for (let i = 0; i < sets.length; i++) {
      for (let j = 0; j < i; j++) {
        if (jaccard(sets[i], sets[j]) < minJaccard) continue;
        pairs++;
        const [to, from] = [truth[i], truth[j]].sort((a, b) => a - b);
        for (let k = 0; k < truth.length; k++) if (truth[k] === from) truth[k] = to;
      }
    }
    const names = new Map<number, number>();
    const found = sets.map((_, i) => {
      const root = clusters.find(i);
      if (!names.has(root)) names.set(root, i);
      return names.get(root);
    });
    expect(pairs).toBeGreaterThan(15);
    expect(found).toEqual(truth);
  });

  it("counts a similarity of just the threshold, and never an empty text", () => {
    const [a, b] = [Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), Uint32Array.of(1, 2, 3, 4, 5, 6, 7)]; // 7 of 10
    const at = clusterNearDuplicates([a, b, new Uint32Array(0), new Uint32Array(0)], 0.7);
    expect(at.find(0)).toBe(at.find(1));
    expect(at.find(2)).not.toBe(at.find(3));
    const above = clusterNearDuplicates([a, b], 0.71);
    expect(above.find(0)).not.toBe(above.find(1));
  });
});

describe("splitGroups", () => {
  const rows = makeRows(800);
  const sides = splitGroups(rows, options);

  it("puts no thread and no near-duplicate on two sides", () => {
    const sets = rows.map(({ text }) => shingle(text));
    const threads = new Map<string, SplitSide>();
    let alike = 0;
    for (const [i, { id, threadId }] of rows.entries()) {
      const side = sides.get(id)!;
      expect(threads.get(threadId) ?? side).toBe(side);
      threads.set(threadId, side);
      for (let j = 0; j < i; j++) {
        if (jaccard(sets[i], sets[j]) < options.nearDuplicateJaccard) continue;
        alike++;
        expect(sides.get(rows[j].id)).toBe(side);
      }
    }
    expect(alike).toBeGreaterThan(40);
  });

  it("gives each side about its share", () => {
    expect(sides.size).toBe(800);
    expect(count(sides, "test")).toBeGreaterThan(15); // of 40 expected
    expect(count(sides, "test")).toBeLessThan(75);
    expect(count(sides, "validation")).toBeGreaterThan(3); // of 15
    expect(count(sides, "validation")).toBeLessThan(40);
  });

  it("gives the same again in any order, and another with another seed", () => {
    expect(splitGroups(rows.toReversed(), options)).toEqual(new Map([...sides].toReversed()));
    expect(splitGroups(rows, { ...options, seed: 43 })).not.toEqual(sides);
  });

  it("leaves a mail on its side when others are added", () => {
    const more = makeRows(200, 9).map((row) => ({ ...row, id: `n${row.id}`, threadId: `n${row.threadId}` }));
    const grown = splitGroups([...rows, ...more], options);
    for (const { id } of rows) expect(grown.get(id)).toBe(sides.get(id));
  });

  it("gives test and validation a group each where there are three", () => {
    const few = makeRows(6)
      .slice(0, 2)
      .concat(makeRows(1, 5).map((row) => ({ ...row, id: "c", threadId: "c" })));
    expect([...splitGroups(few, options).values()].sort()).toEqual(["test", "train", "validation"]);
    expect(count(splitGroups(few, { ...options, testFraction: 0 }), "test")).toBe(0);
    expect([...splitGroups(few.slice(0, 1), options).values()]).toEqual(["train"]);
    expect(splitGroups([], options).size).toBe(0);
  });
});
