/** What a stage gets from its caller: how it shows progress, and what stops it. */
import { basename } from "node:path";
import type { Progress } from "../progress.ts";
import type { StageName } from "../run.ts";

export interface Session {
  readonly progress: Progress;
  /** Stops the stage where its files resume; on the command line Ctrl-C and SIGTERM do. */
  readonly signal: AbortSignal;
  /** The command as it can be typed again, for messages and for the lock. */
  readonly command: string;
}

/** What is left out is silent, never stopped, and named after the program that runs. */
export function fillSession(session: Partial<Session>): Session {
  const { signal } = new AbortController();
  return { progress: silent, signal, command: basename(process.argv[1] ?? "node"), ...session };
}

const silent: Progress = { start() {}, update() {}, finish() {}, line() {}, clear() {} };

/** The run folder and how its recipe is named; `set` holds overrides such as `train.epochs=3`. */
export interface RecipeOptions {
  readonly run?: string;
  readonly recipe?: string;
  readonly set?: readonly string[];
}

/** The same of a stage that works in a run folder; what `from` and the stages after it have made goes aside first. */
export type FolderOptions = RecipeOptions & { readonly run: string; readonly from?: StageName };
