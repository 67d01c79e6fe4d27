import { describe, expect, it } from "vitest";
import { summarizeCosts } from "./cost.ts";
import { acceptedRank, meanReciprocalRank, precisionAtK, suggestionDiversity } from "./suggestions.ts";
import { abstainRate, averagePrecision, calibrationError, rocAuc } from "./trigger.ts";

describe("suggestions (A15)", () => {
  it("computes P@k and MRR", () => {
    const ranks = [1, 3, null, 2];
    expect(precisionAtK(ranks, 1)).toBe(1 / 4);
    expect(precisionAtK(ranks, 2)).toBe(2 / 4);
    expect(precisionAtK(ranks, 3)).toBe(3 / 4);
    expect(meanReciprocalRank(ranks)).toBeCloseTo((1 + 1 / 3 + 0 + 1 / 2) / 4, 12);
    expect(precisionAtK([], 1)).toBeNaN();
  });

  it("ranks by likeness to what was accepted, and sees stances", () => {
    const accepted = ["Yes, Friday at noon works for me."];
    expect(acceptedRank(["I can't come.", "Friday at noon works for me.", "Who?"], accepted)).toBe(2);
    expect(acceptedRank(["I can't come."], accepted)).toBeNull();
    expect(suggestionDiversity(["Yes, gladly.", "yes,  gladly.", "Sorry, I can't.", "Who else comes?"])).toEqual({
      distinct: 3 / 4,
      stances: ["yes", "no", "open"],
    });
  });
});

describe("trigger (A16)", () => {
  const cases = (positives: number[], negatives: number[]) => [
    ...positives.map((score) => ({ score, needsReply: true })),
    ...negatives.map((score) => ({ score, needsReply: false })),
  ];

  it("computes the area under the ROC curve, ties as halves", () => {
    expect(rocAuc(cases([0.9, 0.8], [0.1, 0.2]))).toBe(1);
    expect(rocAuc(cases([0.1], [0.9]))).toBe(0);
    expect(rocAuc(cases([0.8, 0.4], [0.6, 0.2]))).toBe(3 / 4); // 0.4 < 0.6 is the one pair in the wrong order
    expect(rocAuc(cases([0.5, 0.5], [0.5]))).toBe(1 / 2);
    expect(rocAuc(cases([0.5], []))).toBeNaN();
  });

  it("computes average precision, calibration error and abstention", () => {
    // ranks of positives 1 and 3: (1/1 + 2/3) / 2
    expect(averagePrecision(cases([0.9, 0.5], [0.7]))).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(averagePrecision(cases([0.5], [0.5]))).toBe(1 / 2);
    // bin 0.9: two cases, mean 0.9, one true: |1.8 − 1|; bin 0.1: |0.1 − 0|; of three
    expect(calibrationError(cases([0.9], [0.9, 0.1]))).toBeCloseTo((0.8 + 0.1) / 3, 12);
    expect(calibrationError(cases([1], [0]))).toBe(0);
    expect(abstainRate(cases([0.1], [0.1, 0.6]), 0.5)).toBe(1 / 2);
  });
});

describe("summarizeCosts (A19)", () => {
  it("takes nearest ranks of what was measured", () => {
    const cost = (replyTokens: number | null) => ({
      promptTokens: null,
      replyTokens,
      firstTokenMs: null,
      tokensPerSecond: null,
    });
    const summary = summarizeCosts([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, null].map(cost));
    expect(summary.replyTokens).toEqual({ median: 5, p90: 9, of: 10 });
    expect(summary.firstTokenMs).toBeNull();
  });
});
