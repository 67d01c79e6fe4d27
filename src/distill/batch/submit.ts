/** Sends request files to the provider, each step in the state before and after it. */
import { existsSync } from "node:fs";
import { hashFile } from "../../formats/index.ts";
import { QueueFull } from "./api.ts";
import type { BatchRun } from "./batch-run.ts";
import { discard, enqueuedTokens, fitsQueue, isTooLarge, meetRefusal } from "./queue.ts";
import type { BatchEntry } from "./store.ts";

/**
 * Forgets files of which no batch can have been made: nothing was paid for them, and the rules may have changed since. What
 * lies at the provider of them is deleted there.
 */
export async function discardUnsent({ store, apis }: BatchRun): Promise<void> {
  for (const entry of [...store.state.entries]) {
    const { phase, fileId, role, key } = entry;
    if (phase === "creating" || phase === "submitted") continue;
    const api = apis[role]!;
    const ids = phase === "uploading" ? await api.findFiles(nameOf(key)) : [fileId];
    for (const id of ids) if (id) await api.remove(id);
    await store.drop(entry);
  }
}

/** Looks for the batch of an entry whose making was cut short; where there is none, none was made. */
export async function findCreated(entry: BatchEntry, { store, apis }: BatchRun): Promise<void> {
  const found = await apis[entry.role]!.find(sought(entry));
  if (found) await noteCreated(entry, found.id, store);
  else {
    entry.phase = "uploaded";
    await store.save();
  }
}

/** Sends everything that the provider's queue has room for. */
export async function submit(run: BatchRun): Promise<void> {
  const { store, stop } = run;
  for (const entry of [...store.state.entries]) {
    if (stop.signal.aborted) return;
    if (entry.phase === "submitted" || !fitsQueue(entry, store.state)) continue;
    if (isTooLarge(entry, store.state)) await discard(entry, run);
    else await send(entry, run);
  }
}

async function send(entry: BatchEntry, run: BatchRun): Promise<void> {
  const { store, apis } = run;
  const api = apis[entry.role]!;
  if (entry.phase === "written") {
    const { requests: path } = store.files(entry);
    if (!existsSync(path) || (await hashFile(path)) !== entry.sha256) {
      await store.drop(entry); // damaged here: the next wave writes it anew
      return;
    }
    entry.phase = "uploading";
    await store.save();
    entry.fileId = await api.upload({ path, name: nameOf(entry.key), sizeBytes: entry.sizeBytes });
    entry.phase = "uploaded";
    await store.save();
  }
  entry.phase = "creating";
  await store.save();
  try {
    await noteCreated(entry, (await api.create(sought(entry))).id, store);
  } catch (error) {
    if (!(error instanceof QueueFull)) throw error;
    entry.phase = "uploaded";
    await meetRefusal(entry, error.limit, enqueuedTokens(entry.role, store.state), run);
  }
}

async function noteCreated(entry: BatchEntry, batchId: string, store: BatchRun["store"]): Promise<void> {
  entry.batchId = batchId;
  entry.submittedAt ??= new Date().toISOString();
  entry.phase = "submitted";
  store.state.counts.batches++;
  store.state.counts.requests += entry.requests;
  await store.save();
}

function sought(entry: BatchEntry): { fileId: string; key: string; sinceMs: number } {
  return { fileId: entry.fileId!, key: entry.key, sinceMs: Date.parse(entry.writtenAt) };
}

function nameOf(key: string): string {
  return `pocketreply-${key}.jsonl`;
}
