/**
 * attempts.jsonl: every call to a teacher or judge, written before anything relies on it. Append-only; the first row of
 * each session is a header with the settings that shape the calls, every other row is one call.
 *
 * In memory there is only where each mail's rows stand (16 bytes a row); the rows themselves are read back when asked for.
 */
import { FormatError, invariant, UserError } from "../errors.ts";
import { openForReading, openJsonlAppender, readInto } from "../formats/index.ts";
import type { Usage } from "./client.ts";
import { createJournalIndex, scanLines } from "./journal-index.ts";
import type { Criterion } from "./prompts.ts";
import type { StepRow } from "./steps.ts";

/** One call, as journalled. */
export interface AttemptRow extends StepRow {
  readonly emailId: string;
  /** Digest of the mail's text as sent: a mail imported anew with another text is another mail. */
  readonly emailDigest: string;
  /** n for the n-th repeat of the call after a defect. */
  readonly repeat: number;
  readonly promptVersion: string;
  readonly model: string;
  /** What the model said, where it could not be used (cut to 2,000 characters). */
  readonly answer?: string;
  /** Scores that the judge had put outside 0 to 1. */
  readonly clamped?: readonly Criterion[];
  readonly usage: Usage | null;
  readonly latencyMs: number | null;
  /** Failed tries before this outcome. */
  readonly retries: number;
  /** When it came, ISO 8601. */
  readonly at: string;
}

/** What shapes the calls: rows made under other settings are not comparable. Values are shown to the person as they stand. */
export type JournalSettings = Readonly<Record<string, string | number>>;

interface HeaderRow {
  readonly journal: typeof JOURNAL;
  readonly version: typeof VERSION;
  readonly settings: JournalSettings;
  readonly at: string;
}

/** The sums of all rows, this session's and earlier ones'. */
export interface JournalTotals {
  readonly calls: Readonly<Record<StepRow["kind"], number>>;
  /** Of these, the usable ones. */
  readonly okCalls: Readonly<Record<StepRow["kind"], number>>;
  readonly outcomes: Readonly<Record<StepRow["outcome"], number>>;
  readonly retries: number;
  readonly clampedScores: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Answers for which the endpoint gave no token counts. */
  readonly callsWithoutUsage: number;
  readonly sessions: number;
  /** Time from each session's start to its last row, added up. */
  readonly wallMs: number;
}

export interface Journal {
  readonly path: string;
  readonly totals: JournalTotals;
  /** Resolves when the row is in the file. */
  append(row: AttemptRow): Promise<void>;
  /** All rows of a mail, in the order they were written. */
  read(emailId: string): Promise<AttemptRow[]>;
  close(): Promise<void>;
}

/**
 * Opens (or starts) a journal: repairs a torn last line, checks the settings, indexes what is there.
 * Throws UserError where the journal was made with other settings, FormatError where a line is no row.
 */
export async function openJournal(options: {
  path: string;
  settings: JournalSettings;
  now?: () => Date;
}): Promise<Journal> {
  const { path, settings, now = () => new Date() } = options;
  const appender = await openJsonlAppender(path);
  const reader = await openForReading(path);
  const index = createJournalIndex();
  const sums = createSums();
  let sizeBytes = 0;

  function append(row: HeaderRow | AttemptRow): Promise<void> {
    const written = appender.append(row); // rows stand in the order of these calls, so their places are known at once
    const place = { offset: sizeBytes, sizeBytes: Buffer.byteLength(JSON.stringify(row)) };
    sizeBytes += place.sizeBytes + 1;
    if ("emailId" in row) index.add(row.emailId, place);
    sums.add(row);
    return written;
  }

  async function close(): Promise<void> {
    await reader.close();
    await appender.close();
  }

  try {
    for await (const { line, bytes, offset } of scanLines(path)) {
      sizeBytes = offset + bytes.length + 1;
      const row = parseRow(bytes, line, path);
      if ("journal" in row) checkSettings(row, settings, path);
      else index.add(row.emailId, { offset, sizeBytes: bytes.length });
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
  } catch (error) {
    await close();
    throw error;
  }

  return {
    path,
    totals: sums.totals,
    append,
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

const JOURNAL = "pocketreply-attempts";
const VERSION = 1;

function freshStart(path: string): string {
  return `To start fresh, choose another run folder, or delete ${path} (its answers would have to be paid for again).`;
}

function parseRow(bytes: Buffer, line: number, path: string): HeaderRow | AttemptRow {
  const fail = (got: string): never => {
    throw new FormatError({
      path,
      where: `line ${line}`,
      expected: "a journal row (JSON)",
      got,
      fix: freshStart(path),
    });
  };
  let row: HeaderRow | AttemptRow;
  try {
    row = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    return fail((error as Error).message);
  }
  if (typeof row !== "object" || row === null) return fail(`a ${typeof row}`);
  if ("journal" in row && row.journal === JOURNAL && row.version === VERSION) return row;
  if ("emailId" in row && "kind" in row && "outcome" in row) return row;
  return fail(`an object with the keys ${Object.keys(row).slice(0, 6).join(", ")}`);
}

function checkSettings(header: HeaderRow, settings: JournalSettings, path: string): void {
  const keys = [...new Set([...Object.keys(header.settings), ...Object.keys(settings)])];
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

interface Sums {
  readonly totals: JournalTotals;
  add(row: HeaderRow | AttemptRow): void;
}

function createSums(): Sums {
  const totals = {
    calls: { generate: 0, judge: 0, refine: 0 },
    okCalls: { generate: 0, judge: 0, refine: 0 },
    outcomes: { ok: 0, defect: 0, refused: 0, unanswered: 0 },
    retries: 0,
    clampedScores: 0,
    promptTokens: 0,
    completionTokens: 0,
    callsWithoutUsage: 0,
    sessions: 0,
    wallMs: 0,
  };
  let sessionStart = 0;
  let earlier = 0; // wallMs of the sessions before
  return {
    totals,
    add(row) {
      if ("journal" in row) {
        totals.sessions++;
        sessionStart = Date.parse(row.at);
        earlier = totals.wallMs;
        return;
      }
      totals.calls[row.kind]++;
      if (row.outcome === "ok") totals.okCalls[row.kind]++;
      totals.outcomes[row.outcome]++;
      totals.retries += row.retries;
      totals.clampedScores += row.clamped?.length ?? 0;
      totals.promptTokens += row.usage?.promptTokens ?? 0;
      totals.completionTokens += row.usage?.completionTokens ?? 0;
      if (!row.usage && (row.outcome === "ok" || row.outcome === "defect")) totals.callsWithoutUsage++;
      totals.wallMs = earlier + Math.max(0, Date.parse(row.at) - sessionStart);
    },
  };
}
