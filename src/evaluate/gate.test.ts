import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { measureBleu } from "../metrics/index.ts";
import { decideGates, lookUp, parseGates } from "./gate.ts";
import { type BenchReportFile, benchDifference } from "./gate-bench.ts";
import { escapeXml, formatJunit } from "./gate-junit.ts";
import { corpusDifference, type PairedDifference, pairedDifference } from "./gate-pairs.ts";

const difference = (low: number, high = low + 0.1): PairedDifference => ({
  ...{
    run: 0.7,
    baseline: 0.72,
    estimate: (low + high) / 2,
    low,
    high,
    items: 200,
    method: "",
    discordant: null,
    note: null,
  },
});
const source = (values: Record<string, unknown>, pairs: Record<string, PairedDifference> = {}) => ({
  readValue: async (metric: string) => {
    if (metric in values) return values[metric];
    throw new UserError(`no ${metric}`);
  },
  comparePairs: async (metric: string) => {
    if (metric in pairs) return pairs[metric];
    throw new UserError(`no pairs of ${metric}`);
  },
});
const gates = (value: object) => parseGates(value, "gates.yaml");

describe("a floor", () => {
  const decide = async (bounds: object, value: unknown) => {
    const report = await decideGates(gates({ floors: [{ metric: "m", ...bounds }] }), source({ m: value }));
    return [report.results[0].status, report.exitCode];
  };

  it("holds at its bound and not past it", async () => {
    expect(await decide({ min: 5 }, 5)).toEqual(["passed", 0]);
    expect(await decide({ min: 5 }, 4.999)).toEqual(["failed", 1]);
    expect(await decide({ max: 0 }, 0)).toEqual(["passed", 0]);
    expect(await decide({ max: 0 }, 1)).toEqual(["failed", 1]);
    expect(await decide({ min: 1, max: 2 }, 3)).toEqual(["failed", 1]);
    expect(await decide({ equals: true }, true)).toEqual(["passed", 0]);
    expect(await decide({ equals: true }, 1)).toEqual(["failed", 1]);
    expect(await decide({ equals: "x" }, "x")).toEqual(["passed", 0]);
  });

  it("never passes on what was not measured", async () => {
    for (const value of [null, undefined, {}, [], Number.NaN, Number.POSITIVE_INFINITY])
      expect(await decide({ max: 10 }, value)).toEqual(["error", 2]);
    expect(await decide({ min: 0 }, "5")).toEqual(["error", 2]);
    const report = await decideGates(
      gates({
        floors: [
          { metric: "other", max: 0, why: "never" },
          { metric: "m", max: 0 },
        ],
      }),
      source({ m: 0 }),
    );
    expect(report).toMatchObject({ passed: 1, failed: 0, errors: 1, exitCode: 2 });
    expect(report.results[0]).toMatchObject({ status: "error", found: "no other", why: "never" });
  });

  it("lets our own bugs through", async () => {
    const broken = {
      ...source({}),
      readValue: async () => {
        throw new TypeError("bug");
      },
    };
    await expect(decideGates(gates({ floors: [{ metric: "m", max: 0 }] }), broken)).rejects.toThrow("bug");
  });
});

describe("non-inferiority", () => {
  const decide = (margin: number, pair: PairedDifference) =>
    decideGates(gates({ nonInferiority: [{ metric: "m", margin }] }), source({}, { m: pair }));

  it("asks the whole interval above the margin", async () => {
    expect(await decide(0.05, difference(-0.05))).toMatchObject({ passed: 1, exitCode: 0 });
    expect(await decide(0.05, difference(-0.0501))).toMatchObject({ failed: 1, exitCode: 1 });
    expect(await decide(0, difference(0.001))).toMatchObject({ passed: 1 });
    const { results } = await decide(0.05, difference(-0.2));
    expect(results[0]).toMatchObject({ condition: "at most 0.05 worse than the baseline", value: 0.7 });
    expect(results[0].found).toBe("0.7 against 0.72: -0.15 (95 % interval -0.2 … -0.1, 200 items)");
  });

  it("is undecided without pairs", async () => {
    const report = await decideGates(gates({ nonInferiority: [{ metric: "x", margin: 0.1 }] }), source({}));
    expect(report).toMatchObject({ errors: 1, exitCode: 2, results: [{ found: "no pairs of x" }] });
  });
});

