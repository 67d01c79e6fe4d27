/** Runs so many tasks at a time; at most N wait: one more is refused. */
import { ApiError } from "./error.ts";

/** A bounded queue in front of one worker or several. */
export interface Queue {
  /** Whether something is being answered. */
  readonly busy: boolean;
  readonly waiting: number;
  /**
   * Runs `task` when a worker is free and those before it have begun. Throws ApiError 429 at once when the queue is full; throws the signal's
   * reason when it aborts before the task began.
   */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Resolves when nothing is being answered. */
  idle(): Promise<void>;
}

/** A queue in which at most `places` wait for one of `workers`. */
export function createQueue({ places, workers = 1 }: { places: number; workers?: number }): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;
  let idle: (() => void)[] = [];
  let typicalSeconds = 1; // a moving average of how long an answer takes

  function takePlace(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave);
      waiting.push(go);
    });
  }

  return {
    get busy() {
      return running > 0;
    },
    get waiting() {
      return waiting.length;
    },
    async run(task, signal) {
      signal.throwIfAborted();
      if (running === workers && waiting.length >= places) {
        const seconds = Math.max(1, Math.ceil((typicalSeconds * (waiting.length + 1)) / workers));
        throw new ApiError({
          status: 429,
          message: `${waiting.length + running} requests are being answered or waiting. Try again in ${seconds} s.`,
          type: "rate_limit_error",
          code: "queue_full",
          headers: { "retry-after": String(seconds) },
        });
      }
      if (running === workers) await takePlace(signal);
      else running++;
      const startMs = performance.now();
      try {
        return await task();
      } finally {
        typicalSeconds += ((performance.now() - startMs) / 1000 - typicalSeconds) / 4;
        const next = waiting.shift();
        if (next !== undefined)
          next(); // the worker passes on without a gap, so that nobody slips in between
        else if (--running === 0) {
          for (const resolve of idle) resolve();
          idle = [];
        }
      }
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  };
}
