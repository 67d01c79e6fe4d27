/** The model of a run folder that replies. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pasteable, UserError } from "../errors.ts";
import { readGgufPointer } from "../model/index.ts";
import { defaultRecipe } from "../recipe.ts";
import type { RunPaths } from "../run.ts";
import { requireRun } from "./known-runs.ts";

/** The kinds of GGUF in the order in which one is taken: 8 bits lose nothing that shows, more bits are slower, fewer lose most. */
const PREFERRED_KINDS = ["q8_0", "q6_k", "f16", "f32", "q5_k_m", "q5_0", "q4_k_m", "q4_0"];

/** Prompt and reply together at most: the paper's length of a training example (§3.3.4), whatever shorter rows a run was trained on. */
export function mostContextTokens(): number {
  return defaultRecipe().train.maxTokens;
}

/** Files that reply: a GGUF, and an adapter to lay over it. */
export interface ModelFiles {
  readonly model: string;
  readonly adapter?: string;
}

/**
 * What replies for a run: the files that are named, else the run's GGUF, else the base of the run with the adapter that its export holds alone.
 * UserError where there is nothing yet.
 */
export async function findModelFiles(paths: RunPaths, named: Partial<ModelFiles> = {}): Promise<ModelFiles> {
  const { model, adapter } = named;
  if (model !== undefined) return { model, adapter };
  if (findModels(paths).length > 0) return { model: findModel(paths), adapter };
  const own = adapter ?? join(paths.exportFolder, "adapter.gguf");
  const pointer = existsSync(own) ? await readGgufPointer(paths.baseFolder) : null;
  return pointer === null ? { model: findModel(paths), adapter } : { model: pointer.path, adapter: own };
}

/** The GGUF of a run folder's export to reply with. UserError where there is none yet. */
export function findModel(paths: RunPaths): string {
  const [found] = findModels(paths);
  if (found !== undefined) return found;
  requireRun(paths.folder);
  throw new UserError(
    `There is no exported model in ${paths.exportFolder}. Make one with npx pocketreply quickstart (then reply needs no --run), ` +
      `finish the run with npx pocketreply export --run ${pasteable(paths.folder)}, or name a GGUF file with --model.`,
  );
}

/** Every whole GGUF of a run folder's export, the one to take first. */
export function findModels(paths: RunPaths): string[] {
  return PREFERRED_KINDS.map((kind) => join(paths.exportFolder, `model-${kind}.gguf`)).filter((path) =>
    existsSync(path),
  );
}
