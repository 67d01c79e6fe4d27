import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { compareItems, pairItems } from "../compare.ts";
import { evaluateFixture } from "../evaluated.fixture.ts";
import { roundUp } from "./chart.ts";
import { renderComparison } from "./compare.ts";
import { judgeControls } from "./headline.ts";
import { HOSTILE, reportFixture } from "./report.fixture.ts";
import { renderReport } from "./report.ts";

const data = await reportFixture();
const page = renderReport(data);

describe("renderReport", () => {
  it("shows every section, and the figures of evaluation.json", () => {
    for (const id of [
      "controls",
      "likelihood",
      "failures",
      "slices",
      "leakage",
      "spread",
      "worst",
      "changed",
      "health",
      "signatures",
    ]) {
      expect(page).toContain(`<h2 id="${id}">`);
      expect(page).toContain(`<a href="#${id}">`);
    }
    const { student, nearest, ceiling } = data.evaluation.systems;
    for (const { bleu, bleuInterval } of [student, nearest, ceiling!])
      expect(page).toContain(`${bleu.score.toFixed(1)} ± ${bleuInterval.halfWidth.toFixed(1)}`);
    for (const text of [student.bleu.signature, student.rouge.signature, data.evaluation.testSet, "$1.50", "227,158"])
      expect(page).toContain(text);
  });

  it("shows how likely the references are, or why that is not known", () => {
    // 20 tokens at 0.259 nats in 100 bytes: 20 · 0.259 / ln 2 / 100 bits a byte
    expect(page).toContain("<td>0.259</td><td>0.075</td><td>90.0 %</td><td>87.5 %</td><td>–</td>");
    const missing = "an endpoint answered";
    const likelihood = { ...data.evaluation.likelihood!, student: null, missing };
    const other = renderReport({ ...data, evaluation: { ...data.evaluation, likelihood } });
    expect(other).toContain("None of the model: an endpoint answered.");
    expect(other).not.toContain("<td>0.259</td>");
    expect(other).toContain("<td>3.870</td>");
    const none = renderReport({ ...data, evaluation: { ...data.evaluation, likelihood: undefined } });
    expect(none).not.toContain('id="likelihood"');
  });

  it("is one file that loads and runs nothing, by its own policy", () => {
    expect(page).not.toMatch(/<script|<link rel="stylesheet"|@import|url\(|https?:|<img| on\w+=| style=/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)![1];
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(policy).not.toContain("unsafe");
  });

  it("leaves hostile mail inert, wherever it stands", async () => {
    const hostile = renderReport(await reportFixture(HOSTILE));
    expect(hostile.match(/<script|<iframe|<img|javascript:alert\(1\)"|<style>body/g)).toBeNull();
    expect(hostile).toContain("&lt;script&gt;document.title=&quot;owned&quot;&lt;/script&gt;");
    expect(hostile.match(/<article/g)).toHaveLength(page.match(/<article/g)!.length);
  });

  it("shows of a huge mail its head, and says how much more there is", async () => {
    const huge = await reportFixture(` ${"word ".repeat(20_000)}`);
    const text = renderReport(huge);
    expect(text.length).toBeLessThan(400_000);
    expect(text).toMatch(/… \(96,\d{3} more characters\)/);
  });

  it("leaves out what a run does not have", () => {
    const { base: _, ...systems } = data.evaluation.systems;
    const bare = renderReport({
      ...data,
      noCeiling: "evaluate.ceiling is off",
      items: data.items.map((item) => ({ ...item, base: null, ceiling: null })),
      evaluation: { ...data.evaluation, systems: { ...systems, base: null, ceiling: null }, paired: {} },
      health: { ...data.health, mails: null, distill: null, training: null },
    });
    expect(bare).toContain("No ceiling: evaluate.ceiling is off.");
    expect(bare).not.toContain("changed most");
    expect(bare).not.toContain("NaN");
  });

  it("is the same twice, and holds no number that is none", () => {
    expect(renderReport(data)).toBe(page);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });
});

describe("judgeControls", () => {
  it("calls the model better only where the test says so", async () => {
    const { evaluation: same } = await evaluateFixture(
      (topic) => `Thank you, I will send you the ${topic} details on day 0.`,
    );
    const names = (list: [string, unknown][]) => list.map(([name]) => name);
    expect(names(judgeControls(data.evaluation).above)).toContain("base");
    expect(names(judgeControls(same).above)).not.toContain("nearest");
  });
});

describe("renderComparison", () => {
  it("escapes names and replies and says what was shown", async () => {
    const [{ items: a }, { items: b }] = [await evaluateFixture(() => "No."), await evaluateFixture(undefined)];
    const names = ["old<b>", "new"] as const;
    const { pairs } = pairItems(a, b, { intersect: false, names });
    const text = renderComparison({ names, comparison: compareItems(pairs), pairs, version: "0.0.0" });
    expect(text).toContain("new is better than old&lt;b&gt;.");
    expect(text).not.toMatch(/old<b>|NaN|undefined|<script/);
  });
});

describe("roundUp", () => {
  it("gives a round number not below", () => {
    expect([0, 0.3, 1, 7, 11, 28.6, 96.1, 100].map(roundUp)).toEqual([1, 0.3, 1, 8, 20, 30, 100, 100]);
  });
});
