/** Time and chance of the pacing code, injected so that a test can run hours of back-off in no time. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1) for jitter. */
  random(): number;
}

/** The machine's own clock. Jitter is not seeded: it must differ between workers and never touches what is written. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
  random: () => Math.random(),
};

/** The wait before try number `tries + 1`: exponential back-off, half of it by chance, never sooner than the server asks. */
export function backoffMs(options: {
  tries: number; // made so far, from 1
  baseMs: number;
  maxMs: number;
  retryAfterMs: number | null;
  clock: Clock;
}): number {
  const { tries, baseMs, maxMs, retryAfterMs, clock } = options;
  const ceiling = Math.min(maxMs, baseMs * 2 ** (tries - 1));
  const jittered = (0.5 + clock.random() / 2) * ceiling; // never near 0: six waits outlast an outage of 15 s, and of 30 with the request that tests it
  return (retryAfterMs ?? 0) + jittered; // jitter on top, or all callers told "in 2 s" come back in the same instant
}

/** Calls `ring` after a while; a later call moves the time. Keeps no process alive once nothing waits. */
export function createAlarm(clock: Clock, ring: () => void): { set(waitMs: number): void } {
  let atMs = Number.POSITIVE_INFINITY;
  let sleeping: AbortController | null = null;
  return {
    set(waitMs: number): void {
      const nextMs = clock.now() + waitMs;
      if (sleeping && Math.abs(nextMs - atMs) < 1) return;
      sleeping?.abort();
      sleeping = null;
      atMs = nextMs;
      if (waitMs === Number.POSITIVE_INFINITY) return;
      const sleep = new AbortController();
      sleeping = sleep;
      clock.sleep(Math.ceil(waitMs), sleep.signal).then(
        () => {
          if (sleeping !== sleep) return;
          sleeping = null;
          ring();
        },
        () => {}, // moved
      );
    },
  };
}
