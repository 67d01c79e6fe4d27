import { describe, expect, it } from "vitest";
import { finish } from "../metrics/index.ts";
import { likenessSteps, nameBucket, SIMILARITY_EDGES, sharesLongRun, similarityBucket } from "./leakage.ts";

const words = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `w${from + i}`).join(" ");
const likeness = (email: string, train: string[], reference = "No.") =>
  finish(
    likenessSteps({
      emails: [email],
      references: [reference],
      train: train.map((text) => ({ email: text, reply: "Yes, thanks." })),
    }),
  )[0];

describe("likenessSteps", () => {
  it("is the share of five-word runs in one training mail", () => {
    // 14 words are 10 runs; the training mail begins with 9 of them: 5 runs, and has 9 runs of its own beside (18 words, 14 runs).
    const found = likeness(words(0, 14), [
      "something else altogether, not at all alike",
      `${words(0, 9)} ${words(50, 59)}`,
    ]);
    expect(found.nearest).toBe(1);
    expect(found.containment).toBeCloseTo(5 / 10, 12);
    expect(found.jaccard).toBeCloseTo(5 / (10 + 14 - 5), 12);
    expect(found.longRun).toBe(false);
  });

  it("does not add up what stands in different training mails", () => {
    const found = likeness(words(0, 14), [words(0, 9), words(5, 14)]); // 5 runs each
    expect(found.containment).toBeCloseTo(0.5, 12);
    expect(found.nearest).toBe(0);
  });

  it("is 1 for the same mail whatever its case and punctuation, 0 for another and for an empty one", () => {
    expect(likeness("Could you send me the report, please?", ["could you SEND me the report please"])).toMatchObject({
      containment: 1,
      jaccard: 1,
      nearest: 0,
    });
    expect(
      likeness("Could you send me the report, please?", ["Lunch on Friday is at noon as always"]).nearest,
    ).toBeNull();
    expect(likeness("", ["Lunch on Friday is at noon as always"])).toMatchObject({ containment: 0, nearest: null });
  });

  it("tells thirteen words in a row, not twelve", () => {
    expect(likeness(`a b ${words(0, 13)} c`, [`x ${words(0, 13)} y`]).longRun).toBe(true);
    expect(likeness(`a b ${words(0, 12)} c`, [`x ${words(0, 12)} y`]).longRun).toBe(false);
    expect(sharesLongRun(words(0, 13), `${words(0, 7)} ${words(7, 13)}x`)).toBe(false); // the last word differs
  });

  it("tells a reference that is a training reply", () => {
    expect(likeness("Hi", ["Ho"], " yes,  THANKS. ").referenceSeen).toBe(true);
    expect(likeness("Hi", ["Ho"], "Yes, thank you.").referenceSeen).toBe(false);
  });
});

describe("similarityBucket", () => {
  it("takes an edge into the upper bucket, and 1 into the last", () => {
    expect(SIMILARITY_EDGES.map((edge) => similarityBucket(edge))).toEqual([0, 1, 2, 3, 4, 4]);
    expect([0.0999, 0.6999].map((edge) => nameBucket(similarityBucket(edge)))).toEqual(["0–10 %", "50–70 %"]);
  });
});
