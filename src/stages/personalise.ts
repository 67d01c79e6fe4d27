/** The stage personalise: the owner's real replies in, a small adapter in their own words over the run's model out, kept only if it does no harm. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { exportModel } from "../export/index.ts";
import { readJsonFile, writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { askForLines, type ChosenReplies, splitByTime, type TeacherLines, type TimeSplit } from "../style/index.ts";
import { type Split, type TrainReport, trainModel } from "../train/index.ts";
import { findBase, findLicense, readOrigin } from "./base.ts";
import { type BestCheckpoint, readBest } from "./best.ts";
import { isSteeredRun } from "./export-files.ts";
import { findModel } from "./model.ts";
import { measureStyle, type Sides, type StyleFigures } from "./personalise-measure.ts";
import { readOthers, readOwnReplies } from "./personalise-read.ts";
import { type StyleRows, styleRows } from "./personalise-rows.ts";
import { chooseStrength, MOST_LOST, type TriedStrength, writeAtStrength } from "./personalise-strength.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";
import { describeProgress } from "./train.ts";
import { readTrainingRows } from "./training-rows.ts";

/** style.json: what was learnt, what it changes, and whether it is used. */
export interface StyleReport extends StyleFigures {
  /** The checkpoint of the run that it lies over. */
  readonly of: BestCheckpoint;
  /** Of the pairs that import found. */
  readonly replies: { readonly leftOut: ChosenReplies["leftOut"] } & Record<keyof Omit<Split, "seed">, number>;
  readonly training: Pick<TrainReport, "steps" | "best"> & {
    readonly learnt: StyleRows["learnt"];
    readonly teacherLines: number;
  };
  /** How strongly it is laid over the model, and what was tried. */
  readonly strength: number;
  readonly triedStrengths: readonly TriedStrength[];
  /** Why it is not used; null where it is. */
  readonly refused: string | null;
}

/** What of a run's style lies where. */
function stylePaths({ folder }: Pick<RunPaths, "folder">) {
  const run = runPaths(join(folder, "style"));
  return {
    run,
    merged: join(run.folder, "merged"),
    /** The checkpoint at the strength that is used. */
    used: join(run.folder, "used"),
    adapter: join(run.folder, "adapter.gguf"),
    model: join(run.folder, "model-q8_0.gguf"),
    /** The same under a name of its own: a device that has both tells them apart. */
    ownModel: join(run.folder, "model-mine-q8_0.gguf"),
    report: join(run.folder, "style.json"),
  };
}

/** The adapter in the owner's words, for `reply --style mine`. UserError where there is none, with the reason. */
export async function findStyle(paths: RunPaths): Promise<string> {
  const { adapter, report } = stylePaths(paths);
  if (existsSync(adapter)) return adapter;
  const refused = existsSync(report) ? ((await readJsonFile(report)) as StyleReport).refused : null;
  throw new UserError(
    refused === null
      ? `${paths.folder} has no style of yours. Make it: npx pocketreply personalise --run ${paths.folder}`
      : `Your style is not used: ${refused}`,
  );
}

/** The whole model in the owner's words, for a device that loads no adapters; none where there is no style, or it is not used. */
export function findStyleModels(paths: RunPaths): string[] {
  const { ownModel, report } = stylePaths(paths);
  return existsSync(ownModel) && existsSync(report) ? [ownModel] : [];
}

/** Removes all that was learnt; true where there was something. */
export async function forgetStyle(paths: RunPaths): Promise<boolean> {
  const { folder } = stylePaths(paths).run;
  const was = existsSync(folder);
  await rm(folder, { recursive: true, force: true });
  return was;
}

/**
 * Learns from pairs.jsonl, or from `pairs` of another import; complete when style.json is there. UserError where there are too few replies,
 * with what helps, and where another model was exported since.
 */
