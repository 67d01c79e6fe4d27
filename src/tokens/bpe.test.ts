import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { trainBpe } from "./bpe.ts";
import { createTokenizer } from "./tokenizer.ts";

const golden = new URL("../../golden/text/", import.meta.url);
const text = readFileSync(new URL("training-text.txt", golden), "utf8");

describe("trainBpe", () => {
  it("makes the golden tokenizer again, whose merges are those of the library's trainer", () => {
    const lines = text.split(/(?<=\n)/);
    const expected = JSON.parse(readFileSync(new URL("tokenizer.json", golden), "utf8"));
    const trained = trainBpe({ texts: lines, vocabularySize: 1024 });
    expect(trained).toEqual(expected);
    expect(trainBpe({ texts: lines, vocabularySize: 1024 })).toEqual(trained);
  });

  it("merges the most frequent pair, and of equal ones that of the smaller ids, inside words only", () => {
    // "ab" ×3, "cd" ×3 and " " + "a" or "c" less often: "ab" and "cd" tie, a < c.
    const { model } = trainBpe({ texts: ["ab", "ab", "ab", "cd", "cd", "cd"], vocabularySize: 258, specialTokens: [] });
    expect(model.merges).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(model.vocab.ab).toBe(256);
  });

  it("counts overlapping pairs once each: aaaa is two merges deep", () => {
    const { model } = trainBpe({ texts: ["aaaa", "aaaa"], vocabularySize: 258, specialTokens: [] });
    expect(model.merges).toEqual([
      ["a", "a"],
      ["aa", "aa"],
    ]);
  });

  it("puts bytes first and special tokens last", () => {
    const trained = trainBpe({ texts: ["hello hello"], vocabularySize: 259, specialTokens: ["<s>", "</s>"] });
    expect(trained.added_tokens.map(({ id, content }) => [id, content])).toEqual([
      [257, "<s>"],
      [258, "</s>"],
    ]);
    const tokenizer = createTokenizer({ json: trained });
    expect(tokenizer.encode("!")).toEqual([0]);
    expect(tokenizer.vocabularySize).toBe(259);
  });

  it("refuses a vocabulary without room for bytes, and one larger than the text can fill", () => {
    expect(() => trainBpe({ texts: ["a"], vocabularySize: 200 })).toThrow("A vocabulary of 200 is too small");
    expect(() => trainBpe({ texts: ["ab"], vocabularySize: 300, specialTokens: [] })).toThrow(
      "hold only 257 different tokens; 300 were asked for",
    );
    expect(() => trainBpe({ texts: [], vocabularySize: 300 })).toThrow("hold only 256");
  });
});
