/** What to type after a run: commands with what each is for, and the page that says how good it is. */
import { existsSync } from "node:fs";
import type { RunPaths } from "../run.ts";
import { windowWidth } from "./layout.ts";
import type { Example } from "./verbs/verb.ts";

/** Lines under "Next:"; what a command is for stands beside it where the window has room, else below. */
export function nextSteps({ report }: Pick<RunPaths, "report">, steps: readonly Example[]): string[] {
  const all: readonly Example[] = existsSync(report)
    ? [[report, "how good the replies are: open it in a browser"], ...steps]
    : steps;
  const column = Math.max(...all.map(([command]) => command.length)) + 2;
  const isWide = Math.max(...all.map(([, what]) => what.length)) + column + 2 <= windowWidth();
  return all.map(([command, what]) => (isWide ? `  ${command.padEnd(column)}${what}` : `  ${command}\n      ${what}`));
}
