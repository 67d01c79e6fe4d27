/** TER, intervals, paired tests and the generator against sacreBLEU and NumPy; golden/evaluate/README.md says how the truth was made. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type BleuOptions, bleuScore, formatBleu, measureBleu, scoreBleuSums } from "./bleu.ts";
import { confidenceInterval, resampleSteps } from "./bootstrap.ts";
import { type ChrfOptions, measureChrf } from "./chrf.ts";
import { formatScore } from "./format.ts";
import { pairedBootstrap, pairedRandomization } from "./paired.ts";
import { createPcg64 } from "./pcg64.ts";
import type { Measured } from "./statistics.ts";
import { finish } from "./steps.ts";
import { measureTer, type TerOptions, terScore } from "./ter.ts";

const larger = process.env.POCKETREPLY_EVALUATE_GOLDEN; // a run that is not kept, and may take its time
const patience = larger === undefined ? {} : { timeout: 1_200_000 };
const folder = larger ?? new URL("../../golden/evaluate/", import.meta.url).pathname;

function golden<Head, Row>(name: string): [Head, ...Row[]] {
  return readFileSync(`${folder}/${name}`, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line)) as [Head, ...Row[]];
}

/** sacreBLEU adds in another order and takes other logarithms; nothing else may differ. */
const TOLERANCE = 1e-9;
const near = (ours: number, truth: number) => Math.abs(ours - truth) <= TOLERANCE;

const withoutVersion = (signature: string) => signature.replace(/\|(impl|version):.*/, "");

const terOptions = (options: Record<string, unknown>): TerOptions => ({
  normalized: options.normalized as boolean,
  noPunctuation: options.no_punct as boolean,
  asianSupport: options.asian_support as boolean,
  caseSensitive: options.case_sensitive as boolean,
});
const bleuOptions = (options: Record<string, unknown>): BleuOptions => ({
  tokenize: options.tokenize as BleuOptions["tokenize"],
  smooth: options.smooth_method as BleuOptions["smooth"],
  smoothValue: options.smooth_value as number,
  lowercase: options.lowercase as boolean,
  effectiveOrder: options.effective_order as boolean,
});
const chrfOptions = (options: Record<string, unknown>): ChrfOptions => ({
  charOrder: options.char_order as number,
  wordOrder: options.word_order as number,
  beta: options.beta as number,
  lowercase: options.lowercase as boolean,
  epsSmoothing: options.eps_smoothing as boolean,
});

type Metric = [name: "BLEU" | "CHRF" | "TER", options: Record<string, unknown>];

function measure([name, options]: Metric, candidates: string[], references: string[][]): Measured {
  if (name === "BLEU") return measureBleu(candidates, references, bleuOptions(options));
  if (name === "CHRF") return measureChrf(candidates, references, chrfOptions(options));
  return measureTer(candidates, references, terOptions(options));
}

describe("TER", () => {
  interface Row {
    candidates: string[];
    references: (string | null)[][];
    ter: [score: number, edits: number][];
    printed: string;
    signature: string;
  }
  const [head, ...rows] = golden<{ options: Record<string, unknown>[] }, Row>("ter.jsonl");

  it("equals sacreBLEU 2.6.0 in every option, with its edits and signature", patience, () => {
    const wrong: string[] = [];
    for (const { candidates, references, ter, printed, signature } of rows) {
      head.options.forEach((options, i) => {
        const measured = measureTer(candidates, references, terOptions(options));
        const score = terScore(measured);
        if (!near(score.score, ter[i][0]) || score.edits !== ter[i][1])
          wrong.push(`#${i} ${score.score}, ${score.edits} ≠ ${ter[i]}: ${JSON.stringify([candidates, references])}`);
        if (i > 0) return;
        expect(formatScore("TER", score.score)).toBe(printed);
        expect(withoutVersion(score.signature)).toBe(withoutVersion(signature));
      });
    }
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(60);
  });
});

