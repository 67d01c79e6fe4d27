import { describe, expect, it } from "vitest";
import { bleu } from "./bleu.ts";
import { type EvaluationItem, evaluateReplies } from "./evaluate.ts";

const topics = ["invoice", "lunch", "server", "travel", "contract", "holiday", "printer", "budget"];
const train = topics.map((topic, i) => ({
  email: `Could you tell me about the ${topic} by day ${i}?`,
  reply: `Thank you, I will send you the ${topic} details on day ${i}.`,
}));
const items: EvaluationItem[] = topics.map((topic, i) => ({
  id: `mail-${i}`,
  email: `What is the state of the ${topic}?`,
  reference: `Thank you, the ${topic} will be ready by Friday at noon.`,
  candidate: i === 0 ? "Subject: x\n\nI am not" : `Thank you, the ${topic} will be ready on Friday at noon.`,
  baseCandidate: "Here is a reply to the email you sent me just now.",
}));

describe("evaluateReplies", () => {
  const evaluation = evaluateReplies({ items, train, seed: 42 });
  const { systems } = evaluation;

  it("scores the student above every control, each with its signature", () => {
    const expected = bleu(items.map(({ candidate }) => candidate), [items.map(({ reference }) => reference)]); // biome-ignore format: one line
    expect(systems.student.bleu).toEqual(expected);
    for (const control of [systems.base!, systems.constant, systems.nearest, systems.shuffledReferences!]) {
      expect(control.bleu.score).toBeLessThan(systems.student.bleu.score);
      expect(control.bleu.signature).toBe(expected.signature);
      expect(control.chrf.score).toBeLessThan(systems.student.chrf.score);
      expect(control.rouge.rougeL.fMeasure).toBeLessThan(systems.student.rouge.rougeL.fMeasure);
    }
    expect(systems.student.chrf.name).toBe("chrF2++");
  });

  it("copies the neighbour of the same topic and tells the constant reply", () => {
    const copied = train.map(({ reply }) => reply);
    expect(systems.nearest.bleu.score).toBe(bleu(copied, [items.map(({ reference }) => reference)]).score);
    expect(copied).toContain(evaluation.constantReply);
    expect(evaluation.copiedFromTraining).toBe(0);
    expect(evaluation.nearestSimilarity.mean).toBeGreaterThan(0.3);
  });

  it("counts what the checks find, with ids and the text", () => {
    expect(systems.student.checks).toEqual({
      clean: 7,
      failures: {
        subject: { count: 1, ids: ["mail-0"], example: "Subject: x" },
        unfinished: { count: 1, ids: ["mail-0"], example: "Subject: x\n\nI am not" },
      },
    });
    expect(evaluation.referenceChecks).toEqual({ clean: 8, failures: {} });
    expect(systems.constant.meanSentences).toBe(1);
  });

  it("is plain data and the same twice", () => {
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluateReplies({ items, train, seed: 42 }));
  });

  it("leaves out what it cannot make", () => {
    const single = evaluateReplies({ items: [{ ...items[1], baseCandidate: undefined }], train, seed: 1 });
    expect(single.systems.base).toBeNull();
    expect(single.systems.shuffledReferences).toBeNull();
  });

  it("refuses what cannot be evaluated", () => {
    expect(() => evaluateReplies({ items: [], train, seed: 1 })).toThrow("the test split is empty");
    expect(() => evaluateReplies({ items, train: [], seed: 1 })).toThrow("no training replies");
    expect(() => evaluateReplies({ items: [items[0], items[0]], train, seed: 1 })).toThrow(
      "hold the mail mail-0 twice",
    );
    const partly = [items[0], { ...items[1], baseCandidate: undefined }];
    expect(() => evaluateReplies({ items: partly, train, seed: 1 })).toThrow("Only 1 of 2 predictions");
  });
});
