import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bleu } from "./bleu.ts";
import { readSegments, scoreFiles } from "./score.ts";

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
      expect(scores.chrf.name).toBe("chrF2");
      expect(scores.chrfPlusPlus.name).toBe("chrF2++");
      expect(scores.rouge.rouge1.fMeasure).toBeGreaterThan(0.5);
    }
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
