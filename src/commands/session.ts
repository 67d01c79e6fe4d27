/** What every verb gets from the command line: where to write, how to show progress, when to stop. */
import type { StageName } from "../run.ts";
import type { RecipeOptions, Session as StageSession } from "../stages/index.ts";

export interface Session extends StageSession {
  /** How long the verb may take to end after the first Ctrl-C, where that is more than the usual 3 seconds; a second one ends it at once. */
  allowToEnd(ms: number): void;
  /** Results for a person, to stdout; silent with --json. */
  print(text: string): void;
  /** The result for a machine, one JSON value to stdout; silent without --json. */
  printJson(value: unknown): void;
  /** Text as it comes (a streamed reply), to stdout; silent with --json. */
  stream(text: string): void;
}

/** Options that every verb with a recipe has; `set` holds the positional overrides too. */
export interface CommonOptions extends RecipeOptions {
  readonly set: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options of a verb that works in a run folder; what `from` and the stages after it have made goes aside first. */
export type FolderOptions = CommonOptions & { readonly run: string; readonly from?: StageName };
