/**
 * distill by batches: wave after wave, every mail's next call goes out in files of requests, and when all of a wave is in,
 * the next begins, until every mail is accepted or rejected. Nothing is kept in this process: a new start, on
 * whatever day, goes on with the batches that are under way.
 */

import { systemClock, TeacherError } from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";
import { StopRuleMet } from "../stop-rules.ts";
import type { BatchRun, BatchRunOptions } from "./batch-run.ts";
import { collectBatch } from "./collect.ts";
import type { BatchEndpoints } from "./endpoints.ts";
import { poll } from "./poll.ts";
import { meetFullQueue, noteAccepted } from "./queue.ts";
import { type BatchCounts, type BatchEntry, type BatchState, openBatchStore } from "./store.ts";
import { discardUnsent, findCreated, submit } from "./submit.ts";
import { writeWave } from "./wave.ts";

/** ours: the shortest wait between two looks; a batch of a few requests may take seconds. */
const SHORTEST_POLL_MS = 1000;
/** ours: a batch is looked at again after this share of its age. */
const POLL_AGE_SHARE = 0.1;

/**
 * Takes every mail to its end, or stops by rule: then returns why. Throws UserError where the person must act. Batches that are
 * under way stay so.
 */
export async function runBatches(
  options: BatchRunOptions,
): Promise<{ stopped: StopRuleMet | null; counts: BatchCounts; dropped: BatchState["dropped"] }> {
  const store = await openBatchStore(options.paths);
  const run: BatchRun = {
    ...options,
    store,
    standing: { accepted: 0, rejected: 0, open: 0 },
    done: new Map(),
    silentPolls: 0,
  };
  try {
    await discardUnsent(run);
    for (;;) {
      const stopped = (await finishWave(run)) ?? (await beginWave(run));
      if (stopped === "begun") continue;
      const { counts, dropped } = store.state;
      return { stopped: stopped === "done" ? null : stopped, counts, dropped };
    }
  } catch (error) {
    if (error instanceof TeacherError)
      throw new UserError(
        `The batch API gave no good answer: ${error.message}. Everything so far is kept and batches under way go on: run the same command again to go on with them, without paying twice.`,
      );
    throw error;
  }
}

/** Sends what is written, waits, and takes in what is finished until nothing of the wave is left. Returns the rule that stopped it. */
async function finishWave(run: BatchRun): Promise<StopRuleMet | null> {
  const { store, stop } = run;
  const { state } = store;
  for (;;) {
    for (const entry of [...state.entries]) if (entry.phase === "creating") await findCreated(entry, run);
    if (!stop.signal.aborted) await submit(run);
    const finished = await poll(run);
    for (const { entry, batch } of finished) await takeIn(entry, batch, run);
    if (stop.signal.aborted) {
      if (stop.signal.reason instanceof StopRuleMet) return stop.signal.reason;
      throw stop.signal.reason;
    }
    if (state.entries.length === 0) return null;
    if (finished.length > 0) continue; // there may be room for more
    const waitMs = pollDelayMs(run);
    tell(run, waitMs);
    await systemClock.sleep(waitMs, stop.signal).catch((error) => {
      if (!(error instanceof StopRuleMet)) throw error;
    });
  }
}

function pollDelayMs({ store, pollMs }: BatchRun): number {
  const ages = store.state.entries.filter((entry) => entry.submittedAt !== null).map(ageMs);
  const share = ages.length > 0 ? Math.min(...ages) * POLL_AGE_SHARE : pollMs;
  return Math.min(pollMs, Math.max(SHORTEST_POLL_MS, share));
}

function ageMs({ submittedAt }: BatchEntry): number {
  return submittedAt === null ? 0 : Math.max(0, Date.now() - Date.parse(submittedAt));
}

type Ended = Awaited<ReturnType<typeof poll>>[number]["batch"];

