/** BERTScore against bert_score 0.3.13 on tiny random encoders of every family: golden/bertscore/README.md. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type BertScore, type BertScoreOptions, bertScore, withBertScorer } from "./bertscore.ts";

const golden =
  process.env.POCKETREPLY_BERTSCORE_GOLDEN ?? fileURLToPath(new URL("../../../golden/bertscore", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "bertscore-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface Golden {
  readonly candidates: string[];
  readonly references: string[][];
  /** Columns P, R, F by what was asked; null is NaN. */
  readonly scores: Record<string, (number | null)[][]>;
}

const families = ["bert", "bert-cased-lm", "roberta", "distilbert", "deberta", "deberta-v2", "deberta-v3"];
const readGolden = (family: string) => JSON.parse(readFileSync(join(golden, family, "golden.json"), "utf8")) as Golden;
const baseline = { file: join(golden, "baseline.tsv") };

/** Streams of references, null where a segment has fewer. */
function streams(references: readonly (readonly string[])[]): (string | null)[][] {
  const most = Math.max(...references.map(({ length }) => length));
  return Array.from({ length: most }, (_, k) => references.map((group) => group[k] ?? null));
}

function largestDifference({ segments }: BertScore, columns: readonly (readonly (number | null)[])[]): number {
  expect(segments.length).toBe(columns[0].length);
  let worst = 0;
  segments.forEach((values, i) => {
    for (const [k, key] of (["precision", "recall", "f1"] as const).entries()) {
      const expected = columns[k][i] ?? Number.NaN;
      if (Number.isNaN(expected)) expect(values[key], `${key} of segment ${i}`).toBeNaN();
      else worst = Math.max(worst, Math.abs(values[key] - expected));
    }
  });
  return worst;
}

describe.each(families)("%s", (family) => {
  const { candidates, references, scores } = readGolden(family);
  const first = [references.map(([reference]) => reference)];
  const all = streams(references);
  const encoder = join(golden, family);
  // The golden figures have seven decimals; both sides sum float32 products in their own order.
  const tolerance = 5e-6;

  it("equals bert_score: precision, recall and F1 of every pair", async () => {
    await withBertScorer({ encoder, layer: 2, threads: 1 }, async (scorer) => {
      const one = async (settings: object, references: (string | null)[][] = first) =>
        (await scorer.score([{ candidates, references }], settings))[0];
      expect(largestDifference(await one({}), scores.plain)).toBeLessThan(tolerance);
      expect(largestDifference(await one({ idf: true }), scores.idf)).toBeLessThan(tolerance);
      expect(largestDifference(await one({ batchSize: 5 }), scores["batch of 5"])).toBeLessThan(tolerance);
      expect(largestDifference(await one({ baseline }), scores.rescaled)).toBeLessThan(2 * tolerance);
      expect(largestDifference(await one({ idf: true, baseline }), scores["idf, rescaled"])).toBeLessThan(
        2 * tolerance,
      );
      expect(largestDifference(await one({}, all), scores.multi)).toBeLessThan(tolerance);
      const multi = await one({ idf: true, baseline }, all);
      expect(largestDifference(multi, scores["multi, idf, rescaled"])).toBeLessThan(2 * tolerance);
      // A single reference gives every token the weight ln(2 / 2) = 0: bert_score's precision and recall are not numbers then.
      const [alone] = await scorer.score([{ candidates: candidates.slice(8, 9), references: [first[0].slice(8, 9)] }], {
        idf: true,
      });
      expect(largestDifference(alone, scores["one pair, idf"])).toBeLessThan(tolerance);
    });
  });

  it("cuts the encoder at the layer asked for", async () => {
    const at = (layer: number) => bertScore(candidates, first, { encoder, layer, threads: 1 });
    expect(largestDifference(await at(3), scores["layer 3"])).toBeLessThan(tolerance);
    if (scores["layer 0"]) expect(largestDifference(await at(0), scores["layer 0"])).toBeLessThan(tolerance);
  });
});

it("takes RoBERTa without the space before the first word, as bert_score with a fast tokenizer", async () => {
  const { candidates, references, scores } = readGolden("roberta");
  const first = [references.map(([reference]) => reference)];
  const options = { encoder: join(golden, "roberta"), layer: 2, fastTokenizer: true, threads: 1 };
  const fast = await bertScore(candidates, first, options);
  expect(largestDifference(fast, scores.fast)).toBeLessThan(5e-6);
  expect(largestDifference(fast, scores.plain)).toBeGreaterThan(1e-3);
  expect(fast.signature).toMatch(/_fast-tokenizer$/);
});

