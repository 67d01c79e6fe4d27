import { describe, expect, it } from "vitest";
import type { JudgedPair, JudgedReply } from "../judge/index.ts";
import { digestItems, judgePairs, judgeReplies } from "../judge/index.ts";
import { judgeFolder, judgeRecipe, makeItems, passing, rowsOf, startJudge } from "../judge/judge.fixture.ts";
import type { Recipe } from "../recipe.ts";
import { arePairsOf, compareJudge, type JudgedPairs, type JudgedRun } from "./compare-judge.ts";

const COUNT = 24;
const mails = makeItems(COUNT);
/** A's replies to the first mails are bad; B's reply to the last is. */
const badInA = 10;
const replyOf = (side: "a" | "b", i: number) =>
  (side === "a" ? i < badInA : i === COUNT - 1) ? `No, not report ${i}.` : `${mails[i].reply} Yours, ${side}.`;
const answersOf = (side: "a" | "b") => mails.map((mail, i) => ({ ...mail, reply: replyOf(side, i) }));
const asItems = (side: "a" | "b") =>
  answersOf(side).map(({ reply, ...mail }) => ({ ...mail, student: { text: reply } }));
const pairs = asItems("a").map((a, i) => ({ a, b: asItems("b")[i] }));

const fails = (reply: string) => ({
  form: { findings: [{ email: "", reply: reply.split("\n")[0], note: "rude" }], verdict: "fail" },
});
const startScripted = () =>
  startJudge(({ reply, first, second }) => {
    if (reply !== "") return passing(reply, reply.startsWith("No") ? fails(reply) : {});
    const better = first.startsWith("No") ? "second" : second.startsWith("No") ? "first" : "tie";
    const differences = better === "tie" ? [] : [{ first: first.slice(0, 2), second: "", note: "", better }];
    return { differences, verdict: better };
  });

async function judgeSide(side: "a" | "b", recipe: Recipe): Promise<JudgedRun> {
  const paths = await judgeFolder();
  const report = await judgeReplies({ items: answersOf(side), of: side, paths, recipe });
  return { name: `run ${side}`, report, rows: await rowsOf<JudgedReply>(paths.judged) };
}

async function judgeBoth(of: "a" | "b", recipe: Recipe): Promise<JudgedPairs> {
  const paths = await judgeFolder();
  const [own, others] = of === "b" ? [answersOf("b"), answersOf("a")] : [answersOf("a"), answersOf("b")];
  const items = own.map((item, i) => ({ ...item, other: others[i].reply }));
  const report = await judgePairs({
    items,
    onlyOne: 0,
    runDigest: digestItems(own),
    of,
    against: "the other",
    paths,
    recipe,
  });
  return { of, report, rows: await rowsOf<JudgedPair>(paths.judgedPairs) };
}

process.env.POCKETREPLY_TEST_KEY = "key";

