import { describe, expect, it } from "vitest";
import { measureBleu, pairedRandomization } from "../metrics/index.ts";
import { compareItems, mostChanged, pairItems } from "./compare.ts";
import { evaluateFixture } from "./evaluated.fixture.ts";
import { compareVerdict } from "./report/compare.ts";

const names = ["old", "new"] as const;
const { items: good } = await evaluateFixture();
const { items: poor } = await evaluateFixture((topic, i) => (i < 4 ? "" : `The ${topic}? I do not know when.`));
const pair = (a = poor, b = good, intersect = false) => pairItems(a, b, { intersect, names: ["old", "new"] });

describe("pairItems", () => {
  it("pairs by id, whatever the order", () => {
    const { pairs, onlyInA, onlyInB } = pair(poor, [...good].reverse());
    expect(pairs.map(({ a, b }) => [a.id, b.id])).toEqual(poor.map(({ id }) => [id, id]));
    expect([onlyInA, onlyInB]).toEqual([0, 0]);
  });

  it("refuses differing sets, unless their intersection is asked for", () => {
    expect(() => pair(poor.slice(2), good.slice(0, 9))).toThrow("7 in both, 1 only in the first, 2 only in the second");
    const { pairs, onlyInA, onlyInB } = pair(poor.slice(2), good.slice(0, 9), true);
    expect([pairs.length, onlyInA, onlyInB]).toEqual([7, 1, 2]);
    expect(() => pair(poor.slice(0, 2), good.slice(2), true)).toThrow("they share none");
  });

  it("refuses other references and other mails under the same ids", () => {
    const changed = good.map((item, i) => (i === 3 ? { ...item, reference: "Another." } : item));
    expect(() => pair(poor, changed)).toThrow(
      "For 1 of 10 mails the reference differs between old and new (first: mail-3)",
    );
    const other = good.map((item) => ({ ...item, email: `${item.email}!` }));
    expect(() => pair(poor, other, true)).toThrow("For 10 of 10 mails the mail itself differs");
  });
});

describe("compareItems", () => {
  const comparison = compareItems(pair().pairs);

  it("tests BLEU as sacreBLEU does and draws whole threads for the interval", () => {
    const references = [good.map(({ reference }) => reference)];
    const measure = (items: typeof good) => [
      measureBleu(
        items.map(({ student }) => student.text),
        references,
      ),
    ];
    const [expected] = pairedRandomization({ baseline: measure(poor), system: measure(good) });
    const [bleu, chrf] = comparison.metrics;
    expect(bleu).toMatchObject({
      name: "BLEU",
      a: expected.baselineScore,
      b: expected.score,
      randomizationP: expected.pValue,
    });
    expect(chrf.name).toBe("chrF2++");
    expect(comparison).toMatchObject({ items: 10, threads: 5, same: 0 });
    expect(bleu.low).toBeGreaterThan(0);
    expect(bleu.low).toBeLessThanOrEqual(bleu.difference);
    expect(bleu.high).toBeGreaterThanOrEqual(bleu.difference);
  });

  it("counts the mails on which only one failed, with McNemar's exact p", () => {
    const [any, ...rest] = comparison.checks;
    const empty = rest.find(({ name }) => name === "form: empty");
    expect(any).toMatchObject({ name: "cannot be sent as it is", aFailures: 4, bFailures: 0, onlyA: 4, onlyB: 0 });
    expect(any.pValue).toBeCloseTo(2 * 0.5 ** 4, 12); // four discordant mails, all one way
    expect(empty).toMatchObject({ aFailures: 4, onlyA: 4 });
  });

  it("corrects all p-values together: none gets smaller, the smallest is multiplied by their number", () => {
    const all = [
      ...comparison.metrics.map(({ exactP, adjustedP }) => [exactP, adjustedP]),
      ...comparison.checks.map(({ pValue, adjustedP }) => [pValue, adjustedP]),
    ];
    for (const [p, adjusted] of all) expect(adjusted).toBeGreaterThanOrEqual(p);
    const [smallest, adjusted] = [...all].sort(([a], [b]) => a - b)[0];
    expect(adjusted).toBeCloseTo(Math.min(1, smallest * all.length), 12);
  });

  it("finds no difference between a run and itself", () => {
    const { metrics, checks, same } = compareItems(pair(good, good).pairs);
    for (const { difference, low, high, exactP } of metrics)
      expect([difference, low, high, exactP]).toEqual([0, 0, 0, 1]);
    expect(checks).toEqual([expect.objectContaining({ onlyA: 0, onlyB: 0, pValue: 1 })]);
    expect(same).toBe(10);
  });

  it("takes one differing mail for no evidence, which sacreBLEU's p would", () => {
    const one = good.map((item, i) => (i === 3 ? poor[3] : item));
    const [bleu] = compareItems(pair(one, good).pairs).metrics;
    expect(bleu.exactP).toBe(1); // swapped or not, the difference is as large
    expect(bleu.randomizationP).toBeLessThan(0.05);
  });

  it("is the same twice", () => {
    expect(compareItems(pair().pairs)).toEqual(comparison);
  });

  it("says in one sentence what was shown, and nothing more", () => {
    expect(compareVerdict(comparison, names)).toBe("new is better than old.");
    expect(compareVerdict(compareItems(pair(good, poor).pairs), names)).toBe("new is worse than old.");
    expect(compareVerdict(compareItems(pair(good, good).pairs), names)).toMatch(
      /^No difference between old and new is shown/,
    );
    const [any, one] = comparison.checks; // fewer replies repeat themselves, though as many can be sent
    const checks = [
      { ...any, onlyA: 2, onlyB: 0, adjustedP: 1 },
      { ...one, onlyA: 9, onlyB: 0, adjustedP: 0.043 },
    ];
    expect(compareVerdict({ ...comparison, metrics: [], checks }, names)).toBe("new is better than old.");
  });
});

describe("mostChanged", () => {
  it("gives the losses and the gains, the largest first", () => {
    const mixed = good.map((item, i) => (i === 0 ? poor[0] : item));
    const start = poor.map((item, i) => (i === 0 ? good[0] : item));
    const { worse, better } = mostChanged(pair(start, mixed).pairs, 3);
    expect(worse.map(({ a }) => a.id)).toEqual(["mail-0"]);
    expect(better).toHaveLength(3);
    const gains = better.map(({ a, b }) => b.student.chrf - a.student.chrf);
    expect(gains).toEqual([...gains].sort((x, y) => y - x));
  });
});
