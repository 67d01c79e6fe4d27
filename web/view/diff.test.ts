import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffWords } from "./diff.ts";

describe("diffWords", () => {
  it("marks what a rewriting changed", () => {
    expect(diffWords("I will come on Monday. Best", "I can come on Friday. Best")).toEqual([
      { text: "I ", kind: "same" },
      { text: "will ", kind: "removed" },
      { text: "can ", kind: "added" },
      { text: "come on ", kind: "same" },
      { text: "Monday", kind: "removed" },
      { text: "Friday", kind: "added" },
      { text: ". Best", kind: "same" },
    ]);
  });

  it("loses no word of either text", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "c", "d,", "שלום", "🎂")).map((words) => words.join(" "));
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const pieces = diffWords(before, after)!;
        const join = (left: string) =>
          pieces
            .filter(({ kind }) => kind !== left)
            .map(({ text }) => text)
            .join("");
        expect(join("removed")).toBe(after);
        expect(join("added").replace(/\s/g, "")).toBe(before.replace(/\s/g, ""));
      }),
    );
  });

  it("gives up on texts that are too long, but not on long ones that are nearly alike", () => {
    const long = (word: string) => `${word} `.repeat(5000);
    expect(diffWords(long("a"), long("b"))).toBeNull();
    expect(diffWords(long("a"), `${long("a")}end`)).toHaveLength(2);
  });
});
