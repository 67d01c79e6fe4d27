import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { calibrateJudge } from "./calibrate.ts";
import { type CriterionName, criterionNames, type Outcome } from "./criteria.ts";
import { calibrateByDecisions } from "./decisions.ts";
import { identifyJudge } from "./identity.ts";
import { judgeFolder } from "./judge.fixture.ts";
import { readLabels } from "./labels.ts";
import type { JudgedReply } from "./report.ts";

const judge = identifyJudge({
  endpoint: { baseUrl: "https://example.org/v1", model: "m" },
  label: "m",
  prompt: "p",
  temperature: 0,
  seed: 1,
  maxTokens: 1,
  repeats: 1,
});
const report = { judge, itemsDigest: "d" };
const judged = (id: string, outcome: Outcome | null, failed: CriterionName[] = []): JudgedReply => ({
  ...{ id, threadId: id, outcome, failed, placeholders: [], findings: {} },
  unscored: outcome === null ? { reason: "declined", detail: "" } : null,
});
const noCriteria = Object.fromEntries(criterionNames.map((name) => [name, new Map()])) as Record<
  CriterionName,
  Map<string, "pass" | "fail">
>;

async function labelsFile(text: string): Promise<string> {
  const path = join((await judgeFolder()).folder, "labels.csv");
  await writeFile(path, text);
  return path;
}
const known = (id: string) => /^m\d$/.test(id);

describe("labels", () => {
  it("are read with and without a criterion, quoted, with a BOM, in any order of columns", async () => {
    const path = await labelsFile(
      '\ufefflabel,id,criterion,remark\r\nsend-ready,m1,,"fine, ""really"""\r\nfail,m1,asks,\r\n needs-fill , m2 ,,\r\n',
    );
    const labels = await readLabels(path, known);
    expect([...labels.outcomes]).toEqual([
      ["m1", "send-ready"],
      ["m2", "needs-fill"],
    ]);
    expect([...labels.criteria.asks]).toEqual([["m1", "fail"]]);
    expect(labels.rows).toBe(3);
    const plain = await readLabels(await labelsFile("id;label\nm3;not-usable\n"), known);
    expect([...plain.outcomes]).toEqual([["m3", "not-usable"]]);
  });

  it("that cannot be used are all named, by line", async () => {
    const path = await labelsFile(
      "id,label,criterion\nm1,send-ready,\nx9,send-ready,\nm1,needs-fill,\nm2,good,\nm3,pass,charm\nm4,send-ready,asks\nm5,pass\n",
    );
    await expect(readLabels(path, known)).rejects.toThrow(
      [
        "cannot be used:",
        '  line 3: "x9" is no mail that was judged',
        '  line 4: "m1" has a label already, on line 2',
        '  line 5: unknown label "good"; known are send-ready, needs-fill, not-usable',
        '  line 6: unknown criterion "charm"; known are resistance, grounding, commitments, asks, register, form',
        '  line 7: unknown label "send-ready" for a criterion; known are pass, fail',
        "  line 8: has another number of columns than the header row",
      ].join("\n"),
    );
  });

  it("need their columns, and to be there", async () => {
    await expect(readLabels(await labelsFile("mail,verdict\nm1,good\n"), known)).rejects.toThrow(
      "expected the columns id and label",
    );
    await expect(readLabels(await labelsFile("id,label\n"), known)).rejects.toThrow("holds no labels");
    await expect(readLabels("nowhere.csv", known)).rejects.toThrow("nowhere.csv");
    const many = `id,label\n${Array.from({ length: 15 }, (_, i) => `y${i},send-ready`).join("\n")}\n`;
    await expect(readLabels(await labelsFile(many), known)).rejects.toThrow("… and 5 more");
  });
});

