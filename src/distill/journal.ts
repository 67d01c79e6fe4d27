/**
 * attempts.jsonl: every call to a teacher or judge, written before anything relies on it. Append-only; the first row of
 * each session is a header with the settings that shape the calls, every other row is one call.
 *
 * In memory there is only where each mail's rows stand (16 bytes a row); the rows themselves are read back when asked for.
 */

import { existsSync } from "node:fs";
import { FormatError, invariant, UserError } from "../errors.ts";
import { encodeJson, openForReading, openReservedAppender, readInto } from "../formats/index.ts";
import { createJournalIndex, scanLines } from "./journal-index.ts";
import {
  type AttemptRow,
  type HeaderRow,
  JOURNAL,
  type JournalRow,
  type JournalSettings,
  VERSION,
} from "./journal-rows.ts";
import { createTotals, type JournalTotals } from "./journal-totals.ts";

export interface Journal {
  readonly path: string;
  readonly totals: JournalTotals;
  /** Aborts with a UserError when the disk is full: no new call may be made, and there is room for the rows of those in flight. */
  readonly full: AbortSignal;
  /** Resolves when the row is in the file. */
  append(row: AttemptRow): Promise<void>;
  /** Notes the most that a try without a whole answer may have cost; resolves when it is in the file. */
  appendLost(usd: number): Promise<void>;
  /** All rows of a mail, in the order they were written. */
  read(emailId: string): Promise<AttemptRow[]>;
  close(): Promise<void>;
}

/**
 * Opens (or starts) a journal: repairs a torn last line, checks the settings, indexes what is there.
 * Throws UserError where the journal was made with other settings or the reserve does not fit on the disk, FormatError where a
 * line is no row.
 */
export async function openJournal(options: {
  path: string;
  settings: JournalSettings;
  /** Disk space kept back beside it for rows of calls in flight. */
  reserveBytes?: number;
  /** The cost of a row that was written when no price was known. */
  priceRow?: (row: AttemptRow) => number | null;
  now?: () => Date;
}): Promise<Journal> {
  const { path, settings, reserveBytes = 0, priceRow, now = () => new Date() } = options;
  const appender = await openReservedAppender(path, reserveBytes);
  const reader = await openForReading(path);
  const index = createJournalIndex();
  const sums = createTotals(priceRow);
  let sizeBytes = 0;

  function append(row: JournalRow): Promise<void> {
    const written = appender.append(row); // rows stand in the order of these calls, so their places are known at once
    const place = { offset: sizeBytes, sizeBytes: Buffer.byteLength(encodeJson(row)) };
    sizeBytes += place.sizeBytes + 1;
    if ("emailId" in row) index.add(row.emailId, place);
    sums.add(row);
    return written;
  }

  async function close(): Promise<void> {
    await reader.close();
    await appender.close();
  }

  let unused: HeaderRow | null = null; // settings under which no call was made bind nobody
  try {
    for await (const { line, bytes, offset } of scanLines(path)) {
      sizeBytes = offset + bytes.length + 1;
      const row = parseRow(bytes, line, path);
      if ("journal" in row) unused = row;
      else if ("emailId" in row) {
        if (unused !== null) checkSettings(unused, settings, path);
        unused = null;
        index.add(row.emailId, { offset, sizeBytes: bytes.length });
      }
      sums.add(row);
    }
    if (sums.totals.sessions === 0 && index.rows > 0) {
      throw new FormatError({
        path,
        where: "line 1",
        expected: "the header of a journal of calls",
        got: "a row without one",
        fix: freshStart(path),
      });
    }
    await append({ journal: JOURNAL, version: VERSION, settings, at: now().toISOString() });
    appender.full.throwIfAborted();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    path,
    totals: sums.totals,
    full: appender.full,
    append,
    appendLost: (usd) => append({ lostUsd: usd, at: now().toISOString() }),
    async read(emailId) {
      const rows: AttemptRow[] = [];
      for (const place of index.places(emailId)) {
        const bytes = Buffer.allocUnsafe(place.sizeBytes);
        await readInto(reader, bytes, place.offset);
        const row = JSON.parse(bytes.toString("utf8")) as AttemptRow;
        invariant(
          row.emailId === emailId,
          `${path} at byte ${place.offset} holds a row of ${row.emailId}, not of ${emailId}`,
        );
        rows.push(row);
      }
      return rows;
    },
    close,
  };
}

function freshStart(path: string): string {
  return `To start fresh, choose another run folder, or delete ${path} (its answers would have to be paid for again).`;
}

/** A line of a journal. Throws FormatError where it is none. */
export function parseRow(bytes: Buffer, line: number, path: string): JournalRow {
  const fail = (got: string): never => {
    throw new FormatError({
      path,
      where: `line ${line}`,
      expected: "a journal row (JSON)",
      got,
      fix: freshStart(path),
    });
  };
  let row: JournalRow;
  try {
    row = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    return fail((error as Error).message);
  }
  if (typeof row !== "object" || row === null) return fail(`a ${typeof row}`);
  if ("journal" in row && row.journal === JOURNAL && row.version === VERSION) return row;
  if ("emailId" in row && "kind" in row && "outcome" in row) return row;
  if ("lostUsd" in row && typeof row.lostUsd === "number") return row;
  return fail(`an object with the keys ${Object.keys(row).slice(0, 6).join(", ")}`);
}

/** What headers of earlier versions hold and calls do not depend on. */
const formerSettings = new Set([
  ...["teacher.baseUrl", "judge.baseUrl", "distill.maxReplyTokens", "distill.maxJudgeTokens"],
]);

/** Whether the journal at `path` holds a call: before the first one, everything may change. */
export async function hasCalls(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  for await (const { bytes } of scanLines(path)) if (bytes.includes('"emailId"')) return true;
  return false;
}

function checkSettings(header: HeaderRow, settings: JournalSettings, path: string): void {
  const keys = [...new Set([...Object.keys(header.settings), ...Object.keys(settings)])].filter(
    (key) => !formerSettings.has(key),
  );
  const changed = keys.filter((key) => header.settings[key] !== settings[key]);
  if (changed.length === 0) return;
  const lines = changed.map(
    (key) => `  ${key}: ${header.settings[key] ?? "(none)"} there, ${settings[key] ?? "(none)"} now`,
  );
  const prompts = changed.some((key) => key.startsWith("prompts."))
    ? " (for prompts: use the version of pocketreply that began it)"
    : "";
  throw new UserError(
    `The calls in ${path} were made with other settings:\n${lines.join("\n")}\nTo go on with them, put these settings back${prompts}. ${freshStart(path)}`,
  );
}
