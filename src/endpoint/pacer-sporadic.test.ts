import { describe, expect, it } from "vitest";
import { createSimulatedClock } from "./clock.fixture.ts";
import { createEndpoint, PAUSES, sendAll } from "./pacer.fixture.ts";
import { createPacer, type Pacer } from "./pacer.ts";

/** A plain pool of 50, as the openai client in a semaphore makes one. */
function createPlainPool(most: number): Pacer {
  let inFlight = 0;
  const queue: (() => void)[] = [];
  return {
    async admit() {
      if (inFlight >= most) await new Promise<void>((resolve) => queue.push(resolve));
      inFlight++;
      return {
        settle() {
          inFlight--;
          queue.shift()?.();
        },
      };
    },
    hold: () => () => {},
    state: () => {
      throw new Error("a plain pool has none");
    },
  };
}

async function measure(sporadic: number, seed: number, isPlain: boolean) {
  const clock = createSimulatedClock(seed);
  const endpoint = createEndpoint({ clock, announces: false, sporadic, latencyMs: () => 200 });
  const pacer = isPlain ? createPlainPool(50) : createPacer({ ...PAUSES, concurrency: 50, clock });
  const startMs = clock.now();
  const { endMs, done } = await sendAll({ clock, pacer, endpoint, count: 600 });
  expect(done).toBe(600);
  return { ms: endMs - startMs, refusals: endpoint.refusals };
}

describe("sporadic refusals that name no limit", () => {
  it.each([0.01, 0.03, 0.1])("%f of them cost at most half as much again as a plain pool takes", async (sporadic) => {
    let [ours, plain] = [0, 0];
    for (let seed = 1; seed <= 5; seed++) {
      const result = await measure(sporadic, seed, false);
      expect(result.refusals).toBeGreaterThan(0);
      ours += result.ms;
      plain += (await measure(sporadic, seed, true)).ms;
    }
    expect(ours / plain).toBeLessThan(1.5);
  });
});
