/**
 * What is under way at the provider, kept in the run folder: written before and after every step that the provider sees,
 * so that a process that is killed at any moment neither pays twice nor loses a finished batch.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DroppableParameter } from "../../endpoint/index.ts";
import { FormatError } from "../../errors.ts";
import { readJsonFile, writeJsonFile } from "../../formats/index.ts";

/** Which endpoint a batch is for. */
export type BatchRole = "teacher" | "judge";

/**
 * How far a batch is. "written": the request file lies here; "uploading": it may be there; "uploaded": it is there;
 * "creating": a batch may have been made of it; "submitted": it has.
 */
export type BatchPhase = "written" | "uploading" | "uploaded" | "creating" | "submitted";

/** A file of requests, on its way. */
export interface BatchEntry {
  /** Names this sending of it at the provider, once and for all. */
  readonly key: string;
  /** Names its files here. */
  readonly file: string;
  readonly role: BatchRole;
  readonly wave: number;
  readonly requests: number;
  readonly sizeBytes: number;
  /** SHA-256 of the request file. */
  readonly sha256: string;
  /** About so many prompt tokens. */
  readonly promptTokens: number;
  /** Parameters that its requests do without. */
  readonly dropped: readonly DroppableParameter[];
  /** ISO 8601. */
  readonly writtenAt: string;
  phase: BatchPhase;
  fileId: string | null;
  batchId: string | null;
  submittedAt: string | null;
}

/** What became of all requests so far; a line of each kind is a fact of the report. */
export interface BatchCounts {
  waves: number;
  batches: number;
  requests: number;
  /** With an answer, usable or not. */
  answered: number;
  /** With an error in its place. */
  failed: number;
  /** Not worked on before the window closed or the batch was cancelled; asked for again. */
  expired: number;
  /** In neither file of a completed batch; asked for again. */
  missing: number;
  /** Lines beyond the first for a request; not used. */
  duplicated: number;
  /** Lines for requests that were not in the batch; not used. */
  foreign: number;
  /** Lines that are no JSON or have no custom_id; not used. */
  malformed: number;
  /** Answers for mails that are no longer there as they were. */
  unclaimed: number;
  /** Batches that the provider did not take because its queue of prompt tokens was full. */
  queueFull: number;
  /** Batches that failed as a whole. */
  failedBatches: number;
}

/** How many prompt tokens an endpoint takes into its queue: as it says, and as now tried; null: no limit was met. */
export interface QueueLimit {
  stated: number | null;
  current: number | null;
}

export interface BatchState {
  readonly batches: typeof MARK;
  readonly version: typeof VERSION;
  /** Of the present wave: rows that came of it. */
  waveRows: number;
  waveFailure: string | null;
  /** Waves in a row without one row. */
  emptyWaves: number;
  /** Since when nothing but a full queue was met, ISO 8601. */
  refusedSince: string | null;
  readonly counts: BatchCounts;
  readonly queue: Record<BatchRole, QueueLimit>;
  readonly dropped: Record<BatchRole, DroppableParameter[]>;
  entries: BatchEntry[];
}

/** Where the state is kept, and the folder of the request and answer files. */
export interface BatchPaths {
  readonly batches: string;
  readonly batchFiles: string;
}

export interface BatchStore {
  readonly state: BatchState;
  /** Resolves when the state is on the disk. */
  save(): Promise<void>;
  /** The files of a batch here. */
  files(entry: Pick<BatchEntry, "file">): {
    readonly requests: string;
    readonly output: string;
    readonly errors: string;
  };
  /** Forgets a batch: its files here go, the state is saved. */
  drop(entry: BatchEntry): Promise<void>;
}

const MARK = "pocketreply-batches";
const VERSION = 1;

/** Opens (or starts) the state; files of no known batch are removed. */
export async function openBatchStore(paths: BatchPaths): Promise<BatchStore> {
  const { batches, batchFiles } = paths;
  const state = existsSync(batches) ? readState(await readJsonFile(batches), batches) : emptyState();
  await mkdir(batchFiles, { recursive: true });
  const files = ({ file }: Pick<BatchEntry, "file">) => ({
    requests: join(batchFiles, `${file}.requests.jsonl`),
    output: join(batchFiles, `${file}.output.jsonl`),
    errors: join(batchFiles, `${file}.errors.jsonl`),
  });
  const known = new Set(state.entries.flatMap((entry) => Object.values(files(entry))));
  for (const name of await readdir(batchFiles)) {
    const path = join(batchFiles, name);
    if (!known.has(path)) await rm(path, { force: true });
  }
  const save = () => writeJsonFile(batches, state);
  return {
    state,
    save,
    files,
    async drop(entry) {
      state.entries = state.entries.filter((other) => other !== entry);
      await save();
      for (const path of Object.values(files(entry))) await rm(path, { force: true });
    },
  };
}

/** The batches of a run folder that may be under way at the provider. */
export async function readPendingBatches(paths: BatchPaths): Promise<readonly BatchEntry[]> {
  if (!existsSync(paths.batches)) return [];
  const { entries } = readState(await readJsonFile(paths.batches), paths.batches);
  return entries.filter(({ phase }) => phase === "creating" || phase === "submitted");
}

function readState(value: unknown, path: string): BatchState {
  const state = value as BatchState | null;
  if (state?.batches === MARK && state.version === VERSION && Array.isArray(state.entries)) return state;
  throw new FormatError({
    path,
    where: "the whole file",
    expected: "the state of batches",
    got: JSON.stringify(value).slice(0, 60),
    fix: "If no batch is under way at the provider, delete it; else what it holds is needed to find them.",
  });
}

/** The counts of what the lines of a batch's files were. */
export type LineCounts = Pick<
  BatchCounts,
  "answered" | "failed" | "expired" | "missing" | "duplicated" | "foreign" | "malformed" | "unclaimed"
>;

/** No line read yet. */
export function noLines(): LineCounts {
  return {
    answered: 0,
    failed: 0,
    expired: 0,
    missing: 0,
    duplicated: 0,
    foreign: 0,
    malformed: 0,
    unclaimed: 0,
  };
}

function emptyState(): BatchState {
  return {
    batches: MARK,
    version: VERSION,
    waveRows: 0,
    waveFailure: null,
    emptyWaves: 0,
    refusedSince: null,
    counts: {
      waves: 0,
      batches: 0,
      requests: 0,
      ...noLines(),
      queueFull: 0,
      failedBatches: 0,
    },
    queue: { teacher: { stated: null, current: null }, judge: { stated: null, current: null } },
    dropped: { teacher: [], judge: [] },
    entries: [],
  };
}
