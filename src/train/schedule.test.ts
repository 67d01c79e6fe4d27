import { describe, expect, test } from "vitest";
import { adamW, clipFactor, globalNorm } from "./optimizer.ts";
import { createOrder, totalSteps } from "./order.ts";
import { learningRateAt, settingsNotes } from "./schedule.ts";

describe("learning rate", () => {
  const paper = { learningRate: 5e-5, warmupSteps: 100, schedule: "linear" as const };
  test("the first step runs with rate 0, the peak comes after the warm-up, the end is 0", () => {
    expect(learningRateAt(0, 1486, paper)).toBe(0);
    expect(learningRateAt(50, 1486, paper)).toBeCloseTo(2.5e-5, 15);
    expect(learningRateAt(100, 1486, paper)).toBe(5e-5);
    expect(learningRateAt(793, 1486, paper)).toBeCloseTo(2.5e-5, 15); // halfway down: (1486 − 793) / 1386 = 0.5
    expect(learningRateAt(1486, 1486, paper)).toBe(0);
  });
  test("cosine and no warm-up", () => {
    const cosine = { learningRate: 1, warmupSteps: 0, schedule: "cosine" as const };
    expect(learningRateAt(0, 10, cosine)).toBe(1);
    expect(learningRateAt(5, 10, cosine)).toBeCloseTo(0.5, 12);
    expect(learningRateAt(10, 10, cosine)).toBeCloseTo(0, 12);
  });
});

test("a warm-up that the run never finishes is said, with what to set", () => {
  const settings = { learningRate: 5e-5, warmupSteps: 100, schedule: "linear" as const, epochs: 2 };
  // 400 examples at 64 a step: 7 steps an epoch, 14 in all; the last runs with 13/100 of the rate.
  expect(settingsNotes(400, { ...settings, batchSize: 32, accumulation: 2 })).toEqual([
    "train.warmupSteps is 100, but the run has only 14 steps: the learning rate never comes above 0.0000065 of 0.00005. Set train.warmupSteps=1, or a smaller train.batchSize.",
  ]);
  expect(settingsNotes(47_500, { ...settings, batchSize: 32, accumulation: 2 })).toEqual([]);
});

describe("steps and order", () => {
  test("the paper's 47,500 examples at 64 a step for 2 epochs: 743 updates an epoch", () => {
    expect(totalSteps(47_500, 64, 2)).toBe(1486);
    expect(totalSteps(1, 64, 2)).toBe(2);
    expect(totalSteps(128, 64, 1)).toBe(2);
  });
  test("each epoch sees every example once, in another order, and a resumed walk goes on exactly", () => {
    const whole = createOrder(10, 5);
    const steps = Array.from({ length: 8 }, () => whole.next(3));
    expect(steps.map((step) => step.length)).toEqual([3, 3, 3, 1, 3, 3, 3, 1]);
    const firstEpoch = steps.slice(0, 4).flat();
    const secondEpoch = steps.slice(4).flat();
    expect([...firstEpoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...secondEpoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(secondEpoch).not.toEqual(firstEpoch);
    for (let cut = 0; cut <= 8; cut++) {
      const before = createOrder(10, 5);
      for (let i = 0; i < cut; i++) before.next(3);
      const after = createOrder(10, JSON.parse(JSON.stringify(before.state())));
      expect(
        Array.from({ length: 8 - cut }, () => after.next(3)),
        `cut after ${cut}`,
      ).toEqual(steps.slice(cut));
    }
  });
});

describe("AdamW", () => {
  test("two steps by hand", () => {
    // Step 1: m = 0.1·2 = 0.2, v = 0.001·4 = 0.004; both corrected: 2 and 4; p = 1·(1 − 0.1·0.5) − 0.1·2/(2 + 0) = 0.95 − 0.1 = 0.85
    const p = Float32Array.of(1);
    const moments = { m: Float32Array.of(0), v: Float32Array.of(0) };
    const options = { beta1: 0.9, beta2: 0.999, epsilon: 0, weightDecay: 0.5, learningRate: 0.1, gradientScale: 1 };
    adamW(p, Float32Array.of(2), moments, { ...options, step: 1 });
    expect(p[0]).toBeCloseTo(0.85, 6);
    expect(moments.m[0]).toBeCloseTo(0.2, 6);
    expect(moments.v[0]).toBeCloseTo(0.004, 7);
    // Step 2 with gradient 0: m = 0.18, v = 0.003996; m̂ = 0.18/0.19, v̂ = 0.003996/0.001999; p = 0.85·0.95 − 0.1·0.947368/1.413860
    adamW(p, Float32Array.of(0), moments, { ...options, step: 2 });
    expect(p[0]).toBeCloseTo(0.8075 - 0.1 * (0.18 / 0.19 / Math.sqrt(0.003996 / 0.001999)), 6);
  });
  test("clipping scales to the norm over all tensors together", () => {
    const norm = globalNorm([Float32Array.of(3), Float32Array.of(0, 4)]);
    expect(norm).toBe(5);
    expect(clipFactor(norm, 2)).toBeCloseTo(0.4, 6);
    expect(clipFactor(1, 2)).toBe(1);
    expect(clipFactor(0, 2)).toBe(1);
  });
});
