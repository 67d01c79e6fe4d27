/** What ships with the package: its version, its recipes, the folders beside the code. Light, so that the command line can start with it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The recipe of a new folder when none is named: the shipped base on one's own mail. */
export const defaultRecipeName = "pocket";

/** The path of a recipe: a file as it is, or one that ships by its name (`paper`). */
export function findRecipe(nameOrPath: string): string {
  if (existsSync(nameOrPath)) return nameOrPath;
  const shipped = packagePath("recipes", `${nameOrPath}.yaml`);
  return /^[\w-]+$/.test(nameOrPath) && existsSync(shipped) ? shipped : nameOrPath;
}

/** A path inside this package, wherever it is installed. */
export function packagePath(...names: string[]): string {
  return join(fileURLToPath(new URL("..", import.meta.url)), ...names);
}

/** The version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { version: string }).version;
}