describe("compareJudge", () => {
  it("tests the outcomes of both runs mail by mail, with an interval over threads", async () => {
    const recipe = judgeRecipe((await startScripted()).baseUrl);
    const [a, b] = [await judgeSide("a", recipe), await judgeSide("b", recipe)];
    const { outcomes, pairs: none, refusal } = compareJudge(pairs, { a, b, pairs: null })!;
    expect([none, refusal]).toEqual([null, null]);
    expect(outcomes).toMatchObject({ items: COUNT, scored: COUNT, judge: { id: a.report.judge.id } });
    const [ready] = outcomes!.outcomes;
    expect(ready).toMatchObject({ name: "send-ready", a: { passed: COUNT - badInA }, b: { passed: COUNT - 1 } });
    expect(ready.difference!.discordant).toMatchObject({ run: badInA, baseline: 1 });
    expect(ready.difference!.estimate).toBeCloseTo((badInA - 1) / COUNT, 12);
    expect(ready.difference!.low).toBeGreaterThan(0);
    // eleven mails tell them apart, ten of them one way: 2 · (1 + 11) / 2¹¹
    expect(ready.pValue).toBeCloseTo((2 * (1 + 11)) / 2 ** 11, 12);
    expect(ready.detectable).toBeGreaterThan(0);
    expect([ready.worst, ready.best]).toEqual([ready.difference!.estimate, ready.difference!.estimate]);
  });

  it("leaves missing verdicts out of the test, and says between what they could move the difference", async () => {
    const recipe = judgeRecipe((await startScripted()).baseUrl);
    const [a, b] = [await judgeSide("a", recipe), await judgeSide("b", recipe)];
    const unscored = { reason: "unusable" as const, detail: "prose" };
    const rows = b.rows.map((row, i) => (i < 2 ? { ...row, outcome: null, unscored } : row));
    const { outcomes } = compareJudge(pairs, { a, b: { ...b, rows }, pairs: null })!;
    const [ready] = outcomes!.outcomes;
    expect(outcomes!.scored).toBe(COUNT - 2);
    expect(ready.b.of).toBe(COUNT - 2);
    expect(ready.difference!.discordant).toMatchObject({ run: badInA - 2, baseline: 1 });
    expect(ready.worst).toBeCloseTo((badInA - 3) / COUNT, 12); // both not ready, as in A
    expect(ready.best).toBeCloseTo((badInA - 1) / COUNT, 12);
  });

  it("refuses the numbers of different judges and says which", async () => {
    const recipe = judgeRecipe((await startScripted()).baseUrl);
    const a = await judgeSide("a", recipe);
    const b = await judgeSide("b", { ...recipe, evaluate: { ...recipe.evaluate, maxJudgeTokens: 777 } });
    const { outcomes, refusal } = compareJudge(pairs, { a, b, pairs: null })!;
    expect(outcomes).toBeNull();
    expect(refusal).toContain("run a and run b come from different judges and cannot be compared");
    expect(refusal).toContain(`maxTokens: ${recipe.evaluate.maxJudgeTokens} there, 777 here`);
    expect(refusal).toContain("npx pocketreply judge --run");
  });

  it("counts the wins of B, from whichever side the pairs were judged, on the mails compared alone", async () => {
    const recipe = judgeRecipe((await startScripted()).baseUrl);
    const [fromB, fromA] = [await judgeBoth("b", recipe), await judgeBoth("a", recipe)];
    const compare = (judged: JudgedPairs, some = pairs) =>
      compareJudge(some, { a: null, b: null, pairs: judged })!.pairs!;
    expect(compare(fromB)).toMatchObject({ wins: badInA, losses: 1, ties: COUNT - badInA - 1, scored: COUNT });
    const { judge: _, warnings: __, ...figures } = compare(fromB);
    expect(compare(fromA)).toMatchObject(figures);
    expect(compare(fromB, pairs.slice(0, 4))).toMatchObject({ wins: 4, losses: 0, items: 4 });
  });

  it("is nothing where no judge was asked about both", () => {
    expect(compareJudge(pairs, { a: null, b: null, pairs: null })).toBeNull();
  });
});

describe("arePairsOf", () => {
  it("knows the pairs of these two runs from those of other replies on either side", async () => {
    const judged = await judgeBoth("b", judgeRecipe((await startScripted()).baseUrl));
    const [a, b] = [asItems("a"), asItems("b")];
    const change = (items: typeof a) =>
      items.map((item, i) => (i === 5 ? { ...item, student: { text: "Other." } } : item));
    expect(arePairsOf(judged, b, a)).toBe(true);
    expect(arePairsOf(judged, b, [...a].reverse())).toBe(true);
    expect(arePairsOf(judged, change(b), a)).toBe(false);
    expect(arePairsOf(judged, b, change(a))).toBe(false);
    expect(arePairsOf(judged, b, a.slice(1))).toBe(false);
    expect(arePairsOf(judged, a, b)).toBe(false);
    const { againstDigest: _, ...early } = judged.report;
    expect(arePairsOf({ report: early, rows: judged.rows }, b, a)).toBe(false); // of an earlier version: cannot be told
  });
});