describe("calibration", () => {
  // People and judge on 100 labelled replies: 45 both pass, 5 only people, 10 only the judge, 40 both fail: kappa 0.7.
  const rows = Array.from({ length: 100 }, (_, i) => {
    const people: Outcome = i < 50 ? "send-ready" : "not-usable";
    const said: Outcome = i < 45 || (i >= 50 && i < 60) ? "send-ready" : "not-usable";
    return { id: `m${i}`, people, said };
  });
  const unlabelled = Array.from({ length: 100 }, (_, i) => judged(`u${i}`, i < 80 ? "send-ready" : "not-usable"));
  const all = [...rows.map(({ id, said }) => judged(id, said)), ...unlabelled];
  const labels = { outcomes: new Map(rows.map(({ id, people }) => [id, people])), criteria: noCriteria, rows: 100 };

  it("gives kappa, sensitivity, specificity and the corrected rate", () => {
    const { sendReady, trust, disagreements, outcomes } = calibrateJudge({ report, judged: all, labels });
    expect(sendReady).toMatchObject({
      table: { bothPass: 45, onlyPeoplePass: 5, onlyJudgePasses: 10, bothFail: 40 },
      kappa: { kappa: expect.closeTo(0.7, 12), agreement: expect.closeTo(0.85, 12), expected: 0.5 },
      sensitivity: { rate: 0.9, of: 50 },
      specificity: { rate: 0.8, of: 50 },
      raw: { passed: 135, of: 200 },
      corrected: { rate: expect.closeTo((0.675 + 0.8 - 1) / (0.9 + 0.8 - 1), 12) },
    });
    expect(trust).toBe("monitor");
    expect(disagreements).toHaveLength(15);
    expect(disagreements[0]).toEqual({ id: "m45", criterion: null, people: "send-ready", judge: "not-usable" });
    expect(outcomes!.table).toEqual([
      [45, 0, 5],
      [0, 0, 0],
      [10, 0, 40],
    ]);
  });

  it("calibrates criteria apart, and leaves out what has no verdict, by count", () => {
    const replies = [judged("m1", "not-usable", ["asks"]), judged("m2", "send-ready"), judged("m3", null)];
    const criteria = {
      ...noCriteria,
      asks: new Map([
        ["m1", "fail"],
        ["m2", "pass"],
        ["m3", "pass"],
      ] as const),
    };
    const result = calibrateJudge({ report, judged: replies, labels: { outcomes: new Map(), criteria, rows: 3 } });
    expect(result).toMatchObject({ sendReady: null, usable: null, outcomes: null, trust: "none", disagreements: [] });
    expect(Object.keys(result.criteria)).toEqual(["asks"]);
    expect(result.criteria.asks).toMatchObject({
      unscored: 1,
      table: { bothPass: 1, bothFail: 1 },
      kappa: { kappa: 1 },
    });
  });

  it("says why a rate is not corrected, and trusts perfect agreement on one label alone in nothing", () => {
    const one = { outcomes: new Map([["m0", "send-ready"]] as const), criteria: noCriteria, rows: 1 };
    const { sendReady, trust } = calibrateJudge({ report, judged: all, labels: one });
    expect(sendReady).toMatchObject({
      corrected: { reason: expect.stringContaining("specificity is unknown") },
      kappa: { kappa: null },
      specificity: null,
    });
    expect(trust).toBe("none");
  });
});

describe("calibration by decisions", () => {
  // The judge at 0.8 and the person on 40 drafts: 20 both pass (0.9), 10 only the judge (0.8), 2 only the person (0.75), 8 both fail (0.5).
  const kinds = [
    { count: 20, score: 0.9, people: true },
    { count: 10, score: 0.8, people: false },
    { count: 2, score: 0.75, people: true },
    { count: 8, score: 0.5, people: false },
  ];
  const decided = kinds.flatMap(({ count, score, people }, k) =>
    Array.from({ length: count }, (_, i) => ({ id: `m${k}-${i}`, threadId: `m${k}-${i}`, score, people })),
  );
  const open = Array.from({ length: 60 }, (_, i) => ({ id: `u${i}`, threadId: `u${i}`, score: i < 45 ? 0.95 : 0.4 }));
  const settings = { judge: "m", rule: "minimum", threshold: 0.8 } as const;

  it("gives the table, kappa, and what the judge says of all drafts without its errors", () => {
    const { verdicts, decisions, trust, disagreements } = calibrateByDecisions({
      ...settings,
      drafts: [...decided, ...open],
    });
    expect(decisions).toBe(40);
    // Agreement 28 / 40; by chance (22 × 30 + 18 × 10) / 1600 = 0.525: kappa (0.7 − 0.525) / 0.475.
    expect(verdicts).toMatchObject({
      table: { bothPass: 20, onlyPeoplePass: 2, onlyJudgePasses: 10, bothFail: 8 },
      kappa: { kappa: expect.closeTo(0.175 / 0.475, 12) },
      sensitivity: { passed: 20, of: 22 },
      specificity: { passed: 8, of: 18 },
      raw: { passed: 75, of: 100 },
      corrected: { rate: expect.closeTo((0.75 + 8 / 18 - 1) / (20 / 22 + 8 / 18 - 1), 12) },
    });
    expect(trust).toBe("none");
    expect(disagreements).toHaveLength(12);
    expect(disagreements[0]).toEqual({ id: "m2-0", score: 0.75, people: true }); // farthest from the threshold
  });

  it("finds the threshold that agrees best, and none where there is too little of one kind", () => {
    const { thresholds, bestThreshold } = calibrateByDecisions({ ...settings, drafts: decided });
    expect(bestThreshold).toBe(0.85); // 20 of 22 kept, none wrong; 0.9 is as good and farther away
    expect(thresholds.find(({ threshold }) => threshold === 0.85)).toEqual({
      threshold: 0.85,
      kappa: expect.closeTo((38 / 40 - (22 * 20 + 18 * 20) / 1600) / (1 - (22 * 20 + 18 * 20) / 1600), 12),
      kept: 20 / 22,
      wrong: 0,
      passed: 20,
    });
    const few = decided.filter(({ people }, i) => people || i % 3 === 0);
    expect(calibrateByDecisions({ ...settings, drafts: few }).bestThreshold).toBeNull();
  });

  it("takes a mean that is a rounding error short for what it is, as distill does", () => {
    const short = { id: "a", threadId: "a", score: 0.8 - 1e-12, people: true };
    expect(calibrateByDecisions({ ...settings, drafts: [short] }).verdicts.table.bothPass).toBe(1);
  });
});
