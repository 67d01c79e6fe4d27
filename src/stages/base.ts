/** The base of a recipe, as people have it: a folder, one that ships, or a GGUF file. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { isGgufBase, writeGgufBase } from "../model/index.ts";
import type { RunPaths } from "../run.ts";
import { packagePath } from "../shipped.ts";
import { writeGgufTokenizer } from "../tokens/index.ts";

/**
 * The base as a folder on this machine: as named, inside this package (`models/pocket-base`), or for a GGUF file the run's `base/`, which
 * holds its configuration and tokenizer and points to the file. UserError where there is none.
 */
export async function findBase(base: string, paths: RunPaths): Promise<string> {
  const candidates = [base, packagePath(base)];
  const folder = candidates.find((candidate) => existsSync(join(candidate, "config.json")));
  if (folder !== undefined) return folder;
  const file = candidates.find((candidate) => candidate.endsWith(".gguf") && existsSync(candidate));
  if (file !== undefined) {
    if (await isGgufBase(paths.baseFolder, file)) return paths.baseFolder;
    await writeGgufTokenizer(paths.baseFolder, file);
    await writeGgufBase(paths.baseFolder, file);
    return paths.baseFolder;
  }
  throw new UserError(
    `The base model ${base} is not there: it is no GGUF file, and no folder of that name holds a config.json.\n` +
      `Give a GGUF file of a Llama model, or its folder in Hugging Face layout (config.json, model.safetensors, tokenizer.json, tokenizer_config.json), ` +
      `for example --set base=path/to/Llama-3.2-1B-Instruct, or --set base=models/pocket-base for the one that ships.`,
  );
}
