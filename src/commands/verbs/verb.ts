/** What a verb is on the command line. Each file beside this one declares one; the file of its name in the folder above does the work. */

import type { Command } from "commander";
import type { Session } from "../session.ts";

/** A verb as data; `Options` is what its declaration makes of the command line, arguments under their own names. */
export interface Verb<Options> {
  readonly name: string;
  /** Its line in the list of verbs. */
  readonly summary: string;
  /** Stands over its own help, where the summary does not say enough. */
  readonly description?: string;
  /** Commands with what each is for. */
  readonly examples: readonly Example[];
  /** Stands under the examples. */
  readonly afterword?: string;
  /** Adds its arguments and options. */
  declare(command: Command): Command;
  /** Why these options do not go together, if they do not. */
  refuse?(options: Options): string | undefined;
  /** Loads the verb's module, which may be large, and does the work. */
  run(options: Options, session: Session): Promise<void>;
}

export type Example = readonly [command: string, what: string];

/** The run folder of `npm start`, where the verbs that only read look first. */
export const quickstartFolder = "runs/quickstart";

/** The examples under a verb's options. */
export function examples(...lines: readonly Example[]): string {
  return `\nExamples:\n${lines.map(([command, what]) => `  $ ${command}\n      ${what}`).join("\n")}\n`;
}
