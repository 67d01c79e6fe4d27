/** Every metric against the tool it equals, over odd text; golden/evaluate/README.md says how the truth was made. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type BleuOptions, bleu, formatBleu } from "./bleu.ts";
import { type ChrfOptions, chrf } from "./chrf.ts";
import { stem } from "./porter.ts";
import { segmentRouge } from "./rouge.ts";

interface Row {
  candidates: string[];
  references: (string | null)[][];
  bleu: number[];
  verbose: string;
  signature: string;
  chrf: number[];
  chrfName: string;
  chrfSignature: string;
  rouge: [precision: number, recall: number, fMeasure: number][][];
}

const folder = process.env.POCKETREPLY_EVALUATE_GOLDEN ?? new URL("../../golden/evaluate/", import.meta.url).pathname;
const [head, ...rows] = readFileSync(`${folder}/scores.jsonl`, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line)) as [Record<string, Record<string, unknown>[]>, ...Row[]];
const bleuOptions = head.bleuOptions.map(
  (options): BleuOptions => ({
    tokenize: options.tokenize as BleuOptions["tokenize"],
    smooth: options.smooth_method as BleuOptions["smooth"],
    smoothValue: options.smooth_value as number,
    lowercase: options.lowercase as boolean,
    effectiveOrder: options.effective_order as boolean,
    maxOrder: options.max_ngram_order as number,
  }),
);
const chrfOptions = head.chrfOptions.map(
  (options): ChrfOptions => ({
    charOrder: options.char_order as number,
    wordOrder: options.word_order as number,
    beta: options.beta as number,
    lowercase: options.lowercase as boolean,
    whitespace: options.whitespace as boolean,
    epsSmoothing: options.eps_smoothing as boolean,
  }),
);

/** Options that are null or absent in Python are left to our defaults. */
function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null)) as T;
}

/** sacreBLEU adds in another order and takes other logarithms; nothing else may differ. */
const TOLERANCE = 1e-9;

function differences(compare: (row: Row) => [ours: number, truth: number][]): { compared: number; wrong: string[] } {
  let compared = 0;
  const wrong: string[] = [];
  for (const row of rows) {
    compare(row).forEach(([ours, truth], i) => {
      compared++;
      if (!(Math.abs(ours - truth) <= TOLERANCE)) {
        wrong.push(`#${i} ${ours} ≠ ${truth}: ${JSON.stringify([row.candidates, row.references])}`);
      }
    });
  }
  return { compared, wrong };
}

describe("against the reference tools", () => {
  it("BLEU equals sacreBLEU 2.6.0 for every tokenizer, smoothing, order and number of references", () => {
    const { compared, wrong } = differences(({ candidates, references, bleu: truth }) =>
      bleuOptions.map((options, i) => [bleu(candidates, references, given(options)).score, truth[i]]),
    );
    expect(wrong).toEqual([]);
    expect(compared).toBe(rows.length * 20);
  });

  it("BLEU's details and signature are sacreBLEU's, but for the version", () => {
    for (const { candidates, references, verbose, signature } of rows) {
      const score = bleu(candidates, references);
      expect(formatBleu(score)).toBe(verbose);
      expect(score.signature).toMatch(/\|impl:pocketreply-[\d.]+\|compat:2\.6\.0$/);
      expect(score.signature.replace(/\|impl:.*/, "")).toBe(signature.replace(/\|version:.*/, ""));
    }
  });

  it("chrF and chrF++ equal sacreBLEU 2.6.0", () => {
    const { compared, wrong } = differences(({ candidates, references, chrf: truth }) =>
      chrfOptions.map((options, i) => [chrf(candidates, references, given(options)).score, truth[i]]),
    );
    expect(wrong).toEqual([]);
    expect(compared).toBe(rows.length * 7);
    for (const { candidates, references, chrfName, chrfSignature } of rows) {
      const score = chrf(candidates, references, { wordOrder: 2 });
      expect(score.name).toBe(chrfName);
      expect(score.signature.replace(/\|impl:.*/, "")).toBe(chrfSignature.replace(/\|version:.*/, ""));
    }
  });

  it("ROUGE-1, -2, -L and -Lsum equal rouge_score 0.1.2, stemmed and not", () => {
    const { compared, wrong } = differences(({ candidates, references, rouge }) =>
      [true, false].flatMap((stemming, which) => {
        const known = references.map((stream) => stream[0]).filter((reference) => reference !== null);
        const ours = segmentRouge(candidates[0], known, { stemming });
        return (["rouge1", "rouge2", "rougeL", "rougeLsum"] as const).flatMap((kind, k) => {
          const [precision, recall, fMeasure] = rouge[which][k];
          return [
            [ours[kind].precision, precision],
            [ours[kind].recall, recall],
            [ours[kind].fMeasure, fMeasure],
          ] as [number, number][];
        });
      }),
    );
    expect(wrong).toEqual([]);
    expect(compared).toBe(rows.length * 24);
  });

  it("stems are NLTK's", () => {
    const pairs = readFileSync(`${folder}/stems.txt`, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" "));
    expect(pairs.length).toBeGreaterThan(3000);
    expect(pairs.filter(([word, truth]) => stem(word) !== truth).map(([word]) => [word, stem(word)])).toEqual([]);
  });
});
