import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { bertScore } from "../metrics/index.ts";
import type { EvaluationProgress } from "./evaluate.ts";
import { evaluateReplies } from "./evaluate.ts";

const encoder = fileURLToPath(new URL("../../golden/bertscore/distilbert", import.meta.url));

it("scores every system of an evaluation by BERTScore where an encoder is named, and none where not", async () => {
  const replies = [
    "Thank you for your email.",
    "The invoice is due in 30 days.",
    "See you on Tuesday.",
    "The budget is not approved yet.",
  ];
  const items = replies.map((reply, i) => ({
    id: `m${i}`,
    email: `Mail ${i}`,
    reference: reply,
    candidate: reply,
    baseCandidate: i === 0 ? "" : "I am out of the office.",
  }));
  const options = { items, train: [{ email: "Old mail", reply: "Best wishes." }], seed: 1, cleanBelow: 0.5 };
  expect((await evaluateReplies(options)).bertscore).toBeNull();

  const steps: EvaluationProgress[] = [];
  const { bertscore } = await evaluateReplies({
    ...options,
    bertscore: { encoder, layer: 2, threads: 1 },
    onProgress: (state) => steps.push(state),
  });
  expect(bertscore).toMatchObject({ encoder: "distilbert", layer: 2, maxTokens: 64 });
  const { student, base, constant, nearest, shuffledReferences, ceiling } = bertscore!.systems;
  expect(student!.f1).toBeCloseTo(1, 6);
  expect(student!.interval).toMatchObject({ resamples: 1000, seed: 12345 });
  expect(base!.emptyCandidates).toBe(1);
  for (const control of [base, constant, nearest, shuffledReferences]) expect(control!.f1).toBeLessThan(0.98);
  expect(ceiling).toBeUndefined();
  const alone = await bertScore(
    items.map(({ baseCandidate }) => baseCandidate),
    [replies],
    { encoder, layer: 2, threads: 1 },
  );
  expect(base!.f1).toBeCloseTo(alone.f1, 9);
  expect(bertscore!.signature).toBe(alone.signature);
  expect(steps.some(({ step, done, total }) => step === "BERTScore" && done === total)).toBe(true);
});
