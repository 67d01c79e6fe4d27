import { describe, expect, it } from "vitest";
import { type Answer, type Asked, judgeFolder, judgeRecipe, rowsOf, startJudge } from "./judge.fixture.ts";
import { judgePairs, type PairItem, summarizePairs } from "./pairs.ts";
import type { JudgedPair } from "./report.ts";

const items: PairItem[] = Array.from({ length: 8 }, (_, i) => ({
  id: `mail-${i}`,
  threadId: `thread-${i}`,
  email: `Subject: Report ${i}\n\nCould you send me report ${i}?`,
  reply: `Ours sends report ${i}.`,
  other: `Theirs will not send report ${i}, and says so at some length.`,
}));
const numberOf = ({ email }: Asked) => Number(/Report (\d+)/.exec(email)![1]);
const choose = ({ first, second }: Asked, better: "first" | "second" | "tie"): Answer => ({
  differences: [{ first, second, note: "", better: better === "tie" ? "neither" : better }],
  verdict: better,
});
const ours = (asked: Asked): Answer => choose(asked, asked.first.startsWith("Ours") ? "first" : "second");

async function compare(answer: (asked: Asked) => Answer, own: readonly PairItem[] = items) {
  const server = await startJudge(answer);
  const paths = await judgeFolder();
  const options = {
    items: own,
    onlyOne: 2,
    runDigest: "d",
    of: "ours",
    against: "theirs",
    paths,
    recipe: judgeRecipe(server.baseUrl),
  };
  return { server, options, report: await judgePairs(options), rows: await rowsOf<JudgedPair>(paths.judgedPairs) };
}

describe("comparing", () => {
  it("shows each pair in both orders and counts wins, ties, losses", async () => {
    const { report, rows, server, options } = await compare((asked) => {
      const number = numberOf(asked);
      if (number < 5) return ours(asked);
      return number < 7 ? choose(asked, "tie") : choose(asked, asked.first.startsWith("Ours") ? "second" : "first");
    });
    expect(server.seen.total).toBe(16);
    expect(report).toMatchObject({
      ...{ items: 8, onlyOne: 2, scored: 8, wins: 5, ties: 2, losses: 1, positionConsistency: 1, firstSlotShare: 0.5 },
      winRate: { rate: 0.75, of: 8, passed: 6 },
      pValue: expect.closeTo(0.21875, 12), // 2 · (1 + 6) / 2⁶
      cost: { calls: 16 },
    });
    expect(report.detectable).toBeGreaterThan(0.35); // six decided pairs show only a win rate beyond 85 %
    expect(rows.map(({ result }) => result)).toEqual(["win", "win", "win", "win", "win", "tie", "tie", "loss"]);
    await judgePairs(options);
    expect(server.seen.total).toBe(16);
  });

  it("takes a verdict that follows the order for a tie, and shows the bias", async () => {
    const { report, rows } = await compare((asked) => choose(asked, "first"));
    expect(report).toMatchObject({ wins: 0, ties: 8, losses: 0, positionConsistency: 0, firstSlotShare: 1, pValue: 1 });
    expect(report.winRate.rate).toBe(0.5);
    expect(rows[0].verdicts).toEqual(["win", "loss"]);
  });

  it("settles equal and empty replies without a call", async () => {
    const own = [
      { ...items[0], other: `${items[0].reply}\n` },
      { ...items[1], reply: " " },
      { ...items[2], other: "" },
      { ...items[3], reply: "", other: "" },
    ];
    const { report, server } = await compare(ours, own);
    expect([server.seen.total, report.wins, report.ties, report.losses]).toEqual([0, 1, 2, 1]);
  });

  it("keeps a pair unscored where one order has no verdict, within the bounds", async () => {
    const { report } = await compare((asked) =>
      numberOf(asked) === 0 && asked.first.startsWith("Theirs") ? "[[A]]" : ours(asked),
    );
    expect(report).toMatchObject({ scored: 7, wins: 7, unscored: { unusable: { count: 1, ids: ["mail-0"] } } });
    expect(report.winRate).toMatchObject({ rate: 1, worst: { rate: 7 / 8 }, best: { rate: 1 } });
  });

  it("works with the built-in judge", async () => {
    const paths = await judgeFolder();
    const recipe = judgeRecipe("builtin", { judge: null });
    const good = "Dear Ada, thank you for your message. I will send you the report on Friday.";
    const email =
      "From: Ada Byron\nSubject: Report\n\nDear Tom,\n\nCould you send me the report by Friday?\n\nBest regards,\nAda";
    const pair = { id: "a", threadId: "a", email, reply: good, other: "Shut up." };
    const report = await judgePairs({
      items: [pair],
      onlyOne: 0,
      runDigest: "d",
      of: "a",
      against: "b",
      paths,
      recipe,
    });
    expect(report).toMatchObject({ wins: 1, scored: 1, positionConsistency: 1 });
  });
});

describe("the rate at equal length", () => {
  const pair = (i: number, result: JudgedPair["result"], difference: number): JudgedPair => ({
    id: `${i}`,
    threadId: `${i}`,
    result,
    verdicts: [result!, result!],
    characters: { of: 500 + difference, against: 500 },
    unscored: null,
  });

  it("equals the raw rate at equal length", () => {
    const { lengthControlled, winRate } = summarizePairs(
      Array.from({ length: 40 }, (_, i) => pair(i, i % 4 === 0 ? "loss" : i % 4 === 1 ? "tie" : "win", 0)),
    );
    expect(lengthControlled.rate).toBeCloseTo(winRate.rate!, 10);
    expect(lengthControlled).toMatchObject({ lengthEffect: 0, differsFromRaw: false });
  });

  it("raises the alarm where length decides", () => {
    const pairs = Array.from({ length: 200 }, (_, i) => {
      const isLonger = i % 10 !== 0;
      const likesLength = Math.floor(i / 10) % 10 !== 3;
      return pair(i, isLonger === likesLength ? "win" : "loss", isLonger ? 300 : -300);
    });
    const { lengthControlled, winRate } = summarizePairs(pairs);
    expect(winRate.rate).toBeGreaterThan(0.8);
    expect(lengthControlled.rate).toBeLessThan(0.7);
    expect(lengthControlled).toMatchObject({ differsFromRaw: true });
  });

  it("says why there is none", () => {
    const all = summarizePairs([pair(1, "win", 10), pair(2, "win", -10), pair(3, "win", 20)]);
    expect(all.lengthControlled).toMatchObject({ rate: null, reason: expect.stringContaining("no finite solution") });
    const none = summarizePairs([
      { ...pair(1, "win", 0), result: null, verdicts: null, unscored: { reason: "declined", detail: "" } },
    ]);
    expect(none).toMatchObject({
      scored: 0,
      winRate: { rate: null },
      lengthControlled: { rate: null },
      pValue: 1,
      positionConsistency: null,
      firstSlotShare: null,
    });
  });
});
