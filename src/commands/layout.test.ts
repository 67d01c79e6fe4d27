import { describe, expect, it } from "vitest";
import { sideBySide, table, wrapText } from "./layout.ts";

describe("wrapText", () => {
  it("breaks at words, keeps paragraphs, cuts what is longer than a line", () => {
    expect(wrapText("one two three\n\nfour", 8)).toEqual(["one two", "three", "", "four"]);
    expect(wrapText("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(wrapText("😀😀😀", 3)).toEqual(["😀", "😀", "😀"]);
    expect(wrapText("😀a", 1)).toEqual(["😀", "a"]);
    expect(wrapText("ab abcdefgh", 4)).toEqual(["ab", "abcd", "efgh"]);
    expect(wrapText("exact fit", 9)).toEqual(["exact fit"]);
    expect(wrapText("", 9)).toEqual([""]);
  });
});

describe("sideBySide", () => {
  const columns = [
    { title: "base", text: "Yes." },
    { title: "teacher", text: "Thank you for the note, Friday suits me well." },
  ];

  it("sets columns beside each other", () => {
    expect(sideBySide(columns, 55)).toBe(
      [
        "base                         teacher",
        "──────────────────────────   ──────────────────────────",
        "Yes.                         Thank you for the note,",
        "                             Friday suits me well.",
      ].join("\n"),
    );
  });

  it("stacks them where the terminal is narrow", () => {
    expect(sideBySide(columns, 40)).toBe(
      ["base", "  Yes.", "teacher", "  Thank you for the note, Friday suits", "  me well."].join("\n"),
    );
  });
});

describe("table", () => {
  it("sets numbers to the right and words to the left", () => {
    expect(
      table(
        ["system", "BLEU"],
        [
          ["fine-tuned", "31.25"],
          ["base", "0.12"],
        ],
      ),
    ).toBe(["system       BLEU", "──────────  ─────", "fine-tuned  31.25", "base         0.12"].join("\n"));
  });

  it("fits the window: words of the widest column go to the next line, and a row stands alone where no table fits", () => {
    const head = ["reading", "BLEU", "what it is"];
    const rows = [["plain", "31.25", "as sacreBLEU counts it, over the whole test"]];
    const narrow = table(head, rows, 40);
    expect(Math.max(...narrow.split("\n").map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(narrow.split("\n")).toEqual([
      "reading   BLEU  what it is",
      `${"─".repeat(7)}  ${"─".repeat(5)}  ${"─".repeat(24)}`,
      "plain    31.25  as sacreBLEU counts it,",
      "                over the whole test",
    ]);
    expect(table(head, rows, 20)).toBe(
      ["plain", "  BLEU: 31.25", "  what it is: as", "  sacreBLEU counts", "  it, over the whole", "  test"].join("\n"),
    );
    expect(table(head, rows, 200)).toBe(table(head, rows, Number.POSITIVE_INFINITY));
  });
});
