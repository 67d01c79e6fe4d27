/** The model of a run folder that replies. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
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

/** A base with an adapter over it, where the export holds the adapter alone: null where it does not, or the base was no GGUF. */
export async function findAdapted(paths: RunPaths): Promise<{ model: string; adapter: string } | null> {
  const adapter = join(paths.exportFolder, "adapter.gguf");
  if (findModels(paths).length > 0 || !existsSync(adapter)) return null;
  const pointer = await readGgufPointer(paths.baseFolder);
  return pointer === null ? null : { model: pointer.path, adapter };
}

/** The GGUF of a run folder's export to reply with. UserError where there is none yet. */
export function findModel(paths: RunPaths): string {
  const [found] = findModels(paths);
  if (found !== undefined) return found;
  requireRun(paths.folder);
  throw new UserError(
    `There is no exported model in ${paths.exportFolder}. Make one with npx pocketreply quickstart (then reply needs no --run), ` +
      `finish the run with npx pocketreply export --run ${paths.folder}, or name a GGUF file with --model.`,
  );
}

/** Every whole GGUF of a run folder's export, the one to take first. */
export function findModels(paths: RunPaths): string[] {
  return PREFERRED_KINDS.map((kind) => join(paths.exportFolder, `model-${kind}.gguf`)).filter((path) =>
    existsSync(path),
  );
}
