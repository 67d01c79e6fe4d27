import { describe, expect, it } from "vitest";
import { bleu, confidenceInterval, measureBleu } from "../metrics/index.ts";
import { type EvaluationProgress, evaluateReplies } from "./evaluate.ts";
import type { EvaluationItem } from "./items.ts";

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
  const evaluation = await evaluateReplies({ items, train, seed: 42, cleanBelow: 0.5 });
  const { systems } = evaluation;

  it("scores the student above every control, each with its signature", () => {
    const expected = bleu(
      items.map(({ candidate }) => candidate),
      [items.map(({ reference }) => reference)],
    );
    expect(systems.student.bleu).toEqual(expected);
    expect(systems.ceiling).toBeNull();
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
    const measured = measureBleu(
      items.map(({ candidate }) => candidate),
      references,
    );
    expect(systems.student.bleuInterval).toEqual(confidenceInterval(measured));
    expect(systems.student.bleuInterval.signature).toMatch(/^nrefs:1\|bs:1000\|seed:12345\|case:mixed\|/);
    for (const system of Object.values(systems).filter((system) => system !== null)) {
      const { low, high, signature } = system.bleuInterval;
      expect(low).toBeLessThanOrEqual(system.bleu.score + 5);
      expect(high).toBeGreaterThanOrEqual(system.bleu.score - 5);
      expect(signature.replace("bs:1000|seed:12345|", "")).toBe(system.bleu.signature);
    }
    expect(systems.student.bleuInterval.low).toBeGreaterThan(systems.constant.bleuInterval.high);
  });

  it("tells how far it is, and stops when told to", async () => {
    const seen: EvaluationProgress[] = [];
    await evaluateReplies({ items, train, seed: 42, cleanBelow: 0.5, onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ step }) => step))]).toEqual([
      "the best constant reply",
      "the nearest training mails",
      "what stands in training too",
      "scores",
      "the clean subset",
      "the model against the controls",
    ]);
    const total = 5 * (3 + items.length) + 1000; // five systems: three metrics and a step a reply each; then the resamples
    expect(seen.findLast(({ step }) => step === "scores")).toMatchObject({ done: total, total, unit: "scores" });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(evaluateReplies({ items, train, seed: 42, cleanBelow: 0.5, signal })).rejects.toThrow("enough");
  });

  it("is plain data and the same twice", async () => {
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(
      await evaluateReplies({ items, train, seed: 42, cleanBelow: 0.5 }),
    );
  });

  it("tests the model against each control on the same mails", () => {
    expect(Object.keys(evaluation.paired)).toEqual(["base", "constant", "nearest"]);
    for (const figures of Object.values(evaluation.paired)) {
      expect(figures.map(({ name }) => name)).toEqual(["BLEU", "chrF2++"]);
      for (const { difference, pValue } of figures) expect([difference > 0, pValue < 0.05]).toEqual([true, true]);
    }
    const [{ difference }] = evaluation.paired.nearest!;
    expect(difference).toBe(systems.student.bleu.score - systems.nearest.bleu.score);
  });

  it("takes the teacher's second replies as the ceiling", async () => {
    const again = items.map((item) => ({ ...item, ceilingReply: item.reference }));
    const { systems, paired } = await evaluateReplies({ items: again, train, seed: 42, cleanBelow: 0.5 });
    expect(systems.ceiling!.bleu.score).toBeCloseTo(100, 9);
    expect(paired.ceiling![0].difference).toBeLessThan(0);
  });

  it("tells what training has seen, and scores the clean mails alone", async () => {
    const leaked = items.map((item, i) =>
      i < 3 ? { ...item, email: train[i].email, reference: train[i].reply } : item,
    );
    const { leakage, slices, systems } = await evaluateReplies({ items: leaked, train, seed: 42, cleanBelow: 0.5 });
    expect(leakage).toMatchObject({ referencesSeen: 3, longRuns: 0, cleanBelow: 0.5 });
    expect(leakage.buckets.map(({ name, items }) => [name, items])).toEqual([
      ["0–10 %", 5],
      ["70–100 %", 3],
    ]);
    const clean = leaked.slice(3);
    const expected = bleu(
      clean.map(({ candidate }) => candidate),
      [clean.map(({ reference }) => reference)],
    );
    expect(leakage.clean!.student.bleu).toBe(expected.score);
    expect(leakage.clean!.items).toBe(5);
    expect(leakage.buckets[1].nearest.bleu).toBeCloseTo(100, 9); // the neighbour's reply is the reference
    for (const rows of Object.values(slices)) expect(rows.reduce((sum, { items }) => sum + items, 0)).toBe(8);
    const all = await evaluateReplies({ items: leaked, train, seed: 42, cleanBelow: 0 });
    expect(all.leakage.clean).toBeNull();
    expect(all.systems.student).toEqual(systems.student);
  });

  it("counts empty replies, and scores them", async () => {
    const empty = items.map((item, i) => (i < 2 ? { ...item, candidate: i === 0 ? "" : " \n" } : item));
    const { emptyCandidates, systems } = await evaluateReplies({ items: empty, train, seed: 42, cleanBelow: 0.5 });
    expect(emptyCandidates).toBe(2);
    expect(systems.student.checks.failures.empty!.count).toBe(2);
    expect(systems.student.bleu.score).toBeLessThan(evaluation.systems.student.bleu.score);
  });

  it("leaves out what it cannot make", async () => {
    const single = await evaluateReplies({
      items: [{ ...items[1], baseCandidate: undefined }],
      train,
      seed: 1,
      cleanBelow: 0.5,
    });
    expect(single.systems.base).toBeNull();
    expect(single.systems.shuffledReferences).toBeNull();
  });

  it("refuses what cannot be evaluated", async () => {
    const refused = (options: Partial<Parameters<typeof evaluateReplies>[0]>) =>
      expect(evaluateReplies({ items, train, seed: 1, cleanBelow: 0.5, ...options })).rejects;
    await refused({ items: [] }).toThrow("the test split is empty");
    await refused({ train: [] }).toThrow("no training replies");
    await refused({ items: [items[0], items[0]] }).toThrow("hold the mail mail-0 twice");
    await refused({ items: [items[0], { ...items[1], baseCandidate: undefined }] }).toThrow("Only 1 of 2 predictions");
    await refused({ items: [{ ...items[0], ceilingReply: "x" }, items[1]] }).toThrow(
      "a reply of the teacher asked again",
    );
  });
});
