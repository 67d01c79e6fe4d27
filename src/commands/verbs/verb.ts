/** What a verb is on the command line. Each file beside this one declares one; the file of its name in the folder above does the work. */

import type { Command } from "commander";
import { wrapText } from "../layout.ts";
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

/** What stands under a verb's options, in `width` columns: its examples, whose commands stay whole so that they can be copied, and the afterword. */
export function afterHelp(width: number, examples: readonly Example[], afterword?: string): string {
  const indented = (text: string, indent: number) =>
    wrapText(text, width - indent).map((line) => `${" ".repeat(indent)}${line}`.trimEnd());
  const lines = examples.flatMap(([command, what]) => [`  $ ${command}`, ...indented(what, 6)]);
  const after = afterword === undefined ? [] : ["", ...indented(afterword, 0)];
  return `\n${["Examples:", ...lines, ...after].join("\n")}\n`;
}
