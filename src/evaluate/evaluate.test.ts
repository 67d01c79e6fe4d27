import { describe, expect, it } from "vitest";
import { bleu, measureBleu } from "./bleu.ts";
import { confidenceInterval } from "./bootstrap.ts";
import { type EvaluationItem, type EvaluationProgress, evaluateReplies } from "./evaluate.ts";

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

describe("evaluateReplies", async () => {
  const evaluation = await evaluateReplies({ items, train, seed: 42 });
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

  it("gives every system the interval that sacreBLEU would print", () => {
    const references = [items.map(({ reference }) => reference)];
    const measured = measureBleu(items.map(({ candidate }) => candidate), references); // biome-ignore format: one line
    expect(systems.student.bleuInterval).toEqual(confidenceInterval(measured));
    expect(systems.student.bleuInterval.signature).toMatch(/^nrefs:1\|bs:1000\|seed:12345\|case:mixed\|/);
    for (const system of Object.values(systems)) {
      const { low, high, signature } = system!.bleuInterval;
      expect(low).toBeLessThanOrEqual(system!.bleu.score + 5);
      expect(high).toBeGreaterThanOrEqual(system!.bleu.score - 5);
      expect(signature.replace("bs:1000|seed:12345|", "")).toBe(system!.bleu.signature);
    }
    expect(systems.student.bleuInterval.low).toBeGreaterThan(systems.constant.bleuInterval.high);
  });

  it("tells how far it is, and stops when told to", async () => {
    const seen: EvaluationProgress[] = [];
    await evaluateReplies({ items, train, seed: 42, onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ step }) => step))]).toEqual([
      "the best constant reply",
      "the nearest training mails",
      "scores",
    ]);
    expect(seen.at(-1)).toEqual({ step: "scores", done: 1025, total: 1025, unit: "scores" });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(evaluateReplies({ items, train, seed: 42, signal })).rejects.toThrow("enough");
  });

  it("is plain data and the same twice", async () => {
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(await evaluateReplies({ items, train, seed: 42 }));
  });

  it("leaves out what it cannot make", async () => {
    const single = await evaluateReplies({ items: [{ ...items[1], baseCandidate: undefined }], train, seed: 1 });
    expect(single.systems.base).toBeNull();
    expect(single.systems.shuffledReferences).toBeNull();
  });

  it("refuses what cannot be evaluated", async () => {
    const refused = (options: Partial<Parameters<typeof evaluateReplies>[0]>) =>
      expect(evaluateReplies({ items, train, seed: 1, ...options })).rejects;
    await refused({ items: [] }).toThrow("the test split is empty");
    await refused({ train: [] }).toThrow("no training replies");
    await refused({ items: [items[0], items[0]] }).toThrow("hold the mail mail-0 twice");
    await refused({ items: [items[0], { ...items[1], baseCandidate: undefined }] }).toThrow("Only 1 of 2 predictions");
  });
});
