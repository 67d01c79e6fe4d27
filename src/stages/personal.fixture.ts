/** A small run whose owner wrote replies, for tests of `personalise` and of what uses it. */
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import { loadRecipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { trainModel } from "../train/index.ts";
import { exportStage } from "./export.ts";
import { inRunFolder } from "./stage.ts";
import { evaluatedEmail, tinyOverrides, writeTinyBase } from "./tiny.fixture.ts";
import { readTrainingRows } from "./training-rows.ts";

/** A row of pairs.jsonl: a reply of the owner's, the later the larger `i` (below 60). */
export const ownPair = (i: number, reply = `well, the report ${i} is ok by me, go on with it then`) => ({
  ...{ id: `own-${i}`, threadId: `o${i}`, email: evaluatedEmail(i), reply },
  ...{ date: `2025-01-01T00:00:${String(i).padStart(2, "0")}Z`, fromOwner: true },
});

/** Trains a tiny run below `root` and exports it; gives a function that copies it for a test, with the pairs that an import would have written. */
export async function writePersonalRun(
  root: string,
  settings: readonly string[] = [],
): Promise<(name: string, pairs: readonly object[]) => Promise<string>> {
  const [base, trained] = [join(root, "base"), join(root, "trained")];
  await writeTinyBase(base);
  await mkdir(trained, { recursive: true });
  const paths = runPaths(trained);
  const style = ["style.leastReplies=30", "style.epochs=2", "style.learningRate=0.01", "export.formats=[gguf-f16]"];
  const recipe = await loadRecipe(undefined, [...tinyOverrides(base), ...style, ...settings]);
  await writeJsonFile(paths.recipe, recipe);
  const replies = Array.from({ length: 40 }, (_, i) => ({
    ...{ id: `mail-${i}`, threadId: `t${i}`, email: evaluatedEmail(i), reply: `Dear Ada, the report ${i} comes.` },
  }));
  await writeJsonlFile(paths.replies, replies);
  await writeJsonFile(
    paths.trainReport,
    await trainModel({ recipe, ...(await readTrainingRows(paths.replies, { recipe })), baseFolder: base, paths }),
  );
  await inRunFolder({ run: trained }, {}, exportStage);
  return async (name, pairs) => {
    const run = join(root, name);
    await cp(trained, run, { recursive: true });
    await writeJsonlFile(runPaths(run).pairs, pairs);
    return run;
  };
}
