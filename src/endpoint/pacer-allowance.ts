/**
 * What one endpoint allows of one kind (requests or tokens): what the recipe says, what the endpoint announces, or, where
 * neither says anything, what its refusals teach. All that is known holds at once; the smallest binds.
 */
import {
  addToLastMinute,
  type Bucket,
  bucketWaitMs,
  correctLastMinute,
  createBucket,
  createLastMinute,
  fillBucket,
  lastMinuteTotal,
  lastMinuteWaitMs,
  refundBucket,
  takeFromBucket,
} from "./limits.ts";
import type { AnnouncedLimit } from "./limits-headers.ts";

/** Where a limit is known from. */
export type LimitSource = "recipe" | "headers" | "refusals";

/** How much a request needs. */
export interface Need {
  /** The most it can take: what an endpoint sets aside when it comes in. */
  readonly most: number;
  /** What requests like it have taken: what counts against a budget that is kept here. */
  readonly likely: number;
}

/** What was taken for one request, to be settled once. */
export interface Taken extends Need {
  readonly slot: number;
  readonly mirrored: boolean;
  /** Everything ever taken, this included. */
  readonly sum: number;
}

export interface Allowance {
  /** Milliseconds until so much may be taken; 0: now. */
  waitMs(need: Need, nowMs: number): number;
  take(need: Need, nowMs: number): Taken;
  /** Puts what was used in the place of what was taken. */
  settle(taken: Taken, used: number): void;
  /** Brings the endpoint's own count, as it stood while `taken` was under way, together with ours. */
  learn(announced: AnnouncedLimit, answer: { taken: Taken; latencyMs: number; nowMs: number }): void;
  /** The endpoint refused although it should not have. `perMinute` is the limit it named, if it did. */
  refused(refusal: { perMinute: number | null; nowMs: number; answeredPerMinute: number }): void;
  /** The limit in force; null where none is known. */
  limit(nowMs: number): { readonly perMinute: number; readonly source: LimitSource } | null;
  lastMinute(nowMs: number): number;
}

/** ours: so much of a minute's budget may come at once where no bucket is known; "60 a minute" may be enforced as one a second. */
const BURST_MS = 800;
/** ours: requests come in bunches that were sent apart, by about so much; doubled when a refusal shows that it was not enough. */
const RESERVE_MS = 50;
const MOST_RESERVE_MS = 1000;
/** ours: where the bucket is large enough, what comes in so long more lies in reserve, up to a share of it: a busy machine stalls for as long. */
const STALL_MS = 250;
const STALL_SHARE = 0.25;
/** ours: what is there and what comes until the reset make the limit, to so much: a bucket that refills all the time, and no count that starts anew each minute. */
const REFILL_SLACK = 0.05;
/** ours: where only refusals tell, this share of what was answered is asked for, all of it after a while, then twice as much in each step. */
const AFTER_REFUSAL = 0.8;
const RECOVERY_MS = 20_000;
const DOUBLING_MS = 10_000;

