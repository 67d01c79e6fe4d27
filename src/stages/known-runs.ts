/** Run folders by name: a mistyped one is told with those that are there, and makes nothing. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { didYouMean, pasteable, UserError } from "../errors.ts";
import { runPaths } from "../run.ts";

/** ours: more would be a listing, not a hint. */
const SHOWN = 12;

/** Throws UserError where the run folder is not there, naming those beside it and the command that would make it. */
export function requireRun(folder: string): void {
  if (existsSync(folder)) return;
  const near = runsIn(dirname(resolve(folder)));
  const others = near.length > 0 ? near : runsIn(resolve("runs"));
  const where = near.length > 0 ? dirname(folder) : "runs";
  const listed = [...others.slice(0, SHOWN), ...(others.length > SHOWN ? [`and ${others.length - SHOWN} more`] : [])];
  const isQuickstart = folder === join("runs", "quickstart");
  const make = isQuickstart
    ? "npx pocketreply quickstart"
    : `npx pocketreply run --mail PATH --run ${pasteable(folder)}`;
  throw new UserError(
    `There is no run folder ${folder}.${didYouMean(basename(folder), others)}` +
      `${others.length === 0 ? "" : ` In ${where}: ${listed.join(", ")}.`} To make it: ${make}`,
  );
}

function runsIn(parent: string): string[] {
  if (!existsSync(parent)) return [];
  const entries = readdirSync(parent, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(runPaths(join(parent, entry.name)).recipe))
    .map(({ name }) => name)
    .sort();
}
