/** A run by batches: what it was given, and what it has seen so far. */
import type { Email } from "../../mail/index.ts";
import type { DistillProgress } from "../distill-progress.ts";
import type { BatchEndpoints } from "./endpoints.ts";
import type { BatchPaths, BatchRole } from "./store.ts";
import type { WaveOptions } from "./wave.ts";

/** What batches need to know of their run. */
export interface BatchRunOptions extends Omit<WaveOptions, "store" | "roleOf">, BatchEndpoints {
  readonly paths: BatchPaths;
  /** All mails of the run folder, in the sample or not. */
  readonly allEmails: () => AsyncIterable<Email>;
  readonly total: number;
  /** The longest wait between two looks at a batch. */
  readonly pollMs: number;
  /** So many waves in a row without one answer end the run. */
  readonly emptyWaves: number;
  /** Whether files are deleted at the provider once they are taken in. */
  readonly deleteFiles: boolean;
  /** Aborted when the run's owner wants it to end at once. */
  readonly signal?: AbortSignal;
  /** Whether an endpoint forgets its batches when the process ends (the built-in teacher does): they are then asked for again. */
  readonly forgets: (role: BatchRole) => boolean;
  readonly onProgress?: (progress: DistillProgress) => void;
}

/** A run and what it has seen. */
export interface BatchRun extends BatchRunOptions, WaveOptions {
  /** Where the mails stood when the wave began. */
  readonly standing: { accepted: number; rejected: number; open: number };
  /** By key: what the provider last said of a batch's requests. */
  readonly done: Map<string, { completed: number; failed: number }>;
  /** Looks in a row that got no answer. */
  silentPolls: number;
}