/** The allowance of one kind; `given` is the recipe's limit. */
export function createAllowance(given: number | null, startMs: number): Allowance {
  const minute = createLastMinute(startMs);
  /** The endpoint's bucket, as its headers show it. One that refills all the time may be trusted beyond the last minute. */
  let mirror: { readonly bucket: Bucket; windowMs: number; refills: boolean; wasWrong: boolean } | null = null;
  /** Our own, for a limit that comes without a bucket. */
  let own: Bucket | null = null;
  let taught: { perMinute: number; atMs: number; named: boolean } | null = null;
  let reserveMs = RESERVE_MS;
  let sum = 0;
  let underWay = 0; // taken and not settled

  function taughtPerMinute(nowMs: number): number {
    if (!taught) return Number.POSITIVE_INFINITY;
    const { perMinute, named, atMs } = taught;
    return named ? perMinute : perMinute * regrowth(nowMs - atMs);
  }

  function announcedPerMinute(): number {
    return mirror && mirror.windowMs <= 60_000 ? mirror.bucket.perMs * 60_000 : Number.POSITIVE_INFINITY;
  }

  /** Our own bucket at the present rate. */
  function ownBucket(nowMs: number): Bucket | null {
    const perMinute = Math.min(given ?? Number.POSITIVE_INFINITY, taughtPerMinute(nowMs));
    if (perMinute === Number.POSITIVE_INFINITY) return null;
    const burst = Math.max(1, (perMinute / 60_000) * BURST_MS);
    own ??= { ...createBucket({ perMinute, burst }, nowMs), ...(taught ? { level: 0 } : {}) };
    fillBucket(own, nowMs);
    own.perMs = perMinute / 60_000;
    own.burst = burst;
    return own;
  }

  return {
    waitMs(need, nowMs) {
      let waitMs = 0;
      if (mirror) waitMs = bucketWaitMs(mirror.bucket, need.most, nowMs, reserveOf(mirror.bucket, reserveMs));
      const bucket = ownBucket(nowMs);
      if (bucket) waitMs = Math.max(waitMs, bucketWaitMs(bucket, need.likely, nowMs));
      const announced = mirror?.refills ? Number.POSITIVE_INFINITY : announcedPerMinute();
      const perMinute = Math.min(given ?? Number.POSITIVE_INFINITY, taughtPerMinute(nowMs), announced);
      if (perMinute === Number.POSITIVE_INFINITY) return waitMs;
      return Math.max(waitMs, lastMinuteWaitMs(minute, need.likely, perMinute, nowMs));
    },
    take(need, nowMs) {
      sum += need.most;
      underWay += need.most;
      if (mirror) takeFromBucket(mirror.bucket, need.most);
      if (own) takeFromBucket(own, need.likely);
      return { ...need, slot: addToLastMinute(minute, need.likely, nowMs), mirrored: mirror !== null, sum };
    },
    settle(taken, used) {
      underWay -= taken.most;
      if (mirror && taken.mirrored) refundBucket(mirror.bucket, taken.most - used);
      if (own) refundBucket(own, taken.likely - used);
      correctLastMinute(minute, taken.slot, used - taken.likely);
    },
    learn(announced, { taken, latencyMs, nowMs }) {
      const { limit, remaining, resetMs, windowMs } = announced;
      if (limit <= 0) return; // no request would ever be sent again; the refusal that follows says it better
      const perMs = limit / windowMs;
      const burst = learnBurst(announced, perMs, mirror?.bucket.burst ?? null);
      const level = remaining ?? burst - taken.most;
      mirror ??= { windowMs, refills: false, wasWrong: false, bucket: { perMs, burst, level, atMs: nowMs } };
      fillBucket(mirror.bucket, nowMs);
      mirror.windowMs = windowMs;
      Object.assign(mirror.bucket, { perMs, burst });
      if (remaining === null) return;
      const total = remaining + (resetMs ?? Number.POSITIVE_INFINITY) * perMs;
      mirror.refills = !mirror.wasWrong && Math.abs(total - limit) <= REFILL_SLACK * limit + 1;
      // Counted somewhere between sending and receiving: what was sent since, or is still under way, may not be in it.
      const least = remaining - (sum - taken.sum) - underWay;
      const most = remaining + 1 + perMs * latencyMs;
      const { bucket } = mirror;
      bucket.level = Math.max(least, Math.min(most, bucket.level));
    },
    refused({ perMinute, nowMs, answeredPerMinute }) {
      if (mirror) {
        if (mirror.refills) mirror.wasWrong = true;
        else reserveMs = Math.min(MOST_RESERVE_MS, reserveMs * 2);
        return;
      }
      const named = perMinute !== null && perMinute > 0;
      const met = named ? perMinute : Math.min(answeredPerMinute, taughtPerMinute(nowMs));
      if (met <= 0) return; // nothing was ever answered: the pause must do
      taught = { perMinute: Math.max(1, met), atMs: nowMs, named };
      if (own) own.level = Math.min(0, own.level);
    },
    limit(nowMs) {
      const limits: [LimitSource, number][] = [
        ["recipe", given ?? Number.POSITIVE_INFINITY],
        ["headers", announcedPerMinute()],
        ["refusals", taughtPerMinute(nowMs)],
      ];
      const [source, perMinute] = limits.reduce((least, next) => (next[1] < least[1] ? next : least));
      return perMinute === Number.POSITIVE_INFINITY ? null : { perMinute, source };
    },
    lastMinute: (nowMs) => lastMinuteTotal(minute, nowMs),
  };
}

/** What is left in an endpoint's bucket; it costs a little of the first burst, and nothing after that. */
function reserveOf({ perMs, burst }: Bucket, reserveMs: number): number {
  return perMs * reserveMs + Math.max(0, Math.min(perMs * STALL_MS, STALL_SHARE * burst - 1));
}

/** Which share of the rate that met a refusal is asked for so long after it. */
function regrowth(sinceMs: number): number {
  if (sinceMs < RECOVERY_MS) return AFTER_REFUSAL + (1 - AFTER_REFUSAL) * (sinceMs / RECOVERY_MS);
  return 2 ** ((sinceMs - RECOVERY_MS) / DOUBLING_MS);
}

/** How much may lie in the endpoint's bucket: what is there, and what comes until it is full. */
function learnBurst({ limit, remaining, resetMs }: AnnouncedLimit, perMs: number, known: number | null): number {
  if (remaining === null) return known ?? Math.max(1, Math.min(limit, perMs * BURST_MS));
  if (resetMs === null) return limit;
  return Math.max(1, Math.min(limit, Math.max(remaining, Math.round(remaining + resetMs * perMs))));
}
