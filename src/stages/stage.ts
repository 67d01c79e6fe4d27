/** What all stages share: an open run folder, and "complete" decided by the report that a stage writes last. */

import { existsSync } from "node:fs";
import { pasteable, UserError } from "../errors.ts";
import { readJsonFile } from "../formats/index.ts";
import { defaultRecipeName } from "../shipped.ts";
import { sourceSize } from "../sources/index.ts";
import { openRunFolder, type RunFolder } from "./folder.ts";
import { requireRun } from "./known-runs.ts";
import { type FolderOptions, fillSession, type Session } from "./session.ts";

/** Where a stage works and how it speaks. */
export interface StageContext {
  readonly folder: RunFolder;
  readonly session: Session;
}

/**
 * Opens the run folder of `options`, does `work` in it and gives it back; `{}` is a session that is silent. Throws UserError where the
 * folder is not there, unless the work `makes` it, and where the `mail` to make it of is not.
 */
export async function inRunFolder<T>(
  options: FolderOptions,
  session: Partial<Session>,
  work: (context: StageContext) => Promise<T>,
  { fallback = defaultRecipeName, makes = false, mail }: { fallback?: string; makes?: boolean; mail?: string } = {},
): Promise<T> {
  const { run, recipe, set = [], from } = options;
  if (!makes) requireRun(run);
  const filled = fillSession(session);
  const { command } = filled;
  const beforeMaking = mail === undefined ? undefined : () => sourceSize(mail); // mail that is not there makes no folder
  const folder = await openRunFolder({ folder: run, recipe, overrides: set, fallback, command, from, beforeMaking });
  if (folder.earlier !== undefined)
    filled.progress.line(`What was there from ${from} on is kept in ${folder.earlier}.`);
  try {
    return await work({ folder, session: filled });
  } finally {
    folder.close();
  }
}

/**
 * The report of a stage: read from `path` where the stage is complete, else made by `work`, which writes it last.
 * `describe` is the line a person sees in either case.
 */
export async function stageReport<T>(options: {
  session: Session;
  name: string;
  path: string;
  work: () => Promise<T>;
  describe: (report: T) => string;
}): Promise<T> {
  const { session, name, path, work, describe } = options;
  const { progress, signal } = session;
  if (existsSync(path)) {
    const report = (await readJsonFile(path)) as T; // written by the same stage
    progress.finish(`✓ ${name}: ${describe(report)} (already complete)`);
    return report;
  }
  signal.throwIfAborted();
  progress.start(name);
  const report = await work();
  progress.finish(`✓ ${name}: ${describe(report)}`);
  return report;
}

/** Throws UserError where the stage before has not finished. */
export function requireStage(
  report: string,
  options: { before: string; now: string; run: string; example?: string },
): void {
  if (existsSync(report)) return;
  requireRun(options.run);
  const { before, now, run, example = `npx pocketreply ${before} --run ${pasteable(run)}` } = options;
  throw new UserError(
    `${now} needs the output of ${before}, and ${report} is not there yet. Run this first: ${example}\n` +
      `(or npx pocketreply run --mail PATH --run ${pasteable(run)}, which does every stage in order)`,
  );
}
