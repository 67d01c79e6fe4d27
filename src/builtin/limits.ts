/** Rate limits as OpenAI enforces and announces them: a bucket a limit, refilled all the time. */

/** A limit per minute, and how much may come at once. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
}

export interface Bucket {
  readonly limit: RateLimit;
  /** Takes `amount` and returns 0, or takes nothing and returns the milliseconds until it would be there. */
  take(amount: number): number;
  /** Gives back what was taken and not used. */
  refund(amount: number): void;
  readonly remaining: number;
  /** Milliseconds until the bucket is full again. */
  readonly resetMs: number;
}

export function createBucket(limit: RateLimit, now: () => number = () => performance.now()): Bucket {
  const perMs = limit.perMinute / 60_000;
  let level = limit.burst;
  let filledAt = now();

  function fill(): void {
    const at = now();
    level = Math.min(limit.burst, level + (at - filledAt) * perMs);
    filledAt = at;
  }

  return {
    limit,
    take(amount) {
      fill();
      const needed = Math.min(amount, limit.burst); // a request larger than the bucket may pass when it is full
      if (level < needed) return Math.max(1, Math.ceil((needed - level) / perMs));
      level -= amount;
      return 0;
    },
    refund(amount) {
      fill();
      level = Math.min(limit.burst, level + amount);
    },
    get remaining() {
      fill();
      return Math.max(0, Math.floor(level));
    },
    get resetMs() {
      fill();
      return Math.ceil((limit.burst - level) / perMs);
    },
  };
}

/** The x-ratelimit-* headers of OpenAI's API for one kind of limit. */
export function rateLimitHeaders(kind: "requests" | "tokens", bucket: Bucket | null): Record<string, string> {
  if (!bucket) return {};
  return {
    [`x-ratelimit-limit-${kind}`]: String(bucket.limit.perMinute),
    [`x-ratelimit-remaining-${kind}`]: String(bucket.remaining),
    [`x-ratelimit-reset-${kind}`]: formatGoDuration(bucket.resetMs),
  };
}

/** Milliseconds in Go's notation, as the API writes them: 12ms, 1.5s, 6m0s. */
export function formatGoDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}
