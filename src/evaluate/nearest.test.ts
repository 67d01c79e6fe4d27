import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createWordCounter, finish } from "../metrics/index.ts";
import { createRandom } from "../random.ts";
import { type Neighbour, nearestSteps } from "./nearest.ts";

const cutWords = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** The definition: every text weighed against a mail, word by word; the first of those within 1e-9 of the highest. */
function weighEveryText(texts: readonly string[]): (mail: string) => Neighbour | null {
  const counted = texts.map(countWords);
  const found = new Map<string, number>();
  for (const counts of counted) for (const word of counts.keys()) found.set(word, (found.get(word) ?? 0) + 1);
  const weigh = (counts: ReadonlyMap<string, number>) =>
    new Map(
      [...counts].flatMap(([word, count]): [string, number][] => {
        const texts = found.get(word);
        if (texts === undefined) return [];
        return [[word, (1 + Math.log(count)) * (counted.length > 1 ? Math.log(counted.length / texts) : 1)]];
      }),
    );
  const lengthOf = (weights: ReadonlyMap<string, number>) => Math.hypot(...weights.values());
  const weighed = counted.map(weigh);
  const lengths = weighed.map(lengthOf);
  return (mail) => {
    const wanted = weigh(countWords(mail));
    const sums = weighed.map((weights, i) => {
      const sum = [...weights].reduce((total, [word, weight]) => total + weight * (wanted.get(word) ?? 0), 0);
      return sum === 0 ? 0 : sum / lengths[i];
    });
    const highest = sums.reduce((most, sum) => Math.max(most, sum), 0);
    if (highest === 0) return null;
    const index = sums.findIndex((sum) => sum >= highest - 1e-9);
    return { index, similarity: sums[index] / lengthOf(wanted) };
  };
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of cutWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function expectSame(texts: readonly string[], mails: readonly string[]): void {
  const nearest = finish(nearestSteps(texts));
  const findSlowly = weighEveryText(texts);
  for (const mail of mails) {
    const [fast, slow] = [nearest(mail), findSlowly(mail)];
    expect(fast?.index, mail).toBe(slow?.index);
    if (slow !== null) expect(fast!.similarity).toBeCloseTo(slow.similarity, 12);
  }
}

/** A text of words that are the rarer the higher their number, as words of a language are. */
function randomText(random: ReturnType<typeof createRandom>, vocabulary: number): string {
  const word = () => `w${Math.floor(vocabulary ** random.next())}`;
  return Array.from({ length: random.integer(60) }, word).join(" ");
}

describe("nearestSteps finds what weighing every text finds", () => {
  it("on random texts of small and large vocabularies", () => {
    for (const [round, vocabulary] of [3, 20, 300, 5000].entries()) {
      const random = createRandom(`nearest ${round}`);
      const make = (count: number) => Array.from({ length: count }, () => randomText(random, vocabulary));
      expectSame(make(400), make(100));
    }
  });

  it("with copies: the first of equally near texts wins", () => {
    const random = createRandom("nearest copies");
    const some = Array.from({ length: 40 }, () => randomText(random, 100));
    const texts = Array.from({ length: 300 }, () => random.pick(some).split(" ").reverse().join(" "));
    expectSame(texts, some);
    expect(finish(nearestSteps(["a b", "b a", "a b", "c"]))("b a")).toMatchObject({ index: 0 });
  });

  it("with texts said twice over, and with one long text among short ones", () => {
    const base = ["red green", "green blue blue", "blue red white"];
    expectSame([...base.map((text) => `${text} ${text}`), ...base], base);
    const long = Array.from({ length: 5000 }, (_, i) => `w${i}`).join(" ");
    expectSame(["w1 w2 w3", long, "w4 w4 w4 w5", "other"], ["w1 w2", "w4 w5 w6", long, "w4999"]);
  });

  it("where a word is in every text, and weighs nothing", () => {
    const texts = ["the invoice", "the lunch", "the server the"];
    expectSame(texts, ["the", "the the lunch", "the invoice and the server"]);
    expect(finish(nearestSteps(texts))("the")).toBeNull();
  });

  it("with no text, an empty one, one text, and as many as two, four and eight", () => {
    for (const mail of ["", "a", "a b", "?!"]) {
      for (const texts of [[], [""], ["a"], ["", "a"], ["a", "a"]]) expectSame(texts, [mail]);
    }
    for (const count of [2, 3, 4, 5, 8, 9]) {
      const texts = Array.from({ length: count }, (_, i) => `n${i} n${i >> 1} n${i >> 2}`);
      expectSame(texts, texts);
    }
  });

  it("on one common word, which many texts hold alone", () => {
    const texts = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? "yes" : `yes${i} no`));
    expectSame(texts, ["yes", "no", "yes no yes7"]);
  });

  const corpus = fileURLToPath(new URL("../../golden/lists/lists.mbox.gz", import.meta.url));
  it("on real mail as it was sent", () => {
    const messages = gunzipSync(readFileSync(corpus))
      .toString("utf8")
      .split("\nFrom ")
      .map((text) => text.slice(0, 3000));
    expect(messages).toHaveLength(175);
    expectSame(messages.slice(0, 150), messages.slice(150));
  });
});

describe("createWordCounter", () => {
  const read = (texts: readonly string[]) => {
    const counter = createWordCounter();
    const numbers = new Map<string, number>();
    for (const text of texts) {
      const expected = [...countWords(text)];
      for (const [word] of expected) if (!numbers.has(word)) numbers.set(word, numbers.size);
      const { length, words, counts } = counter.learn(text);
      expect(length).toBe(expected.length);
      expect([...words.subarray(0, length)]).toEqual(expected.map(([word]) => numbers.get(word)));
      expect([...counts.subarray(0, length)]).toEqual(expected.map(([, count]) => count));
    }
    expect(counter.size()).toBe(numbers.size);
  };

  it("cuts as the pattern does: accents, marks, other scripts and sizes, letters beyond 16 bits, halves of them", () => {
    read([
      "Ärger, ÄRGER; don’t don't ﬁn x² İstanbul ΣΊΣΥΦΟΣ",
      "日本語 한국어 हिन्दी עברית a\u0301b",
      "𝔘nicode 𐐀𐐨 😀smile😀 \ud835 \udd18x \ud800",
      "",
      "…—",
      "end",
    ]);
  });

  it("grows past every limit it starts with", () => {
    read([
      Array.from({ length: 5000 }, (_, i) => `word${i}`).join(" "),
      "x".repeat(20_000),
      Array.from({ length: 5001 }, (_, i) => `word${i}`).join("-"),
    ]);
  });

  it("leaves out unknown words where it only looks", () => {
    const counter = createWordCounter();
    counter.learn("one two");
    expect({ ...counter.look("two three two"), words: undefined, counts: undefined }).toMatchObject({ length: 1 });
    expect(counter.size()).toBe(2);
  });
});