describe("a gates file", () => {
  it("is refused with every fault", () => {
    const faulty = {
      floors: [{ metric: "m" }, { metrik: "m", max: 0 }],
      nonInferiority: [{ metric: "m", margin: -1 }],
      extra: 1,
    };
    expect(() => gates(faulty)).toThrow(
      /gates\.yaml is not valid:[\s\S]*floors\.0[\s\S]*floors\.1[\s\S]*nonInferiority\.0\.margin[\s\S]*extra/,
    );
    expect(() => gates({ floors: [{ metric: "m" }] })).toThrow("floors.0: needs min, max or equals");
    expect(() => gates({})).toThrow("names no gate");
    for (const value of [null, "x", []]) expect(() => parseGates(value, "g.yaml")).toThrow("g.yaml is not valid");
  });
});

describe("looking a metric up", () => {
  const content = { systems: { student: { bleu: { score: 12.5 } } }, base: null, list: [{ x: 1 }] };
  const find = (path: string) => lookUp(content, path.split("."), "evaluation.json");

  it("finds it, or names the keys that are there", () => {
    expect(find("systems.student.bleu.score")).toBe(12.5);
    expect(find("list.0.x")).toBe(1);
    expect(find("base")).toBeNull();
    expect(() => find("systems.studnt.bleu")).toThrow(
      'there is no "studnt" at systems of evaluation.json; it has student',
    );
    expect(() => find("base.bleu")).toThrow('there is no "bleu" at base of evaluation.json; it is null');
    expect(() => find("toString")).toThrow("it has systems, base, list");
    expect(() => find("systems.student.bleu.score.x")).toThrow("it is 12.5");
  });
});

