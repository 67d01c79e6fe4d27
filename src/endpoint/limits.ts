/**
 * The arithmetic of budgets per minute, as functions of plain data and a time: no clock, no waiting, so that simulated time
 * can test it and another store can keep it.
 *
 * Two things hold a stream of requests back. A bucket, as the endpoint keeps one: refilled all the time, never above its
 * burst. And the last minute: what was taken in any 60 seconds never exceeds the budget of a minute, whatever way of
 * counting the endpoint uses.
 */

/** A bucket that refills all the time. Plain data; the level is as of `atMs` and may be below zero, which is owed. */
export interface Bucket {
  perMs: number;
  /** The most that can lie in it. */
  burst: number;
  level: number;
  atMs: number;
}

/** A full bucket. */
export function createBucket({ perMinute, burst }: { perMinute: number; burst: number }, nowMs: number): Bucket {
  return { perMs: perMinute / 60_000, burst, level: burst, atMs: nowMs };
}

/** Brings the level up to now. Up to `neededLevel` it may rise above the burst: that is time waited, and not kept. */
export function fillBucket(bucket: Bucket, nowMs: number, neededLevel = 0): void {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const most = Math.max(bucket.burst, neededLevel, bucket.level);
  bucket.level = Math.min(most, bucket.level + elapsedMs * bucket.perMs);
  bucket.atMs = nowMs;
}

/**
 * Milliseconds until `amount` may be taken; 0: now. An amount larger than the bucket passes when it is full, and is owed.
 * `reserve` must lie there beside it, against requests that come sooner than they were meant to.
 */
export function bucketWaitMs(bucket: Bucket, amount: number, nowMs: number, reserve = 0): number {
  const needed = Math.min(amount, bucket.burst) + reserve;
  fillBucket(bucket, nowMs, needed);
  const missing = needed - bucket.level;
  return missing <= ROUNDING ? 0 : missing / bucket.perMs;
}

/** Takes, without asking. */
export function takeFromBucket(bucket: Bucket, amount: number): void {
  bucket.level = Math.min(bucket.level, bucket.burst) - amount;
}

/** Gives back what was taken and not used; a negative amount takes what was used beyond it. */
export function refundBucket(bucket: Bucket, amount: number): void {
  bucket.level = Math.min(Math.max(bucket.burst, bucket.level), bucket.level + amount);
}

/** Sums of additions and subtractions drift by less than this. */
const ROUNDING = 1e-6;

const SLOT_MS = 100;
const SLOTS = 60_000 / SLOT_MS + 1; // a slot goes when all of it is more than a minute ago

/** What was taken in the last minute, in slots of 100 ms. Plain data. */
export interface LastMinute {
  /** By slot number modulo their count. */
  readonly slots: number[];
  /** Number of the newest slot since 1970. */
  newest: number;
  total: number;
}

export function createLastMinute(nowMs: number): LastMinute {
  return { slots: new Array<number>(SLOTS).fill(0), newest: Math.floor(nowMs / SLOT_MS), total: 0 };
}

/** The sum over the last minute. */
export function lastMinuteTotal(minute: LastMinute, nowMs: number): number {
  expire(minute, nowMs);
  return minute.total;
}

/** Adds an amount and returns its slot, for a correction later. */
export function addToLastMinute(minute: LastMinute, amount: number, nowMs: number): number {
  expire(minute, nowMs);
  minute.slots[minute.newest % SLOTS] += amount;
  minute.total += amount;
  return minute.newest;
}

/** Changes what was added at `slot`, if that still counts. */
export function correctLastMinute(minute: LastMinute, slot: number, change: number): void {
  if (slot <= minute.newest - SLOTS) return;
  minute.slots[slot % SLOTS] += change;
  minute.total += change;
}

/** Milliseconds until `amount` more keeps the sum within `perMinute`; an amount above it passes alone. */
export function lastMinuteWaitMs(minute: LastMinute, amount: number, perMinute: number, nowMs: number): number {
  expire(minute, nowMs);
  let excess = Math.min(amount, perMinute) + minute.total - perMinute;
  if (excess <= ROUNDING) return 0;
  for (let slot = Math.max(0, minute.newest - SLOTS + 1); slot <= minute.newest; slot++) {
    excess -= minute.slots[slot % SLOTS];
    if (excess <= ROUNDING) return Math.max(1, (slot + SLOTS) * SLOT_MS - nowMs);
  }
  return SLOT_MS * SLOTS; // only where more was taken than given back: all of it has to go
}

function expire(minute: LastMinute, nowMs: number): void {
  const slot = Math.floor(nowMs / SLOT_MS);
  if (slot <= minute.newest) return;
  const passed = Math.min(SLOTS, slot - minute.newest);
  for (let i = 1; i <= passed; i++) {
    const at = (slot - passed + i) % SLOTS;
    minute.total -= minute.slots[at];
    minute.slots[at] = 0;
  }
  minute.newest = slot;
  if (passed === SLOTS) minute.total = 0; // and with it the rounding
}
