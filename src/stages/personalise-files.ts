/** What of a person's style lies where in a run folder, how it is found, and how it is forgotten. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pasteable, UserError } from "../errors.ts";
import { readJsonFile } from "../formats/index.ts";
import type { Habits } from "../reply/index.ts";
import { type RunPaths, runPaths } from "../run.ts";

/** What `reply --style mine` lays over the model: habits of writing always, the adapter where it was found good. */
export interface OwnStyle {
  readonly adapter?: string;
  readonly habits: Habits;
}

/** What of style.json decides what is used. */
interface Decided {
  readonly used: "adapter and habits" | "habits" | null;
  readonly refused: string | null;
}

export function stylePaths({ folder }: Pick<RunPaths, "folder">) {
  const run = runPaths(join(folder, "style"));
  return {
    run,
    merged: join(run.folder, "merged"),
    /** The checkpoint at the strength that is used. */
    used: join(run.folder, "used"),
    adapter: join(run.folder, "adapter.gguf"),
    habits: join(run.folder, "habits.json"),
    /** Replies that the measurements made. */
    answers: join(run.folder, "answers"),
    model: join(run.folder, "model-q8_0.gguf"),
    /** The same under a name of its own: a device that has both tells them apart. */
    ownModel: join(run.folder, "model-mine-q8_0.gguf"),
    report: join(run.folder, "style.json"),
  };
}

/** The owner's style, for `reply --style mine`. UserError where there is none, with the reason. */
export async function findStyle(paths: RunPaths): Promise<OwnStyle> {
  const { adapter, habits, report } = stylePaths(paths);
  if (!existsSync(report))
    throw new UserError(
      `${paths.folder} has no style of yours. Make it: npx pocketreply personalise --run ${pasteable(paths.folder)}`,
    );
  const { used, refused } = (await readJsonFile(report)) as Decided; // written by personalise
  if (used === null) throw new UserError(`Your style is not used: ${refused}`);
  return {
    ...(used === "adapter and habits" && { adapter }),
    habits: (await readJsonFile(habits)) as Habits, // written beside it
  };
}

/** The whole model in the owner's words, for a device that loads no adapters; none where there is no style, or it is not used. */
export function findStyleModels(paths: RunPaths): string[] {
  const { ownModel, report } = stylePaths(paths);
  return existsSync(ownModel) && existsSync(report) ? [ownModel] : [];
}

/** Removes all that was learnt; true where there was something. */
export async function forgetStyle(paths: RunPaths): Promise<boolean> {
  const { folder } = stylePaths(paths).run;
  const was = existsSync(folder);
  await rm(folder, { recursive: true, force: true });
  return was;
}
