/** Disk space kept back in a file of its own, so that lines which were paid for still find room when the disk is full. */
import { randomFillSync } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { explainWriteError } from "../errors.ts";
import { writeAll } from "./files.ts";

/** Space that is given up once. */
export interface DiskReserve {
  /** Aborts when the space is given up, with the error that tells the person: whoever still asks for more must stop. */
  readonly full: AbortSignal;
  /** Gives the space back to the disk because of `error`; false where that was done before. */
  giveUp(error: unknown): Promise<boolean>;
  /** Removes what is left of it. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 1 << 20;

/** Takes `sizeBytes` of the disk in the file `path`; one that a killed process left is written anew. Throws UserError where they do not fit. */
export async function reserveDisk(path: string, sizeBytes: number): Promise<DiskReserve> {
  const full = new AbortController();
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, "w");
    try {
      await fill(handle, sizeBytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => {});
    throw explainWriteError(error, path);
  }
  return {
    full: full.signal,
    async giveUp(error) {
      if (full.signal.aborted) return false;
      full.abort(error);
      await rm(path, { force: true });
      return true;
    },
    close: () => rm(path, { force: true }),
  };
}

/** Aborts `stop` when the reserve is given up: no new call, no waiting. */
export function stopWhenFull(full: AbortSignal, stop: AbortController): void {
  const end = () => stop.abort(full.reason);
  if (full.aborted) end();
  else full.addEventListener("abort", end, { once: true });
}

/** Random bytes: holes, zeros and repeated blocks take no space on some file systems. */
async function fill(handle: FileHandle, sizeBytes: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) {
    randomFillSync(chunk);
    await writeAll(handle, chunk.subarray(0, Math.min(left, CHUNK_BYTES)));
  }
  await handle.sync(); // the disk may find out no earlier that it is full
}