describe("resampling", () => {
  interface Row {
    system: string[];
    baseline: string[];
    references: string[][];
    seed: number;
    resamples: number;
    metrics: {
      /** Null where sacreBLEU fails: a resample scores a plain 0 among NumPy's numbers. */
      confidence: [mean: number, halfWidth: number, signature: string, printed: string] | null;
      bs: [
        p: number,
        score: number,
        baseline: number,
        mean: number,
        halfWidth: number,
        baselineMean: number,
        baselineHalfWidth: number,
        signature: string,
      ];
      ar: [p: number, score: number, baseline: number, signature: string];
    }[];
  }
  const [head, ...rows] = golden<{ metrics: Metric[] }, Row>("resampling.jsonl");
  const measured = rows.map((row) =>
    head.metrics.map((metric) => ({
      system: measure(metric, row.system, row.references),
      baseline: measure(metric, row.baseline, row.references),
    })),
  );
  const each = (
    check: (row: Row, metric: Metric, pair: { system: Measured; baseline: Measured }, truth: Row["metrics"][0]) => void,
  ) => {
    rows.forEach((row, r) => {
      for (const [m, metric] of head.metrics.entries()) check(row, metric, measured[r][m], row.metrics[m]);
    });
  };

  it("gives sacreBLEU's confidence intervals, and prints them as it does", patience, () => {
    let compared = 0;
    each(({ seed, resamples, ...row }, metric, { system }, { confidence }) => {
      const interval = confidenceInterval(system, { seed, resamples });
      expect(interval.low).toBeLessThanOrEqual(interval.high);
      if (confidence === null) return;
      const [mean, halfWidth, signature, printed] = confidence;
      compared++;
      expect
        .soft(
          [near(interval.mean, mean), near(interval.halfWidth, halfWidth)],
          JSON.stringify({ metric, interval, confidence, seed, resamples, row }),
        )
        .toEqual([true, true]);
      expect(withoutVersion(interval.signature)).toBe(withoutVersion(signature));
      const [name, options] = metric;
      const text =
        name === "BLEU"
          ? formatBleu(bleuScore(system, bleuOptions(options)), interval)
          : formatScore(system.name, system.score, interval);
      expect(text).toBe(printed);
    });
    expect(compared).toBeGreaterThan(250);
  });

  it("gives sacreBLEU's paired bootstrap: equal p-values, means and intervals", patience, () => {
    each(({ seed, resamples: trials }, metric, { system, baseline }, { bs }) => {
      const [result] = pairedBootstrap({ system: [system], baseline: [baseline], seed, trials });
      const { pValue, score, baselineScore, interval, baselineInterval, signature } = result;
      expect(pValue, JSON.stringify({ metric, bs, result })).toBe(bs[0]);
      const ours = [
        score,
        baselineScore,
        interval!.mean,
        interval!.halfWidth,
        baselineInterval!.mean,
        baselineInterval!.halfWidth,
      ];
      expect(
        ours.map((value, i) => near(value, bs[i + 1] as number)),
        JSON.stringify({ metric, ours, bs }),
      ).not.toContain(false);
      expect(withoutVersion(signature)).toBe(withoutVersion(bs[7]));
    });
  });

  it("gives sacreBLEU's approximate randomization: equal p-values", patience, () => {
    each(({ seed, resamples: trials }, metric, { system, baseline }, { ar }) => {
      const [result] = pairedRandomization({ system: [system], baseline: [baseline], seed, trials });
      expect([metric, result.pValue]).toEqual([metric, ar[0]]);
      expect(withoutVersion(result.signature)).toBe(withoutVersion(ar[3]));
    });
  });

  it("rounds as NumPy's float32 where sums are too large for it", () => {
    interface Table {
      metric: Metric[0];
      options: Record<string, unknown>;
      table: number[][];
      scores: number[];
      mean: number;
      ci: number;
    }
    const [, ...tables] = golden<unknown, Table>("tables.jsonl");
    for (const { metric, options, table, scores } of tables) {
      const like = measure([metric, options], ["a"], [["a"]]);
      const statistics = { segments: table.length, width: table[0].length, values: Float64Array.from(table.flat()) };
      const [resampled] = finish(resampleSteps([{ ...like, statistics }], 200, createPcg64(12345).fillIndices));
      expect(resampled.round).toBe(metric === "BLEU" ? resampled.round : Math.fround);
      expect([...resampled.values].map((score, i) => near(score, scores[i]))).not.toContain(false);
      const exact = metric === "BLEU" ? scoreBleuSums(statistics.values, bleuOptions(options)) : null;
      expect(exact === null || exact.score > 0).toBe(true);
    }
    expect(tables.length).toBe(4);
  });
});

describe("paired tests", () => {
  const measured = (texts: string[]) => measureBleu(texts, [texts.map(() => "a b c d e")]);
  const one = measured(["a b c d e", "a b c d"]);

  it("find nothing in a system against itself", () => {
    // No resample differs by more than 0, so p = (0 + 1) / (trials + 1) counts only that none was larger than the difference of 0.
    const pair = { system: [one], baseline: [one], trials: 99 };
    expect(pairedBootstrap(pair)[0].pValue).toBe(0.01);
    expect(pairedRandomization(pair)[0].pValue).toBe(0.01);
  });

  it("refuse systems that cannot be paired", () => {
    const longer = { system: [measured(["a", "b", "c"])], baseline: [one] };
    expect(() => pairedBootstrap(longer)).toThrow("one has 3, the baseline 2");
    const other = { system: [measureTer(["a"], [["a"]])], baseline: [one] };
    expect(() => pairedRandomization(other)).toThrow("one has TER, the baseline BLEU");
    expect(() => pairedRandomization({ system: [], baseline: [] })).toThrow("one has nothing");
    expect(() => pairedBootstrap({ system: [one], baseline: [one], trials: 1.5 })).toThrow(
      "trials must be a whole number",
    );
  });
});

describe("createPcg64", () => {
  interface Row {
    seed: number;
    raw: string[];
    draws: number[][];
    masks: number[][];
    after: number[];
  }
  const bounds = [1, 2, 3, 1000, 5000, 2 ** 30 + 1, 2 ** 31 - 1];

  it("draws NumPy's numbers for every seed and bound, and goes on after booleans as it does", () => {
    const [, ...rows] = golden<unknown, Row>("generator.jsonl");
    for (const { seed, raw, draws, masks, after } of rows) {
      const bits = createPcg64(seed);
      const next64 = () => BigInt(bits.next32()) + (BigInt(bits.next32()) << 32n);
      expect(raw.map(() => String(next64()))).toEqual(raw);
      const random = createPcg64(seed);
      const take = (length: number, bound: number) => {
        const indices = new Int32Array(length);
        random.fillIndices(indices, bound);
        return [...indices];
      };
      expect(bounds.map((bound) => take(80, bound))).toEqual(draws);
      take(1, 3);
      const first = random.drawBooleans();
      const rowsOfMask = [37, 37, 37].flatMap((length) => {
        const mask = new Uint8Array(length);
        first(mask);
        return [...mask];
      });
      expect(rowsOfMask).toEqual(masks[0]);
      const mask = new Uint8Array(5);
      random.drawBooleans()(mask);
      expect([...mask]).toEqual(masks[1]);
      expect(take(4, 5000)).toEqual(after);
    }
    expect(rows.length).toBe(5);
  });

  it("refuses a seed that is no whole number", () => {
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN])
      expect(() => createPcg64(seed)).toThrow(`The seed ${seed} cannot be used`);
  });
});
