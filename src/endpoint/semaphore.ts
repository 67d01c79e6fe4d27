/** A counting semaphore: at most N tasks run at once; the rest wait in order of arrival. */

/** An async counting semaphore (paper §3.2.1). */
export interface Semaphore {
  /** The most that may be inside. Raising it lets waiting callers in; lowering it takes effect as callers leave. */
  limit: number;
  readonly inside: number;
  readonly waiting: number;
  /** Waits for a place and returns the function that gives it back (calling it twice gives back once). Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

export function createSemaphore(limit: number): Semaphore {
  let inside = 0;
  let most = limit;
  const queue = new Set<() => void>(); // insertion order is arrival order; a caller that gives up leaves in O(1)

  function enter(): () => void {
    inside++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inside--;
      admit();
    };
  }

  function admit(): void {
    for (const wake of queue) {
      if (inside >= most) return;
      queue.delete(wake);
      wake();
    }
  }

  return {
    get limit() {
      return most;
    },
    set limit(value) {
      most = value;
      admit();
    },
    get inside() {
      return inside;
    },
    get waiting() {
      return queue.size;
    },
    acquire(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (inside < most && queue.size === 0) return Promise.resolve(enter());
      return new Promise((resolve, reject) => {
        const giveUp = () => {
          queue.delete(wake);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener("abort", giveUp);
          resolve(enter());
        };
        queue.add(wake);
        signal?.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
}
