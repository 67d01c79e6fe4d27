/** The finished training as an offline Weights & Biases run (§3.3.4 of the paper), made from steps.jsonl: upload it with `wandb sync FOLDER`. */
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { encodeWandbRun, writeFileAtomic } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { readHistory } from "./history.ts";

/** Writes `folder/offline-run-DATE_TIME-ID/run-ID.wandb` in place of an older one and returns the run's folder. */
export async function writeWandbRun({
  folder,
  steps,
  recipe,
}: {
  folder: string;
  steps: string;
  recipe: Recipe;
}): Promise<string> {
  const { rows, runtimeSeconds } = await readHistory(steps);
  const history = rows.map(({ step, values }) => ({ step, values }));
  const summary = Object.assign({}, ...history.map(({ values }) => values)) as Record<string, number>;
  const id = createHash("sha256").update(JSON.stringify({ recipe, history })).digest("hex").slice(0, 8);
  const start = new Date(Date.now() - 1000 * runtimeSeconds);
  const stamp = start.toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "").replace("T", "_");
  const runFolder = join(folder, `offline-run-${stamp}-${id}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(runFolder, { recursive: true });
  const startSeconds = Math.floor(start.getTime() / 1000);
  await writeFileAtomic(
    join(runFolder, `run-${id}.wandb`),
    encodeWandbRun({
      id,
      project: "pocketreply",
      displayName: recipe.name,
      startSeconds,
      runtimeSeconds: Math.round(runtimeSeconds),
      config: recipe,
      history,
      summary,
    }),
  );
  return runFolder;
}
