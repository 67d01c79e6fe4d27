/** What every verb gets from the command line: where to write, how to show progress, when to stop. */
import type { Progress } from "../progress.ts";

export interface Session {
  readonly progress: Progress;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** How long the verb may take to end after the first Ctrl-C, where that is more than the usual 3 seconds; a second one ends it at once. */
  allowToEnd(ms: number): void;
  /** The command as it can be typed again, for messages and for the lock. */
  readonly command: string;
  /** Results for a person, to stdout; silent with --json. */
  print(text: string): void;
  /** The result for a machine, one JSON value to stdout; silent without --json. */
  printJson(value: unknown): void;
  /** Text as it comes (a streamed reply), to stdout; silent with --json. */
  stream(text: string): void;
}

/** Options that every verb with a recipe has; `set` holds the positional overrides too. */
export interface CommonOptions {
  readonly run?: string;
  readonly recipe?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options of a verb that works in a run folder. */
export type FolderOptions = CommonOptions & { readonly run: string };
