import { expect, test } from "vitest";
import { type ProcessorTime, watchOthers } from "./others.ts";

/** What a watch says at each of these readings, the first of which it starts from. */
function answersTo(...readings: readonly [atMs: number, busyMs: number, ownMs: number][]): boolean[] {
  const left = readings.map(([atMs, busyMs, ownMs]): ProcessorTime => ({ atMs, busyMs, ownMs }));
  const isIdle = watchOthers(() => left.shift()!);
  return readings.slice(1).map(() => isIdle());
}

test("cores are idle where nearly all of the time they were busy was this process's own", () => {
  expect(answersTo([0, 5000, 0], [1000, 7100, 2000])).toEqual([true]);
});

test("another process that keeps half a core busy makes them busy, and they are idle again after it", () => {
  expect(answersTo([0, 5000, 0], [1000, 7500, 2000], [61_000, 127_600, 122_000])).toEqual([false, true]);
});

test("others about the bound do not change the answer to and fro", () => {
  expect(answersTo([0, 0, 0], [1000, 300, 0], [2000, 400, 0], [3000, 700, 0], [4000, 1200, 0])).toEqual([
    ...[false, true, true, false],
  ]);
});

test("a while too short to tell keeps the last answer, and at first there is none", () => {
  expect(answersTo([0, 5000, 0], [100, 5000, 0], [300, 5010, 0], [400, 5100, 0])).toEqual([false, true, true]);
});

test("a system that counts nothing is not taken for an idle one", () => {
  expect(answersTo([0, 0, 0], [1000, 0, 900])).toEqual([false]);
});
