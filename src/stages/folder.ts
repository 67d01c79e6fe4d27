/** A run folder, opened: locked for this process, with the recipe that made it. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { hasCalls } from "../distill/index.ts";
import { explainWriteError, pasteable, UserError } from "../errors.ts";
import { earlierAnswers, readJsonFile, writeJsonFile } from "../formats/index.ts";
import { flattenRecipe, loadRecipe, type Recipe, recipeSchema, stageOfKey } from "../recipe.ts";
import { type RunPaths, runPaths, type StageName, stageNames } from "../run.ts";
import { findRecipe } from "../shipped.ts";
import { takeLock } from "./lock.ts";
import { finishMoves, setAside } from "./set-aside.ts";

/** How the person named the recipe: a file or the name of one that ships, and overrides on top. */
export interface RecipeChoice {
  readonly recipe?: string;
  readonly overrides: readonly string[];
}

/** An open run folder; `close` gives the lock back. */
export interface RunFolder {
  readonly paths: RunPaths;
  readonly recipe: Recipe;
  /** Where the results went that `from` had give way; left out where nothing did. */
  readonly earlier?: string;
  close(): void;
}

/**
 * Opens (or makes) the run folder and settles its recipe: a new folder takes the chosen one, or `fallback` where none is
 * chosen; an existing folder keeps its own. What the stage `from` and those after it have made goes aside first. Throws UserError
 * where another process works in the folder, where it is not a run folder, or where the choice differs from the recipe that made
 * what lies there.
 */
