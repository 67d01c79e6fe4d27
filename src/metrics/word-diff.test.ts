import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffWords, type Piece } from "./word-diff.ts";

describe("diffWords", () => {
  /** "[-old-]" and "[+new+]" around what differs. */
  const show = (pieces: readonly Piece[] | null) =>
    pieces
      ?.map(({ kind, before, after }) =>
        kind === "same" ? after : kind === "added" ? `[+${after}+]` : `[-${before}-]`,
      )
      .join("");

  it("marks what a rewriting changed", () => {
    expect(show(diffWords("I will come on Monday. Best", "I can come on Friday. Best"))).toBe(
      "I [-will -][+can +]come on [-Monday-][+Friday+]. Best",
    );
    expect(show(diffWords("Yes, that works well.", "Yes, that day works well."))).toBe("Yes, that [+day +]works well.");
    expect(show(diffWords("", "a b"))).toBe("[+a b+]");
    expect(diffWords("", "")).toEqual([]);
  });

  it("sees no difference in white space, and none in capital letters if asked", () => {
    expect(show(diffWords("We  meet\nthen", "We meet then"))).toBe("We meet then");
    expect(show(diffWords("Größe ok", "größe ok"))).toBe("[-Größe -][+größe +]ok");
    expect(diffWords("Größe ok", "größe ok", { ignoreCase: true })).toEqual([
      { kind: "same", before: "Größe ok", after: "größe ok" },
    ]);
  });

  it("does not tear differing texts at a lone short word", () => {
    expect(show(diffWords("Alpha beta to gamma delta", "One two to three four"))).toBe(
      "[-Alpha beta to gamma delta-][+One two to three four+]",
    );
  });

  it("gives back both texts, letter for letter", () => {
    const texts = fc
      .array(fc.constantFrom("a", "B", "b", "c\n", "d,", "שלום", "🎂", "  ", "longer"))
      .map((words) => words.join(" "));
    fc.assert(
      fc.property(texts, texts, fc.boolean(), (before, after, ignoreCase) => {
        const pieces = diffWords(before, after, { ignoreCase })!;
        expect(pieces.map((piece) => piece.before).join("")).toBe(before);
        expect(pieces.map((piece) => piece.after).join("")).toBe(after);
        expect(pieces.every(({ kind, ...piece }) => kind !== "same" || piece.before !== "" || piece.after !== "")).toBe(
          true,
        );
      }),
      { seed: 7 },
    );
  });

  it("gives up on texts that are too long, but not on long ones that are nearly alike", () => {
    const long = (word: string) => `${word} `.repeat(200_000);
    expect(diffWords(long("a"), long("b"))).toBeNull();
    expect(diffWords(long("a"), `${long("a")}end`)).toHaveLength(2);
  });
});