describe("bertScore", () => {
  const encoder = join(golden, "bert");
  const options: BertScoreOptions = { encoder, layer: 2, threads: 1 };
  const references = ["thank you for your email", "the invoice is due", "see you on tuesday"];

  it("gives 1 to equal texts, 0 to empty ones, and counts what it could not compare in full", async () => {
    const score = await bertScore(
      [references[0], "", `the ${"x ".repeat(100)}`],
      [[references[0], references[1], " \n"]],
      options,
    );
    expect(score.segments[0].f1).toBeCloseTo(1, 6);
    expect(score.segments.slice(1)).toEqual([
      { precision: 0, recall: 0, f1: 0 },
      { precision: 0, recall: 0, f1: 0 },
    ]);
    expect(score).toMatchObject({
      emptyCandidates: 1,
      emptyReferences: 1,
      cutTexts: 1,
      maxTokens: 64,
      withoutWeight: 0,
    });
    expect(score.f1).toBeCloseTo(1 / 3, 6);
  });

  it("says in its signature what made the number", async () => {
    const signature = async (more: Partial<BertScoreOptions>) =>
      (await bertScore(references, [references], { ...options, ...more })).signature;
    const plain = await signature({});
    expect(plain).toMatch(/^bert_L2_no-idf_version=0\.3\.13\(impl=pocketreply-\d+\.\d+\.\d+,weights=[0-9a-f]{8}\)$/);
    expect(await signature({ idf: true })).toBe(plain.replace("no-idf", "idf"));
    expect(await signature({ baseline: { file: join(golden, "baseline.tsv") } })).toMatch(
      /,baseline=[0-9a-f]{8}\)-custom-rescaled$/,
    );
    expect(await signature({ batchSize: 1 })).toContain(",batch=1)");
    expect((await signature({ layer: 1 })).split("weights=")[1]).not.toBe(plain.split("weights=")[1]);
    expect(await signature({ encoder: join(golden, "distilbert") })).toMatch(/^distilbert_L2_/);
  });

  it("knows layer and baseline of an encoder by the name of its folder", async () => {
    const folder = join(work, "bert_uncased_L-2_H-128_A-2");
    cpSync(encoder, folder, { recursive: true });
    await expect(bertScore(references, [references], { encoder: folder })).rejects.toThrow(
      "No layer is recommended for bert_uncased_L-2_H-128_A-2. Choose one of 1 to 3",
    );
    const owned = join(work, "google", "bert_uncased_L-2_H-128_A-2");
    cpSync(encoder, owned, { recursive: true });
    expect((await bertScore(references, [references], { encoder: owned })).signature).toContain(
      "google/bert_uncased_L-2_H-128_A-2_L1_",
    );
    await expect(bertScore(references, [references], { encoder: owned, baseline: "published" })).rejects.toThrow(
      "No published baseline is known for google/bert_uncased_L-2_H-128_A-2 at layer 1. Give a file with the columns LAYER,P,R,F.",
    );
  });

  it("gives the same however little it may remember, and encodes a text once where it may", async () => {
    const { candidates, references } = readGolden("bert");
    const texts = { candidates, references: streams(references) };
    const isEmpty = (text: string) => /^[\s\u200b]*$/.test(text); // such pairs score 0 without the encoder
    const pairs = candidates.flatMap((candidate, i) => references[i].map((reference) => [candidate, reference]));
    const different = new Set(pairs.filter((pair) => !pair.some(isEmpty)).flat()).size;
    const run = (cacheBytes: number | undefined, lists: number) =>
      withBertScorer({ ...options, cacheBytes }, async (scorer) => {
        const scores = await scorer.score(Array(lists).fill(texts));
        if (cacheBytes === undefined) expect(scorer.encodedTexts).toBe(different);
        await scorer.score([texts]);
        const again = scorer.encodedTexts;
        if (cacheBytes === undefined) expect(again).toBe(different);
        else expect(again).toBeGreaterThan(different);
        scorer.forget();
        await scorer.score([texts]);
        expect(scorer.encodedTexts).toBeGreaterThanOrEqual(again + different);
        return scores;
      });
    const [roomy] = await run(undefined, 1);
    const [tight] = await run(1, 1);
    const twice = await run(20_000, 2);
    for (const other of [tight, ...twice])
      roomy.segments.forEach(({ f1 }, i) => {
        expect(other.segments[i].f1).toBeCloseTo(f1, 6);
      });
  });

  it("goes on from the matches that were kept, whatever tore the file, and gives the same", async () => {
    const { candidates, references } = readGolden("bert");
    const texts = { candidates, references: streams(references) };
    const keepIn = join(work, "matches");
    const run = (settings: object) =>
      withBertScorer(options, async (scorer) => {
        const [score] = await scorer.score([texts], settings);
        return { score, encoded: scorer.encodedTexts };
      });
    const plain = await run({});
    expect(await run({ keepIn })).toEqual(plain);
    expect(await run({ keepIn })).toEqual({ ...plain, encoded: 0 });
    const withIdf = await run({ keepIn, idf: true });
    expect(withIdf.encoded).toBe(0);
    expect(withIdf.score).toEqual((await run({ idf: true })).score);
    const [name] = readdirSync(keepIn);
    const kept = readFileSync(join(keepIn, name), "utf8");
    writeFileSync(join(keepIn, name), kept.slice(0, Math.floor(kept.length / 2)));
    const resumed = await run({ keepIn });
    expect(resumed.score.segments.length).toBe(plain.score.segments.length);
    resumed.score.segments.forEach(({ f1 }, i) => {
      expect(f1).toBeCloseTo(plain.score.segments[i].f1, 6);
    });
    expect(resumed.encoded).toBeGreaterThan(0);
    expect(resumed.encoded).toBeLessThan(plain.encoded);
    expect((await run({ keepIn })).encoded).toBe(0);
    expect(kept).not.toContain("invoice");
  });

  it("hears of progress up to the end, and stops when asked", async () => {
    const seen: number[] = [];
    await bertScore(references, [references], { ...options, onProgress: ({ done, total }) => seen.push(done / total) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
    const stop = AbortSignal.abort(new Error("stopped"));
    await expect(bertScore(references, [references], { ...options, signal: stop })).rejects.toThrow("stopped");
  });

  it("says what is wrong with texts, encoder, layer and baseline", async () => {
    const fails = (more: Partial<BertScoreOptions>) =>
      expect(bertScore(references, [references], { ...options, ...more })).rejects;
    await expect(bertScore(["a"], [["a", "b"]], options)).rejects.toThrow(
      "1 candidates cannot be compared with 2 references",
    );
    await expect(bertScore([], [], options)).rejects.toThrow("the list of candidates is empty");
    await fails({ encoder: join(work, "no where") }).toThrow(
      "is neither a folder that exists nor the name of a model on the hub",
    );
    await fails({ encoder: join(encoder, "config.json") }).toThrow("is a file; an encoder is a folder");
    await fails({ layer: 4 }).toThrow("bert has no layer 4: it must be 0 (the embeddings) to 3.");
    await fails({ maxTokens: 65 }).toThrow("The encoder has positions for 64 tokens; maxTokens 65 is more.");
    await fails({ batchSize: 0 }).toThrow("batchSize must be a whole number above 0");
    const file = join(work, "baseline.tsv");
    const withFile = (text: string) => {
      writeFileSync(file, text);
      return fails({ baseline: { file } });
    };
    await withFile("0,1,2,3\n").toThrow("line 1: expected the head LAYER,P,R,F");
    await withFile("LAYER,P,R,F\n1,0.1,0.1,0.1\n").toThrow("expected a row for layer 2, got none");
    await withFile("LAYER,P,R,F\n2,0.1,one,0.1\n").toThrow("line 2: expected a layer and three numbers below 1");
    await fails({ baseline: { file: join(work, "none.tsv") } }).toThrow("none.tsv does not exist");
  });

  it("refuses a tokenizer that is larger than its encoder", async () => {
    const folder = join(work, "mixed");
    cpSync(join(golden, "deberta-v3"), folder, { recursive: true });
    cpSync(join(encoder, "tokenizer.json"), join(folder, "tokenizer.json"));
    await expect(bertScore(references, [references], { encoder: folder, layer: 1 })).rejects.toThrow(
      /the tokenizer has \d+ tokens, the encoder vectors for \d+\. Their files do not belong together/,
    );
  });
});
