/** The stage personalise: the owner's real replies in, a small adapter in their own words over the run's model out, kept only if it does no harm. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { exportModel } from "../export/index.ts";
import { readJsonFile, writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { type ChosenReplies, type OwnReply, reverseLine, splitByTime } from "../style/index.ts";
import { type Split, type TrainReport, trainModel } from "../train/index.ts";
import { findBase, findLicense, readOrigin } from "./base.ts";
import { type BestCheckpoint, readBest } from "./best.ts";
import { isSteeredRun } from "./export-files.ts";
import { findModel } from "./model.ts";
import { measureStyle, type StyleFigures } from "./personalise-measure.ts";
import { readOthers, readOwnReplies } from "./personalise-read.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";
import { describeProgress } from "./train.ts";
import { readTrainingRows } from "./training-rows.ts";

/** style.json: what was learnt, what it changes, and whether it is used. */
export interface StyleReport extends StyleFigures {
  /** The checkpoint of the run that it lies over. */
  readonly of: BestCheckpoint;
  /** Of the pairs that import found. */
  readonly replies: { readonly leftOut: ChosenReplies["leftOut"] } & Record<keyof Omit<Split, "seed">, number>;
  readonly training: Pick<TrainReport, "steps" | "best">;
  /** Why it is not used; null where it is. */
  readonly refused: string | null;
}

/** What of a run's style lies where. */
function stylePaths({ folder }: Pick<RunPaths, "folder">) {
  const run = runPaths(join(folder, "style"));
  return {
    run,
    merged: join(run.folder, "merged"),
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
      const split = splitByTime(chosen.replies);
      const trained = await learn(context, { chosen, split, of });
      const sides = (name: keyof typeof split) => {
        const ids = new Set(split[name]);
        return chosen.replies.filter(({ id }) => ids.has(id));
      };
      const model = findModel(paths);
      const figures = await measureStyle({
        ...{ recipe, session, model, adapter: style.adapter },
        ...{ train: sides("train"), validation: sides("validation"), test: sides("test") },
        others: await readOthers(pairs ?? paths.pairs, chosen.replies),
      });
      const refused = refuse(figures);
      if (refused !== null) for (const path of [style.adapter, style.ownModel]) await rm(path, { force: true });
      const report: StyleReport = {
        of,
        replies: {
          ...{ leftOut: chosen.leftOut, train: split.train.length },
          ...{ validation: split.validation.length, test: split.test.length },
        },
        training: { steps: trained.steps, best: trained.best },
        ...figures,
        refused,
      };
      await rm(style.merged, { recursive: true, force: true });
      await rm(style.run.checkpoints, { recursive: true, force: true });
      await writeJsonFile(style.report, report);
      return report;
    },
  });
}

/** Each reply twice: to the mail alone, and to the mail with the line that could have led to it. */
function withLines(replies: readonly OwnReply[]): (OwnReply & { steering?: string })[] {
  return replies.flatMap((row) => [row, { ...row, id: toldId(row.id), steering: reverseLine(row.reply) }]);
}

const toldId = (id: string) => `${id}/told`;

/** Trains over the run's model with its own adapter merged in, and writes what was learnt as an adapter for the exported files. */
async function learn(
  { folder, session }: StageContext,
  of: { chosen: ChosenReplies; split: Omit<Split, "seed">; of: BestCheckpoint },
): Promise<TrainReport> {
  const { paths, recipe } = folder;
  const { run, merged, model, ownModel } = stylePaths(paths);
  const { systemPrompt, dateString } = recipe.student;
  const license = await findLicense(await findBase(recipe.base, paths, session), paths);
  const metadata = { name: `pocketreply ${recipe.name}, personal`, systemPrompt, dateString, license };
  const isSteered = await isSteeredRun(paths);
  await mkdir(run.folder, { recursive: true });
  await writeJsonlFile(run.replies, withLines(of.chosen.replies));
  const both = (ids: readonly string[]) => ids.flatMap((id) => [id, toldId(id)]);
  const split = { train: both(of.split.train), validation: both(of.split.validation), test: both(of.split.test) };
  if (!existsSync(merged)) {
    const base = await findBase(recipe.base, paths, session);
    const baseName = (await readOrigin(paths))?.name;
    const checkpoint = join(paths.folder, of.of.checkpoint);
    await exportModel({ base, baseName, checkpoint, out: run.folder, formats: ["merged"], metadata });
  }
  const trained = await trainModel({
    recipe: styleRecipe(recipe),
    ...(await readTrainingRows(run.replies, { recipe, split })),
    baseFolder: merged,
    paths: run,
    signal: session.signal,
    onProgress: (progress) => session.progress.update(describeProgress(progress)),
  });
  const { checkpoint } = await readBest(run);
  await exportModel({
    base: merged,
    checkpoint: join(run.folder, checkpoint),
    out: run.folder,
    formats: ["adapter-gguf", "gguf-q8_0"],
    metadata: { ...metadata, isSteered, style: "mine" },
  });
  await rename(model, ownModel);
  return trained;
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

/** ours: what of content may be lost for style: 2 points, as a share. */
const MOST_LOST = 0.02;

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
