import { describe, expect, it } from "vitest";
import type { Scores } from "../prompts/index.ts";
import { isAccepted, nextStep, type StepRow } from "./steps.ts";

const rules = { threshold: 0.8, rule: "mean", refinements: 3, defectRepeats: 2, failedPasses: 3 } as const;
const even = (value: number): Scores => ({
  relevance: value,
  conciseness: value,
  adaptability: value,
  politeness: value,
});
const feedback = { relevance: "r", conciseness: "c", adaptability: "a", politeness: "p" };
const written = (round: number): StepRow => ({
  kind: round === 0 ? "generate" : "refine",
  round,
  outcome: "ok",
  reply: `draft ${round}`,
});
const judged = (round: number, value: number): StepRow => ({
  kind: "judge",
  round,
  outcome: "ok",
  scores: even(value),
  feedback,
});
const failed = (kind: StepRow["kind"], round: number, outcome: "defect" | "refused" | "unanswered"): StepRow => ({
  kind,
  round,
  outcome,
  error: "why",
});

describe("the steps of a mail", () => {
  it("go generate, judge, refine with scores and feedback, judge, accept", () => {
    const rows: StepRow[] = [];
    const next = () => nextStep("mail", rows, rules);
    const fresh = { step: "call", round: 0, repeat: 0, drafts: [] };
    expect(next()).toEqual({ ...fresh, data: { kind: "generate", email: "mail" } });
    rows.push(written(0));
    expect(next()).toEqual({ ...fresh, data: { kind: "judge", email: "mail", reply: "draft 0" } });
    rows.push(judged(0, 0.5));
    expect(next()).toEqual({
      step: "call",
      round: 1,
      repeat: 0,
      drafts: [{ reply: "draft 0", scores: even(0.5), feedback }],
      data: { kind: "refine", email: "mail", reply: "draft 0", scores: even(0.5), feedback },
    });
    rows.push(written(1), judged(1, 0.8));
    expect(next()).toMatchObject({ step: "accept", drafts: [{ reply: "draft 0" }, { reply: "draft 1" }] });
  });

  it("end in rejection after three refinements", () => {
    const rows = [0, 1, 2, 3].flatMap((round) => [written(round), judged(round, 0.79)]);
    expect(nextStep("mail", rows.slice(0, 6), rules)).toMatchObject({
      step: "call",
      round: 3,
      data: { kind: "refine", reply: "draft 2" },
    });
    expect(nextStep("mail", rows, rules)).toMatchObject({
      step: "reject",
      reason: "threshold",
      detail: "no draft of 4 reached 0.8 (mean of the four scores)",
    });
    expect(nextStep("mail", rows.slice(0, 2), { ...rules, refinements: 0 })).toMatchObject({ step: "reject" });
  });

  it("repeat a call whose answer was of no use, twice", () => {
    const defect = { ...failed("generate", 0, "defect"), answer: "Sure!" };
    expect(nextStep("mail", [defect], rules)).toMatchObject({
      step: "call",
      repeat: 1,
      defective: { answer: "Sure!", defect: "why" },
    });
    expect(nextStep("mail", [defect, defect], rules)).toMatchObject({ step: "call", repeat: 2 });
    expect(nextStep("mail", [defect, defect, written(0)], rules)).toMatchObject({ data: { kind: "judge" } });
    expect(nextStep("mail", [defect, defect, defect], rules)).toMatchObject({
      step: "reject",
      reason: "defect",
      detail: "generate: why, 3 times",
    });
  });

  it("end at once when the endpoint refuses the mail, and after three fruitless passes", () => {
    expect(nextStep("mail", [written(0), failed("judge", 0, "refused")], rules)).toMatchObject({
      step: "reject",
      reason: "refused",
      detail: "judge: why",
    });
    const silent = failed("generate", 0, "unanswered");
    expect(nextStep("mail", [silent, silent], rules)).toMatchObject({ step: "call", repeat: 0 });
    expect(nextStep("mail", [silent, silent, silent], rules)).toMatchObject({ step: "reject", reason: "unanswered" });
  });
});

describe("the threshold", () => {
  const mixed = { relevance: 0.7, conciseness: 0.9, adaptability: 0.8, politeness: 0.8 }; // mean 0.8, minimum 0.7
  it("is on the mean, or on every score", () => {
    expect(isAccepted(mixed, rules)).toBe(true);
    expect(isAccepted(mixed, { ...rules, rule: "minimum" })).toBe(false);
    expect(isAccepted(mixed, { rule: "minimum", threshold: 0.7 })).toBe(true);
  });
  it("is met by a mean that falls short by rounding alone", () => {
    const scores = { relevance: 0.1, conciseness: 0.2, adaptability: 0.3, politeness: 0.6 };
    expect((0.1 + 0.2 + 0.3 + 0.6) / 4).not.toBe(0.3); // 0.30000000000000004: rounding shows in sums of decimals
    expect(isAccepted(scores, { rule: "mean", threshold: 0.3 })).toBe(true);
    expect(isAccepted({ ...scores, politeness: 0.599 }, { rule: "mean", threshold: 0.3 })).toBe(false);
  });
});
