/** `pocketreply recipe`: every number that a run would use, and where it came from. */

import { existsSync } from "node:fs";
import { relative } from "node:path";
import { flattenRecipe, type Recipe, type RecipeSource, resolveRecipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName, findRecipe } from "../shipped.ts";
import type { CommonOptions, Session } from "../stages/index.ts";

/** Prints the resolved recipe as YAML, with the source of each value as a comment; or both as JSON. */
export async function printRecipe(options: CommonOptions, session: Session): Promise<void> {
  const ofFolder = options.run === undefined ? undefined : runPaths(options.run).recipe;
  const fromFolder = options.recipe === undefined && ofFolder !== undefined && existsSync(ofFolder);
  const file = fromFolder ? ofFolder : findRecipe(options.recipe ?? defaultRecipeName);
  const { recipe, sources } = await resolveRecipe(file, options.set);
  const describe = (source: RecipeSource) =>
    source === "file" ? shortPath(file) : source === "override" ? "command line" : "default";
  session.print(renderRecipe(recipe, (key) => describe(sources.get(key)!)));
  session.printJson({
    recipe,
    sources: Object.fromEntries([...sources].map(([key, source]) => [key, describe(source)])),
  });
}

/** A path below the working folder as it would be typed there. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** A recipe as YAML that can be read back, each leaf with a comment behind it. JSON values are YAML values. */
export function renderRecipe(recipe: Recipe, comment: (key: string) => string): string {
  const rows: { text: string; comment?: string }[] = [];
  const open: string[] = [];
  for (const [key, value] of flattenRecipe(recipe)) {
    const parents = key.split(".").slice(0, -1);
    let shared = 0;
    while (shared < parents.length && shared < open.length && parents[shared] === open[shared]) shared++;
    open.length = shared;
    for (const parent of parents.slice(shared)) {
      rows.push({ text: `${"  ".repeat(open.length)}${parent}:` });
      open.push(parent);
    }
    const name = key.split(".").at(-1)!;
    rows.push({ text: `${"  ".repeat(open.length)}${name}: ${JSON.stringify(value)}`, comment: comment(key) });
  }
  const width = Math.min(60, Math.max(...rows.map((row) => row.text.length)));
  return rows
    .map((row) => (row.comment === undefined ? row.text : `${row.text.padEnd(width)}  # ${row.comment}`))
    .join("\n");
}
