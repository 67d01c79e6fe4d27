import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bleu, measureBleu } from "./bleu.ts";
import { confidenceInterval } from "./bootstrap.ts";
import { pairedRandomization } from "./paired.ts";
import { formatFileScores, scoreFiles } from "./score.ts";
import { readSegments } from "./segments.ts";
import { measureTer } from "./ter.ts";

const folder = mkdtempSync(join(tmpdir(), "score-"));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("scoreFiles", () => {
  const candidates = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
  const references = [
    ["The dog bit the man.", "It was not unexpected.", "The man bit him first."],
    ["The dog had bit the man.", "No one was surprised.", "The man had bitten the dog."],
  ];
  const text = (lines: string[]) => lines.map((line) => `${line}\n`).join("");
  const rows = (lines: string[]) => text(lines.map((line) => JSON.stringify({ id: 1, text: line })));

  it("counts and shows empty texts", async () => {
    const scores = await scoreFiles({
      candidates: file("empty.txt", "a b\n \n\n"),
      references: [file("gap.txt", "a b\n\nc\n")],
    });
    expect(scores).toMatchObject({ emptyCandidates: 2, emptyReferences: 1 });
    expect(formatFileScores(scores).slice(0, 3)).toEqual([
      "3 segments",
      "2 empty candidates, scored as they are",
      "1 empty reference, scored as it is",
    ]);
  });

  it("refuses a segment of very many lines by ROUGE, saying which", async () => {
    const long = JSON.stringify({ text: "one two three four\n".repeat(10_000) }); // 40,000 words: 1.6e9 comparisons
    const path = file("long.jsonl", `{"text":"short"}\n${long}\n`);
    await expect(scoreFiles({ candidates: path, references: [path], metrics: ["rouge"] })).rejects.toThrow(
      "Segment 2: ROUGE-Lsum compares every word of a text of several lines with every word of the other, here 40000 with 40000: that would take minutes.",
    );
  });

  it("scores text files and JSONL files alike", async () => {
    const expected = bleu(candidates, references);
    for (const [extension, write] of [
      ["txt", text],
      ["jsonl", rows],
    ] as const) {
      const scores = await scoreFiles({
        candidates: file(`candidates.${extension}`, write(candidates)),
        references: [file(`a.${extension}`, write(references[0])), file("b", text(references[1]).trimEnd())],
      });
      expect(scores.segments).toBe(3);
      expect(scores.bleu).toEqual(expected);
      expect(scores.chrf!.name).toBe("chrF2");
      expect(scores.chrfPlusPlus!.name).toBe("chrF2++");
      expect(scores.rouge!.rouge1.fMeasure).toBeGreaterThan(0.5);
      expect(Object.keys(scores)).toEqual([
        "segments",
        "emptyCandidates",
        "emptyReferences",
        "bleu",
        "chrf",
        "chrfPlusPlus",
        "rouge",
      ]);
    }
  });

  const files = () => ({
    candidates: file("c.txt", text(candidates)),
    references: [file("r1.txt", text(references[0])), file("r2.txt", text(references[1]))],
  });

  it("hands on the options of every metric, and tells them in the signatures", async () => {
    const { bleu, chrf, chrfPlusPlus, ter, rouge } = await scoreFiles({
      ...files(),
      metrics: ["rouge", "ter", "bleu", "chrf", "chrf++"],
      lowercase: true,
      bleu: { tokenize: "intl", smooth: "floor", effectiveOrder: true },
      chrf: { charOrder: 4 },
      ter: { normalized: true },
      rouge: { stemming: false },
    });
    const { score, signature } = ter!;
    expect(bleu!.signature).toContain("nrefs:2|case:lc|eff:yes|tok:intl|smooth:floor[0.10]|");
    expect(chrf!.signature).toContain("case:lc|eff:yes|nc:4|nw:0|");
    expect(chrfPlusPlus!.signature).toContain("nc:4|nw:2|");
    expect(signature).toContain("nrefs:2|case:lc|tok:tercom|norm:yes|punct:yes|asian:no|");
    expect(score).toBe(measureTer(candidates, references, { normalized: true }).score);
    expect(rouge!.signature).toContain("stem:no");
  });

  it("adds intervals, a paired test and readings where they are asked for", async () => {
    const other = ["A dog bit a man.", "It was not surprising.", "The man bit him."];
    const baseline = file("b.txt", text(other));
    const options = {
      ...files(),
      metrics: ["bleu", "ter"] as const,
      confidence: { resamples: 100, seed: 7 },
      paired: { baseline, test: "randomization", trials: 200, seed: 3 } as const,
      compat: { prompts: baseline },
    };
    const scores = await scoreFiles(options);
    const [system, known] = [measureBleu(candidates, references), measureBleu(other, references)];
    expect(scores.intervals!.bleu).toEqual(confidenceInterval(system, { resamples: 100, seed: 7 }));
    expect(Object.keys(scores.intervals!)).toEqual(["bleu", "ter"]);
    const [bleuTest] = pairedRandomization({ system: [system], baseline: [known], trials: 200, seed: 3 });
    expect(scores.paired![0]).toEqual(bleuTest);
    expect(scores.paired!.map(({ name }) => name)).toEqual(["BLEU", "TER"]);
    expect(scores.compat!.map(({ score }) => score !== null)).toEqual([true, true, true, true, false]);
    expect(JSON.parse(JSON.stringify(scores))).toEqual(await scoreFiles(options));

    const lines = formatFileScores(scores);
    expect(lines[1]).toMatch(/^BLEU = 48\.53 \(μ = \d+\.\d\d ± \d+\.\d\d\) 82\.4\/50\.0\/45\.5\/37\.5 \(BP = 0\.943/);
    expect(lines[2]).toMatch(/^ {2}nrefs:2\|bs:100\|seed:7\|case:mixed/);
    expect(lines.join("\n")).toMatch(
      /Against the baseline, paired randomization:\nBLEU 48\.53, baseline \d+\.\d\d, p = 0\.\d{4}/,
    );
    expect(lines.at(-1)).toContain("not made: it needs the model's likeliest words");
  });

  it("refuses intervals of ROUGE alone, and trials that are no number", async () => {
    const asked = { ...files(), metrics: ["rouge"] as const, confidence: {} };
    await expect(scoreFiles(asked)).rejects.toThrow("Intervals and paired tests are made of bleu, chrf, chrf++, ter");
    await expect(scoreFiles({ ...files(), confidence: { resamples: 0 } })).rejects.toThrow(
      "must be a whole number above 0, not 0",
    );
  });

  it("ends lines at LF alone, keeps empty ones, and takes a last line without LF", async () => {
    expect(await readSegments(file("x.txt", "a\rb\u2028c\u0085d\r\n\n\ufeffe"))).toEqual([
      "a\rb\u2028c\u0085d\r",
      "",
      "\ufeffe",
    ]);
    expect(await readSegments(file("y.txt", "\n"))).toEqual([""]);
    expect(await readSegments(file("z.jsonl", '{"text":"two\\nlines"}'))).toEqual(["two\nlines"]);
  });

  const one = file("one.txt", "a\n");
  const fails = (path: string) => expect(scoreFiles({ candidates: path, references: [one] })).rejects;

  it("names both counts where files differ in length", async () => {
    await fails(file("two.txt", "a\nb\n")).toThrow(/two\.txt has 2 segments, .*one\.txt has 1 segment\./);
  });

  it("names the byte and line that is no UTF-8, and takes a real U+FFFD", async () => {
    await fails(file("bad.txt", Buffer.from([0x61, 0x0a, 0xc3, 0xa9, 0xef, 0xbf, 0xbd, 0xe9, 0x62]))).toThrow(
      /bad\.txt, byte 7 \(line 2\): expected UTF-8 text, got the byte 0xe9/,
    );
    expect(await readSegments(file("good.txt", "a\ufffdb\ufffd"))).toEqual(["a\ufffdb\ufffd"]);
    await fails(file("cut.txt", Buffer.from([0x61, 0xf0, 0x9f, 0x98]))).toThrow("byte 1 (line 1)");
  });

  it("tells missing, empty and foreign files", async () => {
    await fails(join(folder, "nowhere.txt")).toThrow(/nowhere\.txt does not exist/);
    await fails(file("empty.txt", "")).toThrow(/empty\.txt is empty/);
    await fails(file("table.csv", "a,b")).toThrow(/table\.csv: \.csv files are not read/);
    await expect(scoreFiles({ candidates: one, references: [] })).rejects.toThrow("No reference file");
  });

  it("names the line of a JSONL row without text", async () => {
    await fails(file("a.jsonl", '{"text":"x"}\n{"reply":"y"}\n')).toThrow(
      /a\.jsonl, line 2: expected a string under the key "text", got a row without it \(reply\)/,
    );
    await fails(file("b.jsonl", '{"text":null}\n')).toThrow(
      'line 1: expected a string under the key "text", got null in it',
    );
    await fails(file("c.jsonl", '{"text":"x"}\n\n{"text":"y"}')).toThrow("line 2: expected a JSON row");
    await fails(file("d.jsonl", '"text"')).toThrow("line 1: expected a string");
  });
});
