/**
 * Results that give way to others go into a folder of earlier/, never away: a run that is done anew leaves earlier/run-1, a run folder
 * that compare, judge --against and reply open like any other. A move that was cut is finished when the folder is opened again.
 */
import { existsSync } from "node:fs";
import { copyFile, link, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import type { RunPaths } from "../run.ts";

/** In a folder of earlier/ while files are on their way into it: their names. */
const MOVING = "moving.json";

/**
 * Moves the files at `paths` into a new folder earlier/NAME-1 (or -2, …) and returns it; null where none of them is there. What is at
 * `beside` is needed to read them and stays here too.
 */
export async function setAside(
  { earlier }: Pick<RunPaths, "earlier">,
  options: { name: string; paths: readonly string[]; beside?: readonly string[] },
): Promise<string | null> {
  const { name, paths, beside = [] } = options;
  const moved = paths.filter((path) => existsSync(path));
  if (moved.length === 0) return null;
  const aside = await newFolder(earlier, name);
  for (const path of beside.filter((path) => existsSync(path) && !moved.includes(path)))
    await link(path, join(aside, basename(path))).catch(() => copyFile(path, join(aside, basename(path)))); // not every disk has links
  await writeJsonFile(
    join(aside, MOVING),
    moved.map((path) => basename(path)),
  );
  await move(join(earlier, ".."), aside);
  return aside;
}

/** Finishes a move that was cut. */
export async function finishMoves({ folder, earlier }: Pick<RunPaths, "folder" | "earlier">): Promise<void> {
  if (!existsSync(earlier)) return;
  for (const name of await readdir(earlier))
    if (existsSync(join(earlier, name, MOVING))) await move(folder, join(earlier, name));
}

async function move(folder: string, aside: string): Promise<void> {
  const names = (await readJsonFile(join(aside, MOVING))) as string[]; // written above
  for (const name of names) if (existsSync(join(folder, name))) await rename(join(folder, name), join(aside, name));
  await rm(join(aside, MOVING));
}

async function newFolder(earlier: string, name: string): Promise<string> {
  await mkdir(earlier, { recursive: true });
  const taken = (await readdir(earlier)).map((each) => Number(each.split("-").at(-1)) || 0);
  const aside = join(earlier, `${name}-${Math.max(0, ...taken) + 1}`);
  await mkdir(aside);
  return aside;
}