export async function personaliseStage(
  context: StageContext,
  { pairs }: { pairs?: string } = {},
): Promise<StyleReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  requireStage(paths.exportReport, { before: "export", now: "personalise", run: paths.folder });
  const style = stylePaths(paths);
  const of = await readBest(paths);
  if (
    existsSync(style.report) &&
    JSON.stringify(((await readJsonFile(style.report)) as StyleReport).of) !== JSON.stringify(of)
  )
    throw new UserError(
      `${style.report} is of another training of this run. Learn anew: npx pocketreply personalise --forget --run ${paths.folder}, then again without --forget.`,
    );
  return stageReport({
    session,
    name: "personalise",
    path: style.report,
    describe: describeStyleReport,
    work: async () => {
      const chosen = await readOwnReplies(pairs ?? paths.pairs, recipe);
      const split = keepNewest(splitByTime(chosen.replies), recipe.style.mostReplies);
      await mkdir(style.run.folder, { recursive: true });
      const lines = await linesFor(context, chosen, split);
      const learnt = styleRows(chosen.replies, split, { names: chosen.names, lines });
      const trained = await learn(context, { learnt, of });
      const sidesOf = (name: keyof TimeSplit) => {
        const ids = new Set(split[name]);
        return chosen.replies.filter(({ id }) => ids.has(id));
      };
      const others = await readOthers(pairs ?? paths.pairs, chosen.replies);
      const sides: Sides = {
        ...{ train: sidesOf("train"), validation: sidesOf("validation"), test: sidesOf("test") },
        ...{ others: others.texts, unanswered: others.unanswered.slice(CALIBRATING) },
      };
      const subject = { recipe, session, model: findModel(paths), adapter: style.adapter, ownNames: chosen.names };
      const calibrating = others.unanswered.slice(0, CALIBRATING).map((email) => ({ id: email.id, email }));
      session.progress.update({ done: 0, total: 1, unit: "measures", note: "how strongly" });
      const { strength, tried } = await chooseStrength(subject, {
        mails: [...sides.validation, ...calibrating],
        use: (at) => exportAt(context, { strength: at, formats: ["adapter-gguf"] }),
      });
      const figures = await measureStyle({ ...sides, ...subject });
      const refused = refuse(figures);
      if (refused === null) await exportAt(context, { strength, formats: ["gguf-q8_0"] });
      else await rm(style.adapter, { force: true });
      const report: StyleReport = {
        of,
        replies: {
          ...{ leftOut: chosen.leftOut, train: split.train.length },
          ...{ validation: split.validation.length, test: split.test.length },
        },
        training: { steps: trained.steps, best: trained.best, learnt: learnt.learnt, teacherLines: lines.size },
        ...{ strength, triedStrengths: tried },
        ...figures,
        refused,
      };
      for (const path of [style.merged, style.used, style.run.checkpoints, style.run.int8Base])
        await rm(path, { recursive: true, force: true });
      await writeJsonFile(style.report, report);
      return report;
    },
  });
}

/** ours: mails besides those of validation that the strength is chosen on. */
const CALIBRATING = 30;

const keepNewest = (split: TimeSplit, most: number): TimeSplit => ({ ...split, train: split.train.slice(-most) });

/** Lines of the teacher for what is learnt, where the recipe asks for them. */
async function linesFor(
  { folder, session }: StageContext,
  { replies }: ChosenReplies,
  { train, validation }: TimeSplit,
): Promise<TeacherLines> {
  const { recipe, paths } = folder;
  if (recipe.style.lines === "own") return new Map();
  const ids = new Set([...train, ...validation]);
  const wanted = replies.filter(({ id }) => ids.has(id));
  return askForLines(wanted, {
    ...{ recipe, folder: stylePaths(paths).run.folder, signal: session.signal },
    onProgress: (progress) => session.progress.update({ ...progress, unit: "lines", note: "asking the teacher" }),
  });
}

/** What the files in the owner's words say of themselves. */
async function styleMetadata({ folder, session }: StageContext) {
  const { paths, recipe } = folder;
  const { systemPrompt, dateString } = recipe.student;
  const license = await findLicense(await findBase(recipe.base, paths, session), paths);
  return { name: `pocketreply ${recipe.name}, personal`, systemPrompt, dateString, license };
}

