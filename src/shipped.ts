/** What ships with the package: its version, its recipes, the folders beside the code. Light, so that the command line can start with it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean, UserError } from "./errors.ts";

/** The recipe of a new folder when none is named: the shipped base on one's own mail. */
export const defaultRecipeName = "pocket";

/** The path of a recipe: a file as it is, or one that ships by its name (`paper`). Throws UserError where there is neither. */
export function findRecipe(nameOrPath: string): string {
  if (existsSync(nameOrPath)) return nameOrPath;
  if (shippedRecipes().includes(nameOrPath)) return packagePath("recipes", `${nameOrPath}.yaml`);
  throw new UserError(
    `There is no recipe ${nameOrPath}: no file of that name is here.${didYouMean(nameOrPath, shippedRecipes())} Those that ship are ${shippedRecipes().join(", ")}.`,
  );
}

/** What is no recipe in recipes/. */
const OTHERS = ["gates"];

function shippedRecipes(): string[] {
  const names = readdirSync(packagePath("recipes")).flatMap((file) => /^([\w-]+)\.yaml$/.exec(file)?.[1] ?? []);
  return names.filter((name) => !OTHERS.includes(name)).sort();
}

/** A path inside this package, wherever it is installed. */
export function packagePath(...names: string[]): string {
  return join(fileURLToPath(new URL("..", import.meta.url)), ...names);
}

/** The version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { version: string }).version;
}
