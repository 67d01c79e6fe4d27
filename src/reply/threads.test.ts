import { describe, expect, test } from "vitest";
import { chooseThreads, type ThreadChoice } from "./threads.ts";

/** Passes of 10 ms in which each thread gets `share` of its time. */
const passes = (choice: ThreadChoice, count: number, share: number) => {
  for (let i = 0; i < count; i++) choice.took(10, 10 * choice.threads * share);
};

describe("chooseThreads", () => {
  test("takes all on free cores, and one where the probe finds them busy", () => {
    expect(chooseThreads(2, 1).threads).toBe(2);
    expect(chooseThreads(2, 0.5).threads).toBe(1);
    expect(chooseThreads(8, 0.5).threads).toBe(4);
    expect(chooseThreads(2, 0).threads).toBe(1);
  });

  test("gives threads up within a fifth of a second when the speed falls, and not for one window that falls short", () => {
    const choice = chooseThreads(2, 1);
    passes(choice, 102, 1); // 17 windows of 60 ms
    passes(choice, 6, 0.4);
    expect(choice.threads).toBe(2);
    passes(choice, 6, 1);
    passes(choice, 6, 0.7);
    expect(choice.threads).toBe(2);
    passes(choice, 12, 0.4);
    expect(choice.threads).toBe(1);
  });

  test("tries more again after a second, and ever more rarely where they are not kept", () => {
    const choice = chooseThreads(2, 0.4);
    let trials = 0;
    let [before, passed] = [choice.threads, 0];
    const startsMs: number[] = [];
    for (; passed < 10_000; passed += 10) {
      choice.took(10, 10 * (choice.threads === 1 ? 1 : 1.2)); // one core is free, two are not
      if (choice.threads > before) startsMs.push(passed);
      if (choice.threads > before) trials++;
      before = choice.threads;
    }
    expect(trials).toBe(3); // after about 1, 3 and 7 seconds
    expect(startsMs[1] - startsMs[0]).toBeGreaterThan(1900);
    expect(startsMs[2] - startsMs[1]).toBeGreaterThan(3900);
    passes(choice, 10_000, 1); // the machine is free again
    expect(choice.threads).toBe(2);
  });
});
