import { describe, expect, test } from "vitest";
import { epochsOf, pointsOf, smooth, thin, ticks, tokensPerSecond } from "./curves.ts";

describe("epochsOf", () => {
  const row = (step: number, epoch: number) => ({ step, epoch, loss: 1 });
  test("counts steps until an epoch is over, then epochs: three steps each", () => {
    const rows = [row(1, 0), row(2, 0), row(3, 0)];
    expect(epochsOf(rows).unit).toBe("step");
    const { x, unit } = epochsOf([...rows, { step: 3, epoch: 1, validationLoss: 2 }, row(4, 1), row(5, 1), row(6, 1)]);
    expect(unit).toBe("epoch");
    expect([row(3, 0), row(6, 1)].map(x)).toEqual([1, 2]);
  });
});

test("points are those that rows have; a rate needs tokens and time", () => {
  const rows = [
    { step: 1, epoch: 0, loss: 2 },
    { step: 2, epoch: 0, skipped: "loss" },
    { step: 3, epoch: 0, loss: 1 },
  ];
  expect(
    pointsOf(
      rows,
      ({ step }) => step,
      ({ loss }) => loss,
    ),
  ).toEqual([
    { x: 1, y: 2 },
    { x: 3, y: 1 },
  ]);
  expect(tokensPerSecond({ step: 1, epoch: 0, tokens: 300, seconds: 2 })).toBe(150);
  expect(tokensPerSecond({ step: 1, epoch: 0, tokens: 300, seconds: 0 })).toBeUndefined();
});

test("smoothing keeps a constant from the first point on", () => {
  for (const { y } of smooth([1, 2, 3].map((x) => ({ x, y: 5 })))) expect(y).toBeCloseTo(5, 12);
});

test("thinning keeps order and every peak", () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({ x, y: x === 5001 ? 99 : x % 7 }));
  const kept = thin(points, 500);
  expect(kept.length).toBeLessThanOrEqual(502);
  expect(kept.some(({ y }) => y === 99)).toBe(true);
  expect(kept.every(({ x }, i) => i === 0 || x > kept[i - 1].x)).toBe(true);
});

test.each([
  [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0.13, 0.47, [0.2, 0.3, 0.4]],
  [0, 0.003, [0, 0.001, 0.002, 0.003]],
  [2, 2, [2]],
])("ticks from %d to %d", (low, high, expected) => {
  expect(ticks(low, high)).toEqual(expected);
});
