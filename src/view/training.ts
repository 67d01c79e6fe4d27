/** steps.jsonl for the page, while it grows: each asks for what it has not seen. */
import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { TrainingPage, TrainingRow } from "./training-api.ts";

/** Files of a training that are read. */
export interface TrainingPaths {
  readonly steps: string;
  readonly trainReport: string;
}

/** The training of a run folder as the page asks for it; nothing is there before the first step. */
export interface TrainingLog {
  read(seen: { version: string; from: number }): Promise<Omit<TrainingPage, "name">>;
}

/** Reads the file's new whole lines at each call; a file that was replaced is read anew. */
export function openTrainingLog({ steps, trainReport }: TrainingPaths): TrainingLog {
  let rows: TrainingRow[] = [];
  let version = "none";
  let offset = 0;

  async function refresh(): Promise<void> {
    const found = await stat(steps).catch(() => null);
    const now = found === null ? "none" : `${found.ino}-${Math.floor(found.birthtimeMs)}`;
    if (now !== version || (found !== null && found.size < offset)) {
      rows = [];
      offset = 0;
      version = now;
    }
    if (found === null || found.size === offset) return;
    const file = await open(steps);
    try {
      const bytes = Buffer.alloc(found.size - offset);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      const whole = bytes.subarray(0, bytesRead).lastIndexOf(10) + 1; // a line under way is read next time
      const lines = bytes.subarray(0, whole).toString("utf8").split("\n");
      rows.push(...lines.filter(Boolean).map((line) => JSON.parse(line) as TrainingRow)); // written by train
      offset += whole;
    } finally {
      await file.close();
    }
  }

  let last = Promise.resolve();
  return {
    async read(seen) {
      last = last.then(refresh, refresh); // one look at a time
      await last;
      const from = seen.version === version ? Math.min(seen.from, rows.length) : 0;
      return { version, from, rows: rows.slice(from), done: existsSync(trainReport) };
    },
  };
}
