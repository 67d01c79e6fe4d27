/** A run folder made from another: the same mails, replies and split, for a training that goes on from the other's. */
import { existsSync } from "node:fs";
import { copyFile, cp, link, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type RunPaths, runPaths } from "../run.ts";
import type { RunFolder } from "./folder.ts";
import { openRunFolder } from "./folder.ts";

/** What import, distill and the split have made. They are written once and replaced as a whole, so a link keeps them as they were. */
const linked = [
  ...["emails", "pairs", "importReport", "filterReport"],
  ...["replies", "rejected", "preferences", "reviews", "distillReport", "datasetCard", "datasetCardData"],
  ...["split", "baseOrigin"],
] as const satisfies readonly (keyof RunPaths)[];

/** What else need not be made again: the base's replies to the held-out mails, and the teacher's. */
const copied = ["baseExport", "basePredictions", "baseLikelihoods", "ceiling"] as const;

/**
 * Opens the run folder at `to`, with the recipe of `from` and `overrides` over it; what it has of `from` is put there once. UserError as
 * `openRunFolder` throws.
 */
export async function openDerivedRun(
  from: Pick<RunFolder, "paths">,
  { to, overrides, command }: { to: string; overrides: readonly string[]; command: string },
): Promise<RunFolder> {
  const folder = await openRunFolder({ folder: to, recipe: from.paths.recipe, overrides, fallback: "", command });
  try {
    const paths = runPaths(to);
    for (const name of linked) await place(from.paths[name], paths[name]);
    const { baseFolder } = from.paths;
    for (const name of existsSync(baseFolder) ? await readdir(baseFolder) : [])
      await place(join(baseFolder, name), join(paths.baseFolder, name)); // files of the same time: the base in int8 is known by it
    for (const name of copied) {
      if (!existsSync(from.paths[name]) || existsSync(paths[name])) continue;
      await cp(from.paths[name], paths[name], { recursive: true });
    }
    return { ...folder, paths: { ...folder.paths, int8Base: from.paths.int8Base } };
  } catch (error) {
    folder.close();
    throw error;
  }
}

async function place(from: string, to: string): Promise<void> {
  if (!existsSync(from) || existsSync(to)) return;
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to)); // another file system has no links to this one
}
