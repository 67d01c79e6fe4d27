/** Which way of running the engine is taken, over measurements that are given. */
import { describe, expect, it } from "vitest";
import { choosePlan, type EnginePlan, plansToTry, type Speed } from "./plan.ts";

const at = (perSecond: number): Speed => ({ promptPerSecond: perSecond, replyPerSecond: perSecond });

async function choose(speeds: Readonly<Record<number, number | null>>) {
  const tried: number[] = [];
  const limits: (number | null)[] = [];
  const plans: EnginePlan[] = Object.keys(speeds).map((threads) => ({ threads: Number(threads) }));
  const found = await choosePlan(plans, async ({ threads }, mostMs) => {
    tried.push(threads);
    limits.push(mostMs);
    const speed = speeds[threads];
    return speed === null ? null : at(speed);
  });
  return { threads: found?.plan.threads, tried, limits };
}

describe("the plan of the engine", () => {
  it("tries threads only where the page is isolated, the cores are there, and nothing crashed", () => {
    const threads = (cores: number, isIsolated: boolean, barred: number[] = []) =>
      plansToTry({ cores, isIsolated, barred }).map((plan) => plan.threads);
    expect(threads(8, false)).toEqual([1]);
    expect(threads(1, true)).toEqual([1]);
    expect(threads(2, true)).toEqual([1, 2]);
    expect(threads(8, true)).toEqual([1, 2, 4]);
    expect(threads(8, true, [2])).toEqual([1, 4]);
  });

  it("takes more threads for a fifth more speed, and goes on only while there is gain", async () => {
    // 84 tokens at 84 a second are a second; a fifth faster is 833 ms.
    expect(await choose({ 1: 84, 2: 200, 4: 210 })).toEqual({
      threads: 2,
      tried: [1, 2, 4],
      limits: [null, 1000 / 1.2, 350],
    });
    expect(await choose({ 1: 84, 2: 100, 4: 900 })).toMatchObject({ threads: 1, tried: [1, 2] });
    expect(await choose({ 1: 84, 2: null, 4: 900 })).toMatchObject({ threads: 1, tried: [1, 2] });
    expect(await choose({ 1: null, 2: 90 })).toMatchObject({ threads: undefined, tried: [1] });
  });
});
