/** Runs one task at a time; at most N wait: one more is refused. */
import { ApiError } from "./error.ts";

/** A bounded queue in front of one worker. */
export interface Queue {
  /** Whether something is being answered. */
  readonly busy: boolean;
  readonly waiting: number;
  /**
   * Runs `task` when those before it are done. Throws ApiError 429 at once when the queue is full; throws the signal's
   * reason when it aborts before the task began.
   */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** A queue in which at most `places` wait. */
export function createQueue(places: number): Queue {
  const waiting: (() => void)[] = [];
  let busy = false;
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
      return busy;
    },
    get waiting() {
      return waiting.length;
    },
    async run(task, signal) {
      signal.throwIfAborted();
      if (busy && waiting.length >= places) {
        const seconds = Math.max(1, Math.ceil(typicalSeconds * (waiting.length + 1)));
        throw new ApiError({
          status: 429,
          message: `${waiting.length + 1} requests are being answered or waiting. Try again in ${seconds} s.`,
          type: "rate_limit_error",
          code: "queue_full",
          headers: { "retry-after": String(seconds) },
        });
      }
      if (busy) await takePlace(signal);
      busy = true;
      const startMs = performance.now();
      try {
        return await task();
      } finally {
        typicalSeconds += ((performance.now() - startMs) / 1000 - typicalSeconds) / 4;
        const next = waiting.shift();
        if (next === undefined) busy = false;
        else next(); // the counter passes on without a gap, so that nobody slips in between
      }
    },
  };
}