describe("the difference of two runs", () => {
  const pairs = (length: number, of: (i: number) => [number | null, number | null]) =>
    Array.from({ length }, (_, i) => ({ threadId: `${i}`, run: of(i)[0], baseline: of(i)[1] }));

  it("is paired, with McNemar's p", () => {
    const found = pairedDifference(pairs(200, (i) => (i < 10 ? [0, 1] : i < 12 ? [1, 0] : [1, 1])));
    expect(found).toMatchObject({ run: 0.95, baseline: 0.99, items: 200, discordant: { run: 2, baseline: 10 } });
    expect(found.estimate).toBeCloseTo(-0.04, 12);
    expect(found.discordant!.pValue).toBeCloseTo(0.03857421875, 12);
    expect(found.low).toBeLessThan(-0.04);
    expect(found.high).toBeLessThan(0);
    expect(found.note).toContain("would be seen in 80 of 100 tries");
  });

  it("counts what has no verdict against the run", () => {
    const found = pairedDifference(pairs(100, (i) => (i < 5 ? [null, 1] : i < 10 ? [1, null] : [1, 1])));
    expect(found).toMatchObject({ run: 0.95, baseline: 1, note: expect.stringContaining("10 without a verdict") });
  });

  it("does not take equal runs on few items for proof", () => {
    const few = pairedDifference(pairs(20, () => [1, 1]));
    expect(few).toMatchObject({ estimate: 0, method: "no item differs; Wilson over 20 threads" });
    expect(few.low).toBeCloseTo(-0.161, 3); // Wilson's upper end of 0 of 20
    expect(pairedDifference(pairs(1000, () => [1, 1])).low).toBeGreaterThan(-0.004);
    expect(() => pairedDifference([])).toThrow("no item in common");
  });

  it("of corpora: the same score twice is 0, a worse one lies below 0", () => {
    const references = [Array.from({ length: 40 }, (_, i) => `the report number ${i} is on your desk today`)];
    const good = measureBleu(references[0], references);
    const worse = measureBleu(
      references[0].map((text, i) => (i % 3 === 0 ? text : "no idea at all about that")),
      references,
    );
    const threads = references[0].map((_, i) => `t${i >> 1}`);
    expect(corpusDifference({ run: good, baseline: good, threads })).toMatchObject({ estimate: 0, low: 0, high: 0 });
    const found = corpusDifference({ run: worse, baseline: good, threads });
    expect(found).toMatchObject({ items: 40, method: "cluster bootstrap, 20 threads, 1000 resamples, seed 12345" });
    expect(found.estimate).toBe(worse.score - good.score);
    expect(found.high).toBeLessThan(0);
    expect(found.low).toBeLessThan(found.estimate);
  });

  it("of bench reports: by the ids that failed", () => {
    const bench = (failures: [string, string][], changes: Partial<BenchReportFile> = {}): BenchReportFile => ({
      ...{ set: { sha256: "s" }, slice: [], items: 50, checks: { A5: { of: 50 }, A9: { of: 30 } } },
      failures: failures.map(([id, check]) => ({ id, check })),
      ...changes,
    });
    const ours = bench([
      ["a", "A5"],
      ["a", "A5"],
      ["b", "A5"],
      ["c", "A9"],
    ]);
    const theirs = bench([
      ["b", "A5"],
      ["d", "A9"],
    ]);
    expect(benchDifference(ours, theirs, "A5")).toMatchObject({
      run: 48 / 50,
      baseline: 49 / 50,
      items: 50,
      discordant: { run: 0, baseline: 1 },
    });
    expect(benchDifference(ours, theirs, "A9")).toMatchObject({
      run: 29 / 30,
      items: 30,
      discordant: { run: 1, baseline: 1 },
    });
    expect(benchDifference(ours, theirs, null)).toMatchObject({ run: 47 / 50, baseline: 48 / 50 });
    expect(() => benchDifference(ours, theirs, "A77")).toThrow('no check "A77"; it has A5, A9');
    expect(() => benchDifference(ours, bench([], { set: { sha256: "t" } }), null)).toThrow("different items");
    expect(() => benchDifference(ours, bench([], { checks: { A5: { of: 49 } } }), "A5")).toThrow(
      "50 replies of the run and 49",
    );
  });
});

describe("JUnit XML", () => {
  it("has a case a gate, with failures and errors escaped", async () => {
    const file = gates({
      name: 'a "b" <c>',
      floors: [
        { metric: "x.y", max: 0, why: "a & b" },
        { metric: "gone", min: 1 },
        { metric: "ok", min: 1 },
      ],
    });
    const report = await decideGates(file, source({ "x.y": 2, ok: 1 }));
    const xml = formatJunit(report, { properties: { run: "runs/<mine>" }, at: new Date("2026-01-02T03:04:05.678Z") });
    expect(xml).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<testsuites>",
        '  <testsuite package="pocketreply" id="0" name="a &quot;b&quot; &lt;c&gt;" timestamp="2026-01-02T03:04:05" hostname="localhost" tests="3" failures="1" errors="1" time="0">',
        "    <properties>",
        '      <property name="run" value="runs/&lt;mine&gt;"/>',
        "    </properties>",
        '    <testcase name="x.y ≤ 0" classname="gate.floor" time="0">',
        '      <failure message="is 2" type="floor">x.y must be ≤ 0',
        "is 2",
        "a &amp; b</failure>",
        "    </testcase>",
        '    <testcase name="gone ≥ 1" classname="gate.floor" time="0">',
        '      <error message="no gone" type="undecided">gone must be ≥ 1',
        "no gone</error>",
        "    </testcase>",
        '    <testcase name="ok ≥ 1" classname="gate.floor" time="0"/>',
        "    <system-out></system-out>",
        "    <system-err></system-err>",
        "  </testsuite>",
        "</testsuites>",
        "",
      ].join("\n"),
    );
  });

  it("holds only what XML 1.0 may hold", () => {
    expect(escapeXml("a\u0000b\u001b[31m\ufffe \ud800x 😀 ]]>")).toBe("a\ufffdb\ufffd[31m\ufffd \ufffdx 😀 ]]&gt;");
  });
});