export async function openRunFolder(
  options: RecipeChoice & {
    folder: string;
    fallback: string;
    command: string;
    from?: StageName;
    /** Throws where no folder should be made. */
    beforeMaking?: () => Promise<unknown>;
  },
): Promise<RunFolder> {
  const { folder, fallback, command, from, beforeMaking } = options;
  const paths = runPaths(folder);
  if (!existsSync(folder)) {
    await readRecipe(paths, options, fallback); // a recipe that is refused makes no folder
    await beforeMaking?.();
  }
  await makeFolder(folder);
  const unlock = await takeLock(paths.lock, folder, command);
  process.once("exit", unlock);
  const close = () => {
    process.removeListener("exit", unlock);
    unlock();
  };
  try {
    await finishMoves(paths);
    const wanted = await readRecipe(paths, options, fallback);
    const earlier = from === undefined ? null : await setResultsAside(paths, from, wanted);
    return { paths, recipe: await settleRecipe(paths, wanted), ...(earlier !== null && { earlier }), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The recipe of a folder that is only read (reply, serve): its own, or `fallback` where the folder has none, with overrides on top. */
export async function readRecipe(paths: RunPaths, choice: RecipeChoice, fallback: string): Promise<Recipe> {
  const file =
    choice.recipe === undefined && existsSync(paths.recipe) ? paths.recipe : findRecipe(choice.recipe ?? fallback);
  return loadRecipe(file, choice.overrides);
}

async function makeFolder(folder: string): Promise<void> {
  const exists = existsSync(folder);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST" || code === "ENOTDIR")
      throw new UserError(`${folder} is a file, not a folder. Choose a run folder with --run.`);
    throw explainWriteError(error, folder);
  }
  if (!exists) return;
  const known = new Set(["recipe.json", "lock.json"]);
  const entries = (await readdir(folder)).filter((name) => !name.startsWith("."));
  if (entries.length > 0 && !entries.some((name) => known.has(name))) {
    throw new UserError(
      `${folder} is not a run folder: it holds ${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ", …" : ""} but no recipe.json. ` +
        `Choose an empty or new folder with --run.`,
    );
  }
}

async function settleRecipe(paths: RunPaths, wanted: Recipe): Promise<Recipe> {
  if (existsSync(paths.recipe)) {
    const stored = recipeSchema.safeParse(await readJsonFile(paths.recipe));
    if (!stored.success)
      await loadRecipe(paths.recipe); // explains what is wrong with it
    else {
      const changes = compareRecipes(stored.data, wanted);
      if (changes.length === 0) return stored.data;
      await refuseChanges(paths, changes);
      const changed = new Set(changes.map(({ key }) => stageOfKey(key)));
      if (changed.has("import"))
        for (const path of [paths.importReport, paths.sampleMailbox]) await rm(path, { force: true }); // so that it is imported anew
      if (changed.has("export")) await rm(paths.exportReport, { force: true }); // so that what is missing is written
    }
  }
  await writeJsonFile(paths.recipe, wanted);
  return wanted;
}

interface RecipeChange {
  readonly key: string;
  readonly had: unknown;
  readonly wants: unknown;
}

function compareRecipes(stored: Recipe, wanted: Recipe): RecipeChange[] {
  const had = flattenRecipe(stored);
  const wants = flattenRecipe(wanted);
  const keys = [...new Set([...had.keys(), ...wants.keys()])];
  return keys
    .map((key) => ({ key, had: had.get(key), wants: wants.get(key) }))
    .filter((change) => JSON.stringify(change.had) !== JSON.stringify(change.wants));
}

/** Throws where a changed number already shaped a file of the folder. What no stage has used yet may still change. */
async function refuseChanges(paths: RunPaths, changes: readonly RecipeChange[]): Promise<void> {
  const binding = new Set<StageName>();
  for (const stage of stageNames) if (await isBinding(paths, stage)) binding.add(stage);
  const blocked = changes.filter(({ key }) => {
    const stage = stageOfKey(key);
    return stage !== null && binding.has(stage);
  });
  if (blocked.length === 0) return;
  const show = (value: unknown) => (value === undefined ? "(not set)" : JSON.stringify(value));
  const first = Math.min(...blocked.map(({ key }) => stageNames.indexOf(stageOfKey(key)!)));
  // Answers that were paid for are bound to their recipe, and lie with the mail that they answer.
  const from = first <= stageNames.indexOf("distill") ? "import" : stageNames[first];
  const again = `npx pocketreply run --from ${from} ${from === "import" ? "--mail PATH " : ""}--run ${pasteable(paths.folder)}`;
  throw new UserError(
    [
      `The run folder ${paths.folder} was made by another recipe:`,
      ...blocked.map(({ key, had, wants }) => `  ${key}: ${show(had)} in the folder, ${show(wants)} now`),
      "Three ways out:",
      "  1. go on with the folder's own recipe: leave out --recipe and these overrides;",
      "  2. start anew with this recipe in another folder: --run;",
      `  3. start anew in this one, what is there is kept in its earlier/: ${again}, with the same recipe and overrides.`,
    ].join("\n"),
  );
}

/** Whether a stage has made what cannot be made again for nothing. The first paid call binds import too: until then it may be done anew. Files for other programs are written of the best checkpoint at any time. */
async function isBinding(paths: RunPaths, stage: StageName): Promise<boolean> {
  if (stage === "export") return false;
  const isTrained = () => stageNames.slice(2).some((later) => hasBegun(paths, later));
  if (stage === "import" || stage === "distill") {
    const written = stageFiles(paths).distill.filter((path) => path !== paths.attempts);
    return (await hasCalls(paths.attempts)) || written.some((path) => existsSync(path)) || isTrained();
  }
  return hasBegun(paths, stage);
}

/** Moves what `from` and the stages after it have made into a run folder of its own. Null where they have made nothing. */
export async function setResultsAside(paths: RunPaths, from: StageName, wanted: Recipe): Promise<string | null> {
  const files = stageFiles(paths);
  const stages = stageNames.slice(stageNames.indexOf(from));
  // Paid answers hold for any decision on them; the replies of an unchanged base are not made again.
  const stays = new Set([
    ...(from === "import" ? [] : [paths.attempts, paths.batches, paths.batchFiles, paths.ceiling]),
    ...((await isSameBase(paths, wanted)) ? [paths.baseExport, paths.basePredictions, paths.baseLikelihoods] : []),
  ]);
  const moved = [...stages].reverse().flatMap((stage) => files[stage]);
  const beside = [paths.recipe, paths.replies, paths.split, paths.baseOrigin];
  return setAside(paths, { name: "run", paths: moved.filter((path) => !stays.has(path)), beside });
}

/** Whether the base, and what a file made of it says of the student, is as it was. */
async function isSameBase(paths: RunPaths, wanted: Recipe): Promise<boolean> {
  if (!existsSync(paths.recipe)) return false;
  const stored = recipeSchema.safeParse(await readJsonFile(paths.recipe));
  const of = ({ base, student }: Recipe) => JSON.stringify([base, student]);
  return stored.success && of(stored.data) === of(wanted);
}

/** Whether a stage has written anything. */
export function hasBegun(paths: RunPaths, stage: StageName): boolean {
  return stageFiles(paths)[stage].some((path) => existsSync(path));
}

/** What each stage writes. */
function stageFiles(paths: RunPaths): Record<StageName, readonly string[]> {
  const { replies, rejected, preferences, split, steps, checkpoints, best, wandb } = paths;
  return {
    import: [paths.sampleMailbox, paths.emails, paths.pairs, paths.importReport],
    distill: [
      ...[paths.attempts, replies, rejected, preferences, paths.distillReport],
      ...[paths.batches, paths.batchFiles, paths.decisionCalibration],
      ...[paths.datasetCard, paths.datasetCardData],
    ],
    train: [
      split,
      steps,
      checkpoints,
      best,
      wandb,
      paths.tensorboard,
      paths.torchJob,
      paths.badBatch,
      paths.trainReport,
    ],
    evaluate: [
      paths.baseExport,
      ...[paths.predictions, paths.basePredictions, paths.likelihoods, paths.baseLikelihoods].map(earlierAnswers),
      paths.predictions,
      paths.basePredictions,
      paths.likelihoods,
      paths.baseLikelihoods,
      paths.ceiling,
      ...[paths.evaluated, paths.evaluation, paths.report],
      ...[paths.judged, paths.judgeReport, paths.judgedPairs, paths.judgePairsReport, paths.calibration, paths.bench],
    ],
    export: [paths.exportFolder, paths.exportReport],
  };
}
