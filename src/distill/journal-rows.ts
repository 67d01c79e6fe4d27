/** The rows of attempts.jsonl. */
import type { Usage } from "../endpoint/index.ts";
import type { Criterion } from "../prompts/index.ts";
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
  /** US dollars for the counted tokens at the price of the day; null where the endpoint counted none or the price is not known. */
  readonly costUsd: number | null;
  /** Failed tries before this outcome. */
  readonly retries: number;
  /** When it came, ISO 8601. */
  readonly at: string;
}

/** What shapes the calls: rows made under other settings are not comparable. Values are shown to the person as they stand. */
export type JournalSettings = Readonly<Record<string, string | number>>;

/** The first row of a session. */
export interface HeaderRow {
  readonly journal: typeof JOURNAL;
  readonly version: typeof VERSION;
  readonly settings: JournalSettings;
  readonly at: string;
}

/** A try that got no whole answer and may have been billed all the same. */
export interface LostRow {
  readonly lostUsd: number;
  readonly at: string;
}

/** A line of attempts.jsonl. */
export type JournalRow = HeaderRow | LostRow | AttemptRow;

export const JOURNAL = "pocketreply-attempts";
export const VERSION = 1;
