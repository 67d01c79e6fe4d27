/**
 * The provider's queue of prompt tokens: how much of it is ours, and what follows when it is full. A refusal costs nothing; the
 * batch goes out again when there is room, or its requests in smaller files.
 */
import { randomUUID } from "node:crypto";
import { systemClock } from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";
import { isQueueFull, readQueueLimit } from "./api.ts";
import type { BatchRun } from "./run-batches.ts";
import type { BatchEntry, BatchRole, BatchState } from "./store.ts";

/** ours: a queue that takes nothing of ours for so long is not going to; a batch's own window is as long. */
const LONGEST_REFUSED_MS = 24 * 3600_000;

/** Prompt tokens of an endpoint's batches under way, as estimated. */
export function enqueuedTokens(role: BatchRole, { entries }: BatchState): number {
  const ours = entries.filter((entry) => entry.role === role && entry.phase === "submitted");
  return ours.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
}

/** Whether a batch may be sent now: within the known limit, or when nothing else of ours is under way. */
export function fitsQueue({ role, promptTokens }: BatchEntry, state: BatchState): boolean {
  const limit = state.queue[role].current;
  const enqueued = enqueuedTokens(role, state);
  return limit === null || enqueued === 0 || enqueued + promptTokens <= limit;
}

/** Whether a batch passes what the provider says that it takes, even with nothing else in its queue. */
export function isTooLarge({ role, promptTokens, requests }: BatchEntry, state: BatchState): boolean {
  const { stated } = state.queue[role];
  return stated !== null && promptTokens > stated && requests > 1;
}

/** A batch of the endpoint was worked on: the limit may be higher than was tried last. */
export function noteAccepted({ role }: BatchEntry, { store: { state } }: BatchRun): void {
  state.refusedSince = null;
  const queue = state.queue[role];
  if (queue.current !== null) queue.current = Math.min(queue.current * 2, queue.stated ?? Number.MAX_SAFE_INTEGER);
}

/** Deals with a batch that failed as a whole because the queue was full; false where it failed otherwise. */
export async function meetFullQueue(
  entry: BatchEntry,
  errors: readonly { code: string; message: string }[],
  run: BatchRun,
): Promise<boolean> {
  const met = errors.find(({ code, message }) => isQueueFull(code, message));
  if (!met) return false;
  const { state } = run.store;
  await meetRefusal(entry, readQueueLimit(met.message), enqueuedTokens(entry.role, state) - entry.promptTokens, run);
  return true;
}

/**
 * A batch was refused beside `others` tokens of ours. It waits for those to finish; where it is too large by itself, its
 * requests go out in smaller files with the next wave.
 */
export async function meetRefusal(
  entry: BatchEntry,
  stated: number | null,
  others: number,
  run: BatchRun,
): Promise<void> {
  const { store, pollMs, stop } = run;
  const { state } = store;
  const queue = state.queue[entry.role];
  state.counts.queueFull++;
  if (stated !== null) queue.stated = stated;
  queue.current = Math.min(queue.current ?? Number.POSITIVE_INFINITY, stated ?? Number.POSITIVE_INFINITY);
  if (others > 0) {
    queue.current = Math.min(queue.current, others + entry.promptTokens - 1);
    if (entry.promptTokens <= queue.current) return sendLater(entry, run);
    return discard(entry, run);
  }
  state.refusedSince ??= new Date().toISOString();
  if (Date.now() - Date.parse(state.refusedSince) > LONGEST_REFUSED_MS)
    throw new UserError(
      `The ${entry.role}'s queue of batches takes nothing more since ${state.refusedSince}. Cancel batches of others in the account, or have the provider raise the limit of enqueued tokens, then run the same command again. Everything so far is kept.`,
    );
  if (entry.requests > 1) {
    queue.current = Math.max(1, Math.min(queue.current, Math.floor(entry.promptTokens / 2)));
    await discard(entry, run);
  } else {
    queue.current = Math.max(1, Math.min(queue.current, entry.promptTokens));
    await sendLater(entry, run);
  }
  await systemClock.sleep(pollMs, stop.signal).catch(() => {}); // who stops is seen by the caller
}

/** The same requests as a new batch, under a new name: the old one is spent. */
async function sendLater(entry: BatchEntry, { store }: BatchRun): Promise<void> {
  const sent = { phase: "written", fileId: null, batchId: null, submittedAt: null } as const;
  const again: BatchEntry = { ...entry, ...sent, key: randomUUID() };
  store.state.entries = store.state.entries.map((other) => (other === entry ? again : other));
  await store.save();
}

/** Gives a batch up that was not taken; its mails take part in the next wave. */
export async function discard(entry: BatchEntry, { store, apis }: BatchRun): Promise<void> {
  await store.drop(entry);
  if (entry.fileId) await apis[entry.role]!.remove(entry.fileId);
}
