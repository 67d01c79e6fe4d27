/** judge, calibrate and gate in run folders made by hand, with the built-in judge. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { REASON_NO_REPLY, type Reply, reviewedDigest } from "../distill/index.ts";
import { defaultRecipe } from "../recipe.ts";
import { makeViewRun } from "../view/view.fixture.ts";
import { calibrate } from "./calibrate.ts";
import { gate } from "./gate.ts";
import { judge } from "./judge.ts";
import { evaluatedEmail, quietSession, runCli, scratchFolder } from "./tiny.fixture.ts";

const good = (i: number) => `Dear Ada, thank you for your message. I will send you report ${i} on Friday.`;

/** A run folder with eight held-out mails, as train and evaluate leave it. */
function makeRun(replies: (i: number) => string, model = "checkpoints/step-1"): string {
  const run = join(scratchFolder(), "run");
  mkdirSync(run);
  const put = (name: string, value: unknown) => writeFileSync(join(run, name), JSON.stringify(value));
  const putRows = (name: string, rows: unknown[]) =>
    writeFileSync(join(run, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const ids = Array.from({ length: 8 }, (_, i) => `mail-${i}`);
  put("recipe.json", defaultRecipe());
  put("split.json", { seed: 42, train: [], validation: [], test: ids });
  putRows(
    "replies.jsonl",
    ids.map((id, i) => ({ id, threadId: `t${i >> 1}`, email: evaluatedEmail(i), reply: good(i) })),
  );
  const rows = (reply: (i: number) => string, by: string) =>
    ids.map((id, i) => ({ id, reply: reply(i), stopped: "end", promptTokens: 1, replyTokens: 1, model: by }));
  putRows("predictions.jsonl", rows(replies, model));
  putRows(
    "base-predictions.jsonl",
    rows(() => "Shut up.", "base"),
  );
  return run;
}

const options = (run: string, more: object = {}) => ({ run, set: [], ...more });
const readJson = (run: string, name: string) => JSON.parse(readFileSync(join(run, name), "utf8"));

async function exitCodeOf(work: Promise<void>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

describe("judge", () => {
  it("judges a run's replies, tells who judged, and plans without asking", async () => {
    const run = makeRun((i) => (i < 6 ? good(i) : "Whatever."));
    const plan = quietSession();
    await judge(options(run, { dryRun: true }), plan);
    expect(plan.printed[0]).toMatch(/^8 calls to make, 0 are answered already[\s\S]*at most \$0\n/);
    expect(existsSync(join(run, "judgements.jsonl"))).toBe(false);
    const session = quietSession();
    await judge(options(run), session);
    expect(readJson(run, "judge.json")).toMatchObject({
      of: "checkpoints/step-1",
      items: 8,
      scored: 8,
      outcomes: { "not-usable": 2 },
    });
    const text = session.printed.join("\n");
    expect(text).toContain("Judge and teacher are the same model (builtin-rules)");
    expect(text).toMatch(/judge:builtin-rules\|at:builtin\|prompt:/);
    expect(text).toContain("8 calls (0 repeats)");
    const again = quietSession();
    await judge(options(run, { dryRun: true }), again);
    expect(again.printed[0]).toMatch(/^0 calls to make, 8 are answered already/);
  });

  it("compares with the base, the teacher and another run", async () => {
    const run = makeRun(good);
    await judge(options(run, { against: "base" }), quietSession());
    expect(readJson(run, "judge-pairs.json")).toMatchObject({ against: "base", items: 8, wins: 8, losses: 0 });
    await judge(options(run, { against: "teacher" }), quietSession());
    expect(readJson(run, "judge-pairs.json")).toMatchObject({
      against: "the teacher's replies",
      ties: 8,
      cost: { calls: 0 },
    });
    const other = makeRun((i) => (i < 4 ? "Whatever." : good(i)), "other");
    const session = quietSession();
    await judge(options(run, { against: other }), session);
    expect(readJson(run, "judge-pairs.json")).toMatchObject({ wins: 4, ties: 4, losses: 0, winRate: { rate: 0.75 } });
    expect(session.printed.join("\n")).toContain("4 wins, 4 ties, 0 losses; exact sign test p = 0.125");
  });

  it("refuses a run without replies, or with other mails", async () => {
    const run = makeRun(good);
    await expect(judge(options(run, { against: "nowhere" }), quietSession())).rejects.toThrow('--against takes "base"');
    const other = makeRun(good);
    const rows = readFileSync(join(other, "replies.jsonl"), "utf8").replaceAll("Could you", "Will you");
    writeFileSync(join(other, "replies.jsonl"), rows);
    await expect(judge(options(run, { against: other }), quietSession())).rejects.toThrow("another text (mail-0");
    writeFileSync(
      join(run, "predictions.jsonl"),
      `${readFileSync(join(run, "predictions.jsonl"), "utf8").split("\n")[0]}\n`,
    );
    await expect(judge(options(run), quietSession())).rejects.toThrow("7 of 8 held-out mails have no reply");
  });
});

describe("calibrate", () => {
  it("compares the judge with people, and refuses labels of other mails", async () => {
    const run = makeRun((i) => (i < 6 ? good(i) : "Whatever."));
    const labels = join(run, "labels.csv");
    writeFileSync(labels, "id,label\nmail-0,send-ready\nmail-6,not-usable\nmail-7,not-usable\nmail-1,send-ready\n");
    await expect(calibrate({ labels, run }, quietSession())).rejects.toThrow("calibrate needs the output of judge");
    await judge(options(run), quietSession());
    const session = quietSession();
    await calibrate({ labels, run }, session);
    expect(readJson(run, "calibration.json")).toMatchObject({
      labels: 4,
      usable: { table: { bothPass: 2, bothFail: 2 } },
    });
    expect(session.printed.join("\n")).toMatch(/usable +1\.00/);
    writeFileSync(labels, "id,label\nmail-99,send-ready\n");
    await expect(calibrate({ labels, run }, quietSession())).rejects.toThrow(
      'line 2: "mail-99" is no mail that was judged',
    );
  });

  it("sets distill's judge against what was decided in view", async () => {
    const { folder, recipe, remove } = await makeViewRun(40); // multiples of 5 are rejected by the judge, the rest accepted
    try {
      writeFileSync(join(folder, "recipe.json"), JSON.stringify(recipe));
      await expect(calibrate({ run: folder }, quietSession())).rejects.toThrow(
        `holds no decision on a draft that the judge has scored. Decide on some first: npx pocketreply view --run ${folder}`,
      );
      const rows = ["replies.jsonl", "rejected.jsonl"].flatMap((name) =>
        readFileSync(join(folder, name), "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Reply),
      );
      const decide = (i: number, decision: "accept" | "reject", words?: string, note: string | null = null) => {
        const { id, email, reply } = rows.find(({ id }) => id === `mail-${i}`)!;
        const accepted = decision === "accept" ? (words ?? reply) : null;
        const attempt = decision === "accept" ? 1 : null;
        return { id, emailDigest: reviewedDigest(email), decision, reply: accepted, attempt, note, at: "2026-01-01" };
      };
      const decisions = [
        ...[1, 2, 4, 7, 8, 11, 13, 14, 17, 19].map((i) => decide(i, "accept")), // both pass
        decide(5, "accept"), //                                                   only the person
        decide(22, "reject"), //                                                  only the judge
        decide(23, "accept", "In my own words."), //                              only the judge: not as it was
        decide(10, "reject"), //                                                  both fail
        decide(26, "reject", undefined, REASON_NO_REPLY), //                      says nothing of the draft
      ];
      writeFileSync(join(folder, "reviews.jsonl"), decisions.map((row) => `${JSON.stringify(row)}\n`).join(""));
      const session = quietSession();
      await calibrate({ run: folder }, session);
      expect(readJson(folder, "calibration-decisions.json")).toMatchObject({
        decisions: 14,
        verdicts: { table: { bothPass: 10, onlyPeoplePass: 1, onlyJudgePasses: 2, bothFail: 1 }, raw: { of: 39 } },
        leftOut: { "the mail needs no reply, whatever the draft says": 1 },
        bestThreshold: null,
      });
      const text = session.printed.join("\n");
      expect(text).toContain("14 drafts; it let through 2 that you did not take as they were, and sent back 1");
      expect(text).toMatch(/good enough +0\.28/); // (11/14 − 138/196) / (1 − 138/196)
      expect(text).toContain("0.8 (now)");
    } finally {
      await remove();
    }
  });
});

describe("gate", () => {
  const write = (run: string, text: string) => {
    const file = join(run, "gates.yaml");
    writeFileSync(file, text);
    return file;
  };
  const floors = (...lines: string[]) => `floors:\n${lines.map((line) => `  - {${line}}\n`).join("")}`;

  it("ends with 0, 1 or 2, and writes JUnit XML", async () => {
    const run = makeRun((i) => (i < 6 ? good(i) : "Whatever."));
    await judge(options(run), quietSession());
    const junit = join(run, "gates.xml");
    const code = (text: string) => exitCodeOf(gate({ file: write(run, text), run, junit }, quietSession()));
    expect(await code(floors("metric: judge.usable.rate, min: 0.7"))).toBe(0);
    expect(readFileSync(junit, "utf8")).toContain('tests="1" failures="0" errors="0"');
    expect(await code(floors("metric: judge.usable.rate, min: 0.9"))).toBe(1);
    expect(readFileSync(junit, "utf8")).toContain('<failure message="is 0.75" type="floor">');
    expect(await code(floors("metric: judge.usable.rate, min: 0.7", "metric: bench.leaks.passed, max: 0"))).toBe(2);
    expect(readFileSync(junit, "utf8")).toContain("bench.json is not there");
    expect(await code("nonInferiority: [{metric: judge.usable, margin: 1}]")).toBe(2); // no baseline
    expect(await code("floors: {")).toBe(2);
    expect(await code(floors("metric: weather.rain, max: 0"))).toBe(2);
  });

  it("does not take the verdicts on other replies for those of the run", async () => {
    const run = makeRun(good);
    await judge(options(run), quietSession());
    const file = write(run, floors("metric: judge.usable.rate, min: 0"));
    expect(await exitCodeOf(gate({ file, run }, quietSession()))).toBe(0);
    writeFileSync(
      join(run, "predictions.jsonl"),
      readFileSync(join(run, "predictions.jsonl"), "utf8").replace("thank", "Thank"),
    );
    const session = quietSession();
    expect(await exitCodeOf(gate({ file, run }, session))).toBe(2);
    expect(session.printed.join("\n")).toContain("judged other replies than");
  });

  it("compares with a baseline only under the same judge and on the same mails", async () => {
    const [run, baseline] = [makeRun(good), makeRun((i) => (i < 4 ? "Whatever." : good(i)))];
    for (const folder of [run, baseline]) await judge(options(folder), quietSession());
    const file = write(run, "nonInferiority: [{metric: judge.usable, margin: 0.05}]");
    const session = quietSession();
    expect(await exitCodeOf(gate({ file, run, baseline }, session))).toBe(0);
    expect(session.printed.join("\n")).toContain(
      "✓ judge.usable: at most 0.05 worse than the baseline; 1 against 0.5: +0.5",
    );
    expect(await exitCodeOf(gate({ file, run: baseline, baseline: run }, quietSession()))).toBe(1);

    const judged = readJson(baseline, "judge.json");
    writeFileSync(
      join(baseline, "judge.json"),
      JSON.stringify({ ...judged, judge: { ...judged.judge, id: "x", model: "y" } }),
    );
    const other = quietSession();
    expect(await exitCodeOf(gate({ file, run, baseline }, other))).toBe(2);
    expect(other.printed.join("\n")).toContain("come from different judges and cannot be compared");

    writeFileSync(join(baseline, "judge.json"), JSON.stringify(judged));
    const rows = readFileSync(join(baseline, "judged.jsonl"), "utf8").split("\n");
    writeFileSync(join(baseline, "judged.jsonl"), `${rows.slice(1).join("\n")}`);
    const fewer = quietSession();
    expect(await exitCodeOf(gate({ file, run, baseline }, fewer))).toBe(2);
    expect(fewer.printed.join("\n")).toContain("hold out different mails (1 only in the first, 0 only in the second)");
  });

  it("gives the exit code to the shell", { timeout: 180_000 }, async () => {
    const run = makeRun(good);
    const file = write(run, floors("metric: judge.usable.rate, min: 0.7"));
    const undecided = await runCli(["gate", file, "--run", run, "--json"]);
    expect(undecided.code).toBe(2);
    expect(JSON.parse(undecided.stdout)).toMatchObject({ errors: 1, exitCode: 2 });
  });
});

it("the example that ships is a valid gates file, and every report it names is known", async () => {
  const run = makeRun(good);
  const session = quietSession();
  expect(await exitCodeOf(gate({ file: "recipes/gates.yaml", run, baseline: run }, session))).toBe(2);
  const text = session.printed.join("\n");
  expect(text).not.toMatch(/no report is called|no values item by item/);
  expect(text).toContain("0 failed");
});