/** Journals a batch that came to its end, and forgets it. `batch` is null where the provider no longer knows it. */
async function takeIn(entry: BatchEntry, batch: Ended, run: BatchRun): Promise<void> {
  const { store, apis } = run;
  const { state } = store;
  const api = apis[entry.role]!;
  const here = store.files(entry);
  const output = batch?.outputFileId ? here.output : null;
  const errors = batch?.errorFileId ? here.errors : null;
  if (batch?.outputFileId) await api.download(batch.outputFileId, here.output);
  if (batch?.errorFileId) await api.download(batch.errorFileId, here.errors);
  const asWhole = output === null && errors === null ? batch?.errors[0] : undefined;
  if (batch && asWhole && (await meetFullQueue(entry, batch.errors, run))) return;
  const collected = await collectBatch({
    ...run,
    entry,
    endpoint: api.endpoint,
    completed: batch?.status === "completed",
    files: { requests: here.requests, output, errors },
    emails: run.allEmails,
  });
  for (const name of Object.keys(collected.counts) as (keyof typeof collected.counts)[])
    state.counts[name] += collected.counts[name];
  if (batch?.status === "failed" || batch === null) state.counts.failedBatches++;
  state.waveRows += collected.rows;
  state.waveFailure =
    (asWhole && `${asWhole.code} ${asWhole.message}`.trim()) ?? collected.lastFailure ?? state.waveFailure;
  for (const param of collected.dropped)
    if (!state.dropped[entry.role].includes(param)) state.dropped[entry.role].push(param);
  if (collected.counts.answered > 0) noteAccepted(entry, run);
  run.done.delete(entry.key);
  await store.drop(entry);
  tell(run, null);
  if (run.deleteFiles)
    for (const id of [entry.fileId, batch?.outputFileId, batch?.errorFileId]) if (id) await api.remove(id);
  if (collected.fatal) throw collected.fatal;
  if (asWhole) throwIfForGood(asWhole, api);
}

/** Throws where a batch failed for a reason that only a person can mend. */
function throwIfForGood(
  { code, message }: { code: string; message: string },
  { endpoint }: BatchEndpoints["apis"]["teacher"],
): void {
  if (!/billing|quota|credit|spend|model_not_found|invalid_api_key/i.test(code)) return;
  const { role, baseUrl, model } = endpoint;
  throw new UserError(
    `The ${role} at ${baseUrl} does not take batches for "${model}" (${code}: ${message}). Mend this with the provider (credit, spending limit, access to the model in its Batch API), then run the same command again. Everything so far is kept.`,
  );
}

/** Writes the next wave; "done" where no mail is left, or the rule that leaves none. */
async function beginWave(run: BatchRun): Promise<"begun" | "done" | StopRuleMet> {
  const { store, stop, budgetUsd, journal, standing } = run;
  const { state } = store;
  stop.signal.throwIfAborted();
  await checkProgress(run);
  const number = state.counts.waves + 1;
  const wave = await writeWave(run, number);
  Object.assign(standing, {
    accepted: wave.accepted,
    rejected: wave.rejected,
    open: wave.requests + wave.unaffordable,
  });
  tell(run, null);
  if (wave.entries.length === 0) {
    if (wave.unaffordable === 0) return "done";
    const spent = (journal.totals.costUsd + journal.totals.lostUsd).toFixed(4);
    return new StopRuleMet(
      "budgetUsd",
      `of ${budgetUsd} US dollars, ${spent} are spent, and the next calls might not fit`,
    );
  }
  state.entries = [...wave.entries];
  state.counts.waves = number;
  state.waveRows = 0;
  state.waveFailure = null;
  await store.save();
  return "begun";
}

/** Throws UserError after too many waves that brought nothing. */
async function checkProgress({ store, emptyWaves }: BatchRun): Promise<void> {
  const { state } = store;
  if (state.counts.waves === 0 || state.refusedSince !== null) return;
  if (state.waveRows > 0) {
    state.emptyWaves = 0;
    return;
  }
  if (++state.emptyWaves < emptyWaves) return;
  state.emptyWaves = 0; // a new start has as many waves again
  await store.save();
  throw new UserError(
    `${emptyWaves} batch waves in a row brought no answer; the last failure: ${state.waveFailure ?? "none is known"}. Everything so far is kept: run the same command again to go on, or use distill.mode=sync.`,
  );
}

/** Tells how far all is. */
function tell(run: BatchRun, nextPollMs: number | null): void {
  const { store, journal, standing, done, prices, total } = run;
  const { totals } = journal;
  const { entries, counts } = store.state;
  const sums = [...done.values()];
  const requests = entries.reduce((sum, entry) => sum + entry.requests, 0);
  const completed = sums.reduce((sum, each) => sum + each.completed, 0);
  const failed = sums.reduce((sum, each) => sum + each.failed, 0);
  const isPriced = Object.values(prices).every((price) => price !== null);
  const { accepted, rejected, open } = standing;
  run.onProgress?.({
    ...{ total, done: accepted + rejected, accepted, rejected, open },
    calls: totals.calls.generate + totals.calls.judge + totals.calls.refine,
    retries: totals.retries,
    promptTokens: totals.promptTokens,
    completionTokens: totals.completionTokens,
    inFlight: requests - completed - failed,
    ...{ callsPerMinute: null, tokensPerMinute: null, limits: { callsPerMinute: null, tokensPerMinute: null } },
    binds: null,
    costUsd: isPriced ? totals.costUsd + totals.lostUsd : null,
    projectedUsd: null,
    batch: {
      ...{ wave: counts.waves, batches: entries.length, requests, completed, failed },
      ageMs: Math.max(0, ...entries.map(ageMs)),
      nextPollMs,
    },
  });
}
