/** Clocks for tests: hours pass in no time, in the order in which sleepers wake. */
import { createRandom } from "../random.ts";
import { type Clock, systemClock } from "./clock.ts";

export interface SimulatedClock extends Clock {
  /** Lets time pass until nobody sleeps any more, or until `untilMs`. */
  run(untilMs?: number): Promise<void>;
}

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  wake(): void;
}

export function createSimulatedClock(seed: number | string = 1): SimulatedClock {
  const random = createRandom(seed);
  let nowMs = 1_800_000_000_000;
  let orders = 0;
  const sleepers: Sleeper[] = []; // a heap: the next to wake first

  const before = (a: Sleeper, b: Sleeper) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function push(sleeper: Sleeper): void {
    let at = sleepers.push(sleeper) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(sleepers[parent], sleeper)) break;
      sleepers[at] = sleepers[parent];
      at = parent;
    }
    sleepers[at] = sleeper;
  }

  function pop(): Sleeper {
    const first = sleepers[0];
    const last = sleepers.pop()!;
    if (sleepers.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= sleepers.length) break;
      if (child + 1 < sleepers.length && before(sleepers[child + 1], sleepers[child])) child++;
      if (before(last, sleepers[child])) break;
      sleepers[at] = sleepers[child];
      at = child;
    }
    sleepers[at] = last;
    return first;
  }

  return {
    now: () => nowMs,
    random: () => random.next(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        let gone = false;
        const stop = () => {
          gone = true;
          reject(signal?.reason);
        };
        push({
          atMs: nowMs + Math.max(0, ms),
          order: orders++,
          wake() {
            if (gone) return;
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        });
        signal?.addEventListener("abort", stop, { once: true });
      }),
    async run(untilMs = Number.POSITIVE_INFINITY) {
      for (;;) {
        for (let i = 0; i < 12; i++) await Promise.resolve(); // lets what was woken go on to its next sleep
        if (sleepers.length === 0 || sleepers[0].atMs > untilMs) break;
        const sleeper = pop();
        nowMs = Math.max(nowMs, sleeper.atMs);
        sleeper.wake();
      }
      if (Number.isFinite(untilMs)) nowMs = Math.max(nowMs, untilMs);
    },
  };
}

/** The machine's clock, running so many times as fast. */
export function createFastClock(times: number): Clock {
  const startMs = performance.now();
  const { sleep, random } = systemClock;
  return {
    random,
    now: () => startMs + (performance.now() - startMs) * times,
    sleep: (ms, signal) => sleep(ms / times, signal),
  };
}
