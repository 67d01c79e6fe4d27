/** How fast training goes and how long it will still take. */
import type { Example } from "./pack.ts";

const smoothingMs = 20_000;

export interface Clock {
  /** Tells that so many more tokens were trained on. */
  done(tokens: number): void;
  now(): { readonly tokensPerSecond: number; readonly secondsLeft: number };
}

/** A clock over all epochs, started where the order stands: `taken` is a part of the epoch. The rate is smoothed over about twenty seconds. */
export function createClock(train: readonly Example[], epochs: number, at: { epoch: number; taken: number }): Clock {
  const perEpoch = train.reduce((sum, { ids }) => sum + ids.length, 0);
  let left = perEpoch * (epochs - at.epoch) - perEpoch * at.taken;
  let rate = 0;
  let last = performance.now();
  return {
    done(tokens) {
      const now = performance.now();
      const current = (tokens * 1000) / Math.max(1, now - last);
      rate += (rate === 0 ? 1 : 1 - Math.exp(-(now - last) / smoothingMs)) * (current - rate);
      left -= tokens;
      last = now;
    },
    now: () => ({ tokensPerSecond: rate, secondsLeft: rate > 0 ? Math.max(0, left / rate) : Number.NaN }),
  };
}
