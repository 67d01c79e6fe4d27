/** export/checks.json: what was found of each exported file, so that a check that was cut, or a format that is added, costs no other file anew. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ExportedFile } from "../export/index.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import type { FormatCheck, ParityReport } from "./format-report.ts";

/** What was found, and when the file that it was found of was written (milliseconds). */
interface Found<T> {
  readonly writtenMs: number;
  readonly found: T;
}

interface Stored {
  /** What it rests on besides the files: checkpoint, mails, settings. Under others nothing in here holds. */
  readonly of: string;
  readonly formats: Readonly<Record<string, Found<FormatCheck>>>;
  readonly greedy: Readonly<Record<string, Found<ParityReport["greedy"]>>>;
}

/** What is known of the files below a run folder. A file that was written again since is not known. */
export interface KnownChecks {
  check(file: ExportedFile): FormatCheck | null;
  greedyOf(file: ExportedFile): ParityReport["greedy"];
  keepCheck(file: ExportedFile, found: FormatCheck): Promise<void>;
  keepGreedy(file: ExportedFile, found: ParityReport["greedy"]): Promise<void>;
}

/** Reads what is known of `files`; `rests` is what it rests on besides them. */
export async function readKnownChecks(
  { folder, path, rests }: { folder: string; path: string; rests: unknown },
  files: readonly ExportedFile[],
): Promise<KnownChecks> {
  const of = JSON.stringify(rests);
  const before = existsSync(path) ? ((await readJsonFile(path)) as Stored) : null; // written below
  let stored: Stored = before?.of === of ? before : { of, formats: {}, greedy: {} };
  const written = new Map<ExportedFile, number>();
  for (const file of files) written.set(file, (await stat(join(folder, file.path))).mtimeMs);
  const held = <T>(of: Readonly<Record<string, Found<T>>>, file: ExportedFile): T | null => {
    const known = of[file.format];
    return known?.writtenMs === written.get(file) ? known.found : null;
  };
  const add = <T>(file: ExportedFile, found: T) => ({ [file.format]: { writtenMs: written.get(file)!, found } });
  const keep = (change: Partial<Stored>) => {
    stored = { ...stored, ...change };
    return writeJsonFile(path, stored);
  };
  return {
    check: (file) => held(stored.formats, file),
    greedyOf: (file) => held(stored.greedy, file),
    keepCheck: (file, found) => keep({ formats: { ...stored.formats, ...add(file, found) } }),
    keepGreedy: (file, found) => keep({ greedy: { ...stored.greedy, ...add(file, found) } }),
  };
}