/** Trains over the run's model with its own adapter merged in. */
async function learn(
  context: StageContext,
  { learnt, of }: { learnt: StyleRows; of: BestCheckpoint },
): Promise<TrainReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  const { run, merged } = stylePaths(paths);
  await writeJsonlFile(run.replies, learnt.rows);
  if (!existsSync(merged)) {
    const base = await findBase(recipe.base, paths, session);
    const baseName = (await readOrigin(paths))?.name;
    const checkpoint = join(paths.folder, of.checkpoint);
    const metadata = await styleMetadata(context);
    await exportModel({ base, baseName, checkpoint, out: run.folder, formats: ["merged"], metadata });
  }
  return trainModel({
    recipe: styleRecipe(recipe),
    ...(await readTrainingRows(run.replies, { recipe, split: learnt.split })),
    baseFolder: merged,
    paths: run,
    signal: session.signal,
    onProgress: (progress) => session.progress.update(describeProgress(progress)),
  });
}

/** Writes what was learnt, at a strength: an adapter for the exported files, or the whole model. */
async function exportAt(
  context: StageContext,
  { strength, formats }: { strength: number; formats: readonly ("adapter-gguf" | "gguf-q8_0")[] },
): Promise<void> {
  const { paths } = context.folder;
  const { run, merged, used, model, ownModel } = stylePaths(paths);
  const { checkpoint } = await readBest(run);
  await writeAtStrength(join(run.folder, checkpoint), used, strength);
  const metadata = { ...(await styleMetadata(context)), isSteered: await isSteeredRun(paths), style: "mine" } as const;
  await exportModel({ base: merged, checkpoint: used, out: run.folder, formats, metadata });
  if (formats.includes("gguf-q8_0")) await rename(model, ownModel);
}

function styleRecipe(recipe: Recipe): Recipe {
  const { rank, epochs, learningRate, batchSize } = recipe.style;
  const lengths = {
    maxTokens: Math.min(recipe.style.maxTokens, recipe.train.maxTokens),
    rowTokens: recipe.train.rowTokens,
  };
  const train = {
    ...recipe.train,
    ...lengths,
    method: "lora" as const,
    rank,
    alpha: rank,
    epochs,
    learningRate,
    batchSize,
  };
  return { ...recipe, train: { ...train, accumulation: 1, warmupSteps: 5, checkpointEvery: 10, maxLostFraction: 1 } };
}

function refuse({ perplexity, accepted, score, grounded, obeyed }: StyleFigures): string | null {
  const worse = (name: string, { general, mine }: { general: number; mine: number }) =>
    mine < general - MOST_LOST
      ? [`${name} fell from ${percent(general)} to ${percent(mine)}, by more than ${percent(MOST_LOST)}`]
      : [];
  const faults = [
    ...(perplexity.mine < perplexity.general ? [] : ["your own replies are no likelier with it than without"]),
    ...soundsNoMore("without it", accepted, score, "general"),
    ...soundsNoMore("with five of your replies in the prompt", accepted, score, "fewShot"),
    ...worse("the share of replies that claim nothing beyond the mail", grounded),
    ...worse("the share of wishes that are followed", obeyed),
  ];
  return faults.length === 0 ? null : `${faults.join("; ")}.`;
}

/** Whether replies with the adapter are taken for the owner's more often than those of another way; where as often, by the mean score. */
function soundsNoMore(
  way: string,
  accepted: StyleFigures["accepted"],
  score: StyleFigures["score"],
  other: "general" | "fewShot",
): string[] {
  const gain = accepted.mine - accepted[other] || score.mine - score[other];
  if (gain > 0) return [];
  return [
    `they sound no more like you: the verifier takes ${percent(accepted.mine)} for yours, and ${percent(accepted[other])} ${way}`,
  ];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function describeStyleReport({ replies, perplexity, refused }: StyleReport): string {
  const change = 100 * (perplexity.mine / perplexity.general - 1);
  return `${replies.train} replies learnt, perplexity of ${replies.test} later ones ${perplexity.general.toFixed(1)} → ${perplexity.mine.toFixed(1)} (${change.toFixed(0)} %)${refused === null ? "" : `; not used: ${refused}`}`;
}
