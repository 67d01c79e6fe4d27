import { describe, expect, it } from "vitest";
import { createRandom } from "../../random.ts";
import { jaccard, jaccardFrom, shingle } from "../shingles.ts";
import { createNearCopies } from "./near-copies.ts";

const random = createRandom("near-copies");
const vocabulary = Array.from({ length: 2000 }, (_, i) => `w${i.toString(36)}`);
const texts: string[] = [];
for (let i = 0; i < 500; i++) {
  const words = Array.from({ length: 30 + random.integer(60) }, () => random.pick(vocabulary));
  const rate = random.next() / 10;
  const copy = () =>
    random
      .pick(texts)
      .split(" ")
      .map((word) => (random.next() < rate ? random.pick(vocabulary) : word));
  texts.push((i % 3 === 2 ? copy() : words).join(" "));
}

describe("createNearCopies", () => {
  it.each([0.5, 0.8, 0.9])("finds exactly what a comparison with all kept texts finds, at %s", (minJaccard) => {
    const nearCopies = createNearCopies<number>({ minJaccard, minWords: 5 });
    const kept: { key: number; set: Uint32Array }[] = [];
    let copies = 0;
    for (const [key, text] of texts.entries()) {
      const set = shingle(text);
      const alike = kept.filter((other) => jaccard(set, other.set) >= minJaccard);
      const found = nearCopies.look(key, text);
      expect(found !== null).toBe(alike.length > 0);
      if (found) {
        copies++;
        expect(alike.map((other) => other.key)).toContain(found.key);
        expect(found.similarity).toBeCloseTo(jaccard(set, shingle(texts[found.key])), 9);
      } else kept.push({ key, set });
    }
    expect(copies).toBeGreaterThan(20);
  });

  it("knows a copy of a long text by a sketch of it, and tells others apart", () => {
    const nearCopies = createNearCopies<number>({ minJaccard: 0.8, minWords: 5 });
    const longText = (seed: number) => {
      const words = createRandom(`long ${seed}`);
      return Array.from({ length: 3000 }, () => words.pick(vocabulary));
    };
    for (let key = 0; key < 20; key++) expect(nearCopies.look(key, longText(key).join(" "))).toBeNull();
    for (let key = 0; key < 20; key++) {
      const half = [...longText(key).slice(0, 1500), ...longText(key + 100).slice(0, 1500)].join(" "); // similarity 1/3
      const near = longText(key).map((word, i) => (i % 100 === 0 ? "other" : word)); //                  about 0.9
      expect(nearCopies.look(100 + key, half)).toBeNull();
      expect(nearCopies.look(200 + key, near.join(" "))?.key).toBe(key);
    }
  });

  it("compares with the latest of many texts that share a run", () => {
    const nearCopies = createNearCopies<number>({ minJaccard: 0.9, minWords: 5 });
    const text = (key: number) =>
      `one two three four five six seven ${"abcdefghijklmnopqrst"
        .split("")
        .map((letter) => letter + key)
        .join(" ")}`;
    for (let key = 0; key < 2000; key++) expect(nearCopies.look(key, text(key))).toBeNull();
    for (const key of [1, 1000, 1999]) expect(nearCopies.look(-1, text(key))).toEqual({ key, similarity: 1 });
  });

  it("leaves short texts alone", () => {
    const nearCopies = createNearCopies<string>({ minJaccard: 0.8, minWords: 10 });
    const short = "Thanks, see you on Friday then";
    const long = `${short}, at the same place and time as the last time`;
    expect([nearCopies.look("a", short), nearCopies.look("b", short), nearCopies.look("c", long)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(nearCopies.look("d", `${long}!`)).toEqual({ key: "c", similarity: 1 });
    expect(nearCopies.look("e", "")).toBeNull();
  });
});

describe("jaccardFrom", () => {
  it("is jaccard from the threshold on, and 0 below", () => {
    for (let i = 0; i < 300; i++) {
      const [a, b] = [shingle(random.pick(texts)), shingle(random.pick(texts))];
      const truth = jaccard(a, b);
      for (const min of [0.3, 0.7, truth]) if (min > 0) expect(jaccardFrom(a, b, min)).toBe(truth >= min ? truth : 0);
    }
    const seven = Uint32Array.of(1, 2, 3, 4, 5, 6, 7); // 7 of 10
    expect(jaccardFrom(Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), seven, 0.7)).toBe(0.7);
  });
});
