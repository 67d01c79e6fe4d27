import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addToLastMinute,
  type Bucket,
  bucketWaitMs,
  correctLastMinute,
  createBucket,
  createLastMinute,
  lastMinuteTotal,
  lastMinuteWaitMs,
  refundBucket,
  takeFromBucket,
} from "./limits.ts";

describe("a bucket", () => {
  it("holds a burst, refills all the time, and says when there is enough", () => {
    const bucket = createBucket({ perMinute: 60, burst: 2 }, 0);
    const take = (amount: number, nowMs: number) => {
      const waitMs = bucketWaitMs(bucket, amount, nowMs);
      if (waitMs === 0) takeFromBucket(bucket, amount);
      return waitMs;
    };
    expect([take(1, 0), take(1, 0), take(1, 0), take(1, 400), take(1, 1000)]).toEqual([0, 0, 1000, 600, 0]);
    refundBucket(bucket, 5);
    expect(bucket.level).toBe(2); // never above the burst
    expect(take(50, 1000)).toBe(0); // larger than the bucket: passes when it is full, and is owed
    expect(take(1, 1000)).toBe(49_000);
    refundBucket(bucket, -10);
    expect(take(1, 1000)).toBe(59_000);
  });

  it("leaves the reserve in it; a small bucket waits for it instead", () => {
    const large = createBucket({ perMinute: 600, burst: 10 }, 0);
    for (let i = 0; i < 8; i++) {
      expect(bucketWaitMs(large, 1, 0, 1.5)).toBe(0);
      takeFromBucket(large, 1);
    }
    expect(bucketWaitMs(large, 1, 0, 1.5)).toBeCloseTo(50); // 2 there, 2.5 needed, 10 a second
    const small = createBucket({ perMinute: 60, burst: 1 }, 0);
    const times: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 4; i++) {
      for (let waitMs = 1; waitMs > 0; nowMs += waitMs) waitMs = bucketWaitMs(small, 1, nowMs, 0.05);
      takeFromBucket(small, 1);
      times.push(Math.round(nowMs));
    }
    expect(times).toEqual([50, 1100, 2150, 3200]); // the reserve is time waited: it is not there for the next one
  });
});

describe("the last minute", () => {
  it("counts what was taken in the last 60 seconds and forgets it within 100 ms more", () => {
    const minute = createLastMinute(0);
    addToLastMinute(minute, 3, 50);
    const slot = addToLastMinute(minute, 4, 30_000);
    expect([lastMinuteTotal(minute, 60_050), lastMinuteTotal(minute, 60_100)]).toEqual([7, 4]);
    correctLastMinute(minute, slot, -1.5);
    expect(lastMinuteTotal(minute, 60_100)).toBe(2.5);
    expect([lastMinuteTotal(minute, 90_099), lastMinuteTotal(minute, 90_100)]).toEqual([2.5, 0]);
    correctLastMinute(minute, slot, 100); // too late to count
    expect(lastMinuteTotal(minute, 90_100)).toBe(0);
    addToLastMinute(minute, 1, 10_000_000);
    expect(lastMinuteTotal(minute, 10_000_000)).toBe(1);
  });

  it("says when there is room again", () => {
    const minute = createLastMinute(0);
    addToLastMinute(minute, 6, 0);
    addToLastMinute(minute, 4, 10_000);
    expect(lastMinuteWaitMs(minute, 1, 10, 20_000)).toBe(40_100);
    expect(lastMinuteWaitMs(minute, 7, 10, 20_000)).toBe(50_100);
    expect(lastMinuteWaitMs(minute, 1, 11, 20_000)).toBe(0);
    expect(lastMinuteWaitMs(minute, 1000, 10, 20_000)).toBe(50_100); // more than a minute's budget: alone
    expect(lastMinuteWaitMs(minute, 1000, 10, 80_000)).toBe(0);
  });
});

interface Step {
  readonly afterMs: number;
  readonly amount: number;
  readonly usedShare: number;
}
const steps = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 5000 }),
    amount: fc.integer({ min: 1, max: 60 }),
    usedShare: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 150 },
);

/** Takes each amount as soon as bucket and minute let it, then gives back a part. Returns what stays taken, and when. */
function run(list: readonly Step[], bucket: Bucket, perMinute: number): { atMs: number; used: number }[] {
  const minute = createLastMinute(0);
  let nowMs = 0;
  return list.map(({ afterMs, amount, usedShare }) => {
    nowMs += afterMs;
    for (let waits = 0; ; waits++) {
      const waitMs = Math.max(bucketWaitMs(bucket, amount, nowMs), lastMinuteWaitMs(minute, amount, perMinute, nowMs));
      if (waitMs === 0) break;
      expect(waits).toBeLessThan(10_000); // no starvation
      nowMs += Math.ceil(waitMs);
    }
    takeFromBucket(bucket, amount);
    const slot = addToLastMinute(minute, amount, nowMs);
    const used = amount * usedShare;
    refundBucket(bucket, amount - used);
    correctLastMinute(minute, slot, used - amount);
    return { atMs: nowMs, used };
  });
}

describe("both together, whatever comes", () => {
  it("never let more than the budget through in any 60 seconds", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 60, max: 600 }),
        fc.integer({ min: 1, max: 600 }),
        (list, perMinute, burst) => {
          const taken = run(list, createBucket({ perMinute, burst }, 0), perMinute);
          for (const [i, { atMs }] of taken.entries()) {
            let sum = 0;
            for (let j = i; j < taken.length && taken[j].atMs <= atMs + 60_000; j++) sum += taken[j].used;
            expect(sum).toBeLessThanOrEqual(perMinute + 1e-6);
          }
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  it("never let a bucket's owner see more than its burst and what came since, and waste nothing", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 60, max: 600 }), (list, perMinute) => {
        const burst = 60;
        const owner = createBucket({ perMinute, burst }, 0);
        const greedy = list.map((step) => ({ ...step, afterMs: 0, usedShare: 1 }));
        const taken = run(greedy, createBucket({ perMinute, burst }, 0), Number.POSITIVE_INFINITY);
        for (const { atMs, used } of taken) {
          expect(bucketWaitMs(owner, used, atMs)).toBe(0);
          takeFromBucket(owner, used);
        }
        const total = taken.reduce((sum, { used }) => sum + used, 0);
        const neededMs = ((total - burst) / perMinute) * 60_000;
        expect(taken.at(-1)!.atMs).toBeLessThanOrEqual(Math.max(0, neededMs) + taken.length); // a millisecond of rounding each
      }),
      { numRuns: 150, seed: 2 },
    );
  });
});
