/** Looks at the batches that are under way. */

import { TeacherError } from "../../endpoint/index.ts";
import { UserError } from "../../errors.ts";
import type { RemoteBatch } from "./api.ts";
import type { BatchRun } from "./run-batches.ts";
import type { BatchEntry } from "./store.ts";

/** ours: so many looks in a row without an answer, all retries used each time, and the run ends; the batches go on. */
const MOST_SILENT_POLLS = 60;

const ended = new Set(["completed", "expired", "cancelled", "failed"]);

/** The batches that came to an end. Throws UserError where the provider does not know one of them. */
export async function poll(run: BatchRun): Promise<{ entry: BatchEntry; batch: RemoteBatch | null }[]> {
  const finished: { entry: BatchEntry; batch: RemoteBatch | null }[] = [];
  for (const entry of run.store.state.entries) {
    if (entry.phase !== "submitted") continue;
    const batch = await look(entry, run);
    if (batch === "silent") continue;
    if (batch === null) {
      if (!run.forgets(entry.role)) throw unknownBatch(entry, run);
      finished.push({ entry, batch });
    } else {
      const { completed, failed } = batch.counts ?? { completed: 0, failed: 0 };
      run.done.set(entry.key, { completed, failed });
      if (ended.has(batch.status)) finished.push({ entry, batch });
    }
  }
  return finished;
}

async function look(entry: BatchEntry, run: BatchRun): Promise<RemoteBatch | null | "silent"> {
  try {
    const batch = await run.apis[entry.role]!.retrieve(entry.batchId!);
    run.silentPolls = 0;
    return batch;
  } catch (error) {
    if (!(error instanceof TeacherError) || !error.retryable) throw error;
    if (++run.silentPolls >= MOST_SILENT_POLLS) throw error;
    return "silent";
  }
}

function unknownBatch({ batchId, role }: BatchEntry, { apis, paths }: BatchRun): UserError {
  const { baseUrl, apiKeyEnv } = apis[role]!.endpoint;
  return new UserError(
    `${baseUrl} does not know the batch ${batchId}. Use the key of the same account and project as before (${apiKeyEnv}). To give the batch up and ask again, which is paid for again, delete ${paths.batches}.`,
  );
}
