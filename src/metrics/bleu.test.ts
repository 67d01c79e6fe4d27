import { describe, expect, it } from "vitest";
import { bleu, bleuScore, formatBleu, measureBleu, scoreBleuSums, sentenceBleu } from "./bleu.ts";
import { sumRows } from "./statistics.ts";
import { tokenizeSegment } from "./words.ts";

const candidates = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
const references = [
  ["The dog bit the man.", "It was not unexpected.", "The man bit him first."],
  ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."],
];

describe("bleu", () => {
  it("is sacreBLEU's README example", () => {
    const score = bleu(candidates, references);
    expect(score.score).toBeCloseTo(48.530827, 6);
    expect(formatBleu(score)).toBe(
      "BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)",
    );
    expect(score.signature).toMatch(
      /^nrefs:2\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|impl:pocketreply-[\d.]+\|compat:2\.6\.0$/,
    );
    expect(bleu(candidates, references)).toEqual(score);
    expect(bleu(candidates, references, { tokenize: undefined, maxOrder: undefined })).toEqual(score);
  });

  it("tells smoothing values, case and a variable number of references in its signature", () => {
    const options = { smooth: "floor", lowercase: true, effectiveOrder: true, tokenize: "intl" } as const;
    const some = [references[0], [null, "No one was surprised.", null]];
    expect(bleu(candidates, some, options).signature).toMatch(
      /^nrefs:var\|case:lc\|eff:yes\|tok:intl\|smooth:floor\[0\.10\]\|impl:/,
    );
    expect(bleu(candidates, references, { smooth: "add-k", smoothValue: 2 }).signature).toContain("smooth:add-k[2.00]");
  });

  it("follows the arithmetic by hand", () => {
    // 3 of 4 words, 1 of 3 pairs, 0 of 2 triples, 0 of 1: exp smoothing gives 75, 33.3, 100/(2·2), 100/(4·1).
    const { precisions, score, brevityPenalty } = bleu(["a b x d"], [["a b c d e"]]);
    expect(precisions).toEqual([75, 100 / 3, 25, 25]);
    expect(brevityPenalty).toBe(Math.exp(1 - 5 / 4));
    expect(score).toBeCloseTo(Math.exp(-0.25) * (75 * (100 / 3) * 25 * 25) ** 0.25, 10);
  });

  it("is 100 for equal texts of four words, and 0 where nothing matches, whatever the smoothing", () => {
    expect(bleu(["a b c d"], [["a b c d"]]).score).toBeCloseTo(100, 10);
    for (const smooth of ["exp", "floor", "add-k", "none"] as const)
      expect(bleu(["a b"], [["c d"]], { smooth }).score).toBe(0);
    expect(bleu([""], [[""]]).score).toBe(0);
  });

  it("is 0 for three equal words, unless the order is effective", () => {
    expect(bleu(["a b c"], [["a b c"]]).score).toBe(0);
    expect(sentenceBleu("a b c", ["a b c"]).score).toBeCloseTo(100, 10);
  });

  it("sums: statistics of the segments give the score of the corpus", () => {
    const measured = measureBleu(candidates, references);
    // a row: words, closest reference's words, matches of 1 to 4 words, n-grams of 1 to 4 words
    expect([...measured.statistics.values.subarray(0, 10)]).toEqual([6, 6, 6, 5, 4, 3, 6, 5, 4, 3]);
    expect(scoreBleuSums(sumRows(measured.statistics)).score).toBe(bleu(candidates, references).score);
    expect(bleuScore(measured)).toEqual(bleu(candidates, references));
  });

  it("takes words that are names of object members for words", () => {
    expect(
      bleu(["constructor __proto__ toString valueOf"], [["constructor __proto__ toString valueOf"]]).score,
    ).toBeCloseTo(100, 10);
  });

  it("refuses streams that do not fit", () => {
    expect(() => bleu([], [[]])).toThrow("the list of candidates is empty");
    expect(() => bleu(["a"], [])).toThrow("no reference stream");
    expect(() => bleu(["a", "b"], [["a", "b"], ["a"]])).toThrow(
      "2 candidates cannot be compared with 1 references (stream 2)",
    );
    expect(() => bleu(["a", "b"], [["a", null]])).toThrow("Segment 2 has no reference");
  });
});

describe("13a words", () => {
  const words = (text: string) => tokenizeSegment(text, "13a", false);

  it("splits as mteval-v13a does", () => {
    expect(words("Meet at 3:30 p.m.")).toEqual(["Meet", "at", "3", ":", "30", "p", ".", "m", "."]);
    expect(words("1,250.75 [Name], don't")).toEqual(["1,250.75", "[", "Name", "]", ",", "don't"]);
    expect(words("2-\nline 2-3 a-b")).toEqual(["2line", "2", "-", "3", "a-b"]);
    expect(words("&amp;lt; &quot;x&quot; <skipped>y")).toEqual(["<", '"', "x", '"', "y"]);
    expect(words("“curly” — … 😀.")).toEqual(["“curly”", "—", "…", "😀", "."]);
  });

  it("has Python's whitespace, not JavaScript's", () => {
    expect(words("a\u0085b\u001cc\ufeffd\u00a0e")).toEqual(["a", "b", "c\ufeffd", "e"]);
  });
});
