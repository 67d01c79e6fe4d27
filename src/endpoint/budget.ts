/**
 * A budget of money over all calls of a run folder. Before a call, the most that it can cost is set aside; after it, what
 * it did cost stays spent. So calls in flight can never take the run over its budget, and the run stops when not even
 * one more call is sure to fit.
 */

export interface Budget {
  readonly limitUsd: number;
  /** Spent for certain, or perhaps spent and set aside for good. */
  readonly spentUsd: number;
  /** Set aside for calls in flight. */
  readonly reservedUsd: number;
  /** Waits until `usd` can be set aside. Rejects with `BudgetSpent` where no call in flight could free it, and with the signal's reason. */
  reserve(usd: number, signal: AbortSignal): Promise<Reservation>;
}

/** Money set aside for one call. `settle` must be called exactly once. */
export interface Reservation {
  /** What the call did cost; null where nobody knows, which counts as all that was set aside. */
  settle(usd: number | null): void;
}

/** Not one more call fits. */
export class BudgetSpent extends Error {
  override name = "BudgetSpent";
}

/** A budget of which `spentUsd` is gone already (earlier sessions). */
export function createBudget(options: { limitUsd: number; spentUsd: number }): Budget {
  const { limitUsd } = options;
  let { spentUsd } = options;
  let reservedUsd = 0;
  let inFlight = 0;
  let waiting: { usd: number; take: () => void; fail: (error: Error) => void }[] = [];

  function fits(usd: number): boolean {
    return spentUsd + reservedUsd + usd <= limitUsd + ROUNDING_USD;
  }

  function take(usd: number): Reservation {
    reservedUsd += usd;
    inFlight++;
    return {
      settle(cost) {
        reservedUsd -= usd;
        inFlight--;
        spentUsd += cost ?? usd;
        serveWaiting();
      },
    };
  }

  function serveWaiting(): void {
    while (waiting.length > 0 && fits(waiting[0].usd)) waiting.shift()!.take();
    if (inFlight > 0) return;
    const refused = waiting;
    waiting = [];
    for (const { fail } of refused) fail(spent());
  }

  function spent(): BudgetSpent {
    return new BudgetSpent(
      `of ${limitUsd} US dollars, ${spentUsd.toFixed(4)} are spent, and the next call might not fit`,
    );
  }

  return {
    limitUsd,
    get spentUsd() {
      return spentUsd;
    },
    get reservedUsd() {
      return reservedUsd;
    },
    reserve(usd, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (waiting.length === 0 && fits(usd)) return Promise.resolve(take(usd));
      if (inFlight === 0) return Promise.reject(spent());
      return new Promise((resolve, reject) => {
        const stop = () => {
          waiting = waiting.filter((other) => other !== entry);
          reject(signal.reason);
        };
        const entry = {
          usd,
          take: () => {
            signal.removeEventListener("abort", stop);
            resolve(take(usd));
          },
          fail: (error: Error) => {
            signal.removeEventListener("abort", stop);
            reject(error);
          },
        };
        signal.addEventListener("abort", stop, { once: true });
        waiting.push(entry);
      });
    },
  };
}

/** Sums of thousands of small amounts drift by less than this. */
const ROUNDING_USD = 1e-9;
