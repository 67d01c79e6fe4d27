/** The stage personalise: the owner's real replies in, a small adapter in their own words over the run's model out, kept only if it does no harm. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pasteable, UserError } from "../errors.ts";
import { exportModel } from "../export/index.ts";
import { readJsonFile, writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import { loadLanguageDetector } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import { type Habits, learnHabits } from "../reply/index.ts";
import {
  askForLines,
  type ChosenReplies,
  type OwnReply,
  splitByTime,
  type TeacherLines,
  type TimeSplit,
} from "../style/index.ts";
import { type Split, type TrainReport, trainModel } from "../train/index.ts";
import { findBase, findLicense, readOrigin } from "./base.ts";
import { type BestCheckpoint, readBest } from "./best.ts";
import { findModel } from "./model.ts";
import { stylePaths } from "./personalise-files.ts";
import { measureStyle, type Sides, type StyleFigures } from "./personalise-measure.ts";
import { type OwnReplies, readOthers, readOwnReplies } from "./personalise-read.ts";
import { type StyleRows, styleRows } from "./personalise-rows.ts";
import { chooseStrength, type TriedStrength, writeAtStrength } from "./personalise-strength.ts";
import { judgeStyle, type StyleVerdict } from "./personalise-verdict.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";
import { describeProgress } from "./train.ts";
import { readTrainingRows } from "./training-rows.ts";

/** style.json: what was learnt, what it changes, and whether it is used. */
export interface StyleReport extends StyleFigures, StyleVerdict {
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
  readonly habits: Habits;
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
  const from = pairs ?? paths.pairs;
  if (!existsSync(paths.trainReport)) await refuseWithoutModel(from, context);
  requireStage(paths.exportReport, { before: "export", now: "personalise", run: paths.folder });
  const style = stylePaths(paths);
  const of = await readBest(paths);
  if (
    existsSync(style.report) &&
    JSON.stringify(((await readJsonFile(style.report)) as StyleReport).of) !== JSON.stringify(of)
  )
    throw new UserError(
      `${style.report} is of another training of this run. Learn anew: npx pocketreply personalise --forget --run ${pasteable(paths.folder)}, then again without --forget.`,
    );
  return stageReport({
    session,
    name: "personalise",
    path: style.report,
    describe: describeStyleReport,
    work: async () => {
      const chosen = await readOwnReplies(from, recipe);
      const others = await readOthers(from, chosen);
      if (others.namesakes.length > 0)
        session.progress.line(
          `Mail from ${others.namesakes.join(", ")} bears your name and counts as nobody's. If the address is yours, name it with import.owner and import again: what you wrote from it is learnt then.`,
        );
      const { own, habits, learnt, lines, trained } = await learnStyle(context, chosen);
      const calibrating = Math.max(0, CALIBRATING - own.validation.length);
      const sides: Sides = { ...own, others: others.texts, unanswered: others.unanswered.slice(calibrating) };
      const subject = {
        ...{ recipe, session, model: findModel(paths), adapter: style.adapter, ownNames: chosen.names },
        ...{ answers: style.answers, name: "" },
      };
      const { strength, tried } = await chooseStrength(subject, {
        mails: [
          ...sides.validation,
          ...others.unanswered.slice(0, calibrating).map((email) => ({ id: email.id, email })),
        ],
        habits,
        use: (at) => exportAt(context, { strength: at, formats: ["adapter-gguf"] }),
      });
      const figures = await measureStyle({ ...sides, ...subject, name: `strength ${strength}`, habits });
      const verdict = judgeStyle(figures);
      if (verdict.used === "adapter and habits") await exportAt(context, { strength, habits, formats: ["gguf-q8_0"] });
      else await rm(style.adapter, { force: true });
      const report: StyleReport = {
        of,
        replies: {
          ...{ leftOut: chosen.leftOut, train: own.train.length },
          ...{ validation: own.validation.length, test: own.test.length },
        },
        training: { steps: trained.steps, best: trained.best, learnt: learnt.learnt, teacherLines: lines.size },
        ...{ strength, triedStrengths: tried, habits },
        ...figures,
        ...verdict,
      };
      const remove = (path: string) => rm(path, { recursive: true, force: true });
      for (const path of [style.merged, style.used, style.run.int8Base]) await remove(path);
      await writeJsonFile(style.report, report);
      await remove(style.run.checkpoints); // not before the report is there: a call that is cut would train again
      return report;
    },
  });
}

/** ours: mails that the strength is chosen on, those of validation among them: one more or less is then the two points that may be lost. */
const CALIBRATING = 50;

/** A folder that holds mail alone has nothing to lay a style over. What is wrong with the mail is said first: hours of training would not mend it. */
async function refuseWithoutModel(pairs: string, { folder: { paths, recipe } }: StageContext): Promise<never> {
  await readOwnReplies(pairs, recipe);
  throw new UserError(
    `${paths.folder} has no model that your words could be laid over. Name a run that has one, and your mail: npx pocketreply personalise --run RUN --pairs ${pasteable(pairs)}\n` +
      `(npx pocketreply quickstart makes such a run in minutes; npx pocketreply run --mail PATH --run ${pasteable(paths.folder)} trains one on this mail)`,
  );
}

/** What was learnt of the owner's replies: these by side, their habits, and the adapter's training, whose checkpoints lie in style/. */
export interface LearntStyle {
  readonly own: Readonly<Record<keyof TimeSplit, readonly OwnReply[]>>;
  readonly habits: Habits;
  readonly learnt: StyleRows;
  readonly lines: TeacherLines;
  readonly trained: TrainReport;
}

/** Trains on the owner's replies, over the run's model; a call that was cut goes on. */
export async function learnStyle(context: StageContext, chosen: OwnReplies): Promise<LearntStyle> {
  const { paths, recipe } = context.folder;
  const of = await readBest(paths);
  const most = recipe.style.mostReplies;
  const split = keepNewest(splitByTime(chosen.replies), most);
  if (split.test.length === 0)
    throw new UserError(
      `Your ${chosen.replies.length} replies are all of one conversation; what was learnt is measured on another one. Import more of your mail.`,
    );
  await mkdir(stylePaths(paths).run.folder, { recursive: true });
  const lines = await linesFor(context, chosen, split);
  const side = (ids: ReadonlySet<string>) => chosen.replies.filter(({ id }) => ids.has(id));
  const { train, validation, test } = split;
  const own = { train: side(new Set(train)), validation: side(new Set(validation)), test: side(new Set(test)) };
  const { detect } = await loadLanguageDetector();
  const languageOf = (reply: string) => detect(reply) ?? "en"; // where it does not show
  const habits = habitsOf([...own.train, ...own.validation], languageOf);
  await writeJsonFile(stylePaths(paths).habits, habits);
  const habitOf = (reply: string) => habits[languageOf(reply)];
  const learnt = styleRows(chosen.replies, split, { names: chosen.names, lines, habitOf, most });
  const trained = await learn(context, { learnt, of });
  return { own, habits, learnt, lines, trained };
}

/** ours: the best checkpoint shows on so many replies; all of a large mailbox's would take longer than the training. */
const MOST_VALIDATED = 30;
const CHECKPOINTS = 8;

const keepNewest = (split: TimeSplit, most: number): TimeSplit => ({
  ...{ ...split, train: split.train.slice(-most) },
  validation: split.validation.slice(-MOST_VALIDATED),
});

/** How the owner greets and ends, by language. */
function habitsOf(replies: readonly OwnReply[], languageOf: (reply: string) => string): Habits {
  return learnHabits(
    replies.map(({ email, reply }) => ({ reply, language: languageOf(reply), senderName: email.from.name })),
  );
}

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
  // its last file: a merge that was cut is made anew
  if (!existsSync(join(merged, "config.json"))) {
    const base = await findBase(recipe.base, paths, session);
    const baseName = (await readOrigin(paths))?.name;
    const checkpoint = join(paths.folder, of.checkpoint);
    const metadata = await styleMetadata(context);
    await exportModel({ base, baseName, checkpoint, out: run.folder, formats: ["merged"], metadata });
  }
  return trainModel({
    recipe: styleRecipe(recipe, learnt.split.train.length),
    ...(await readTrainingRows(run.replies, { recipe, split: learnt.split })),
    baseFolder: merged,
    paths: run,
    signal: session.signal,
    onProgress: (progress) => session.progress.update(describeProgress(progress)),
  });
}

/** Writes what was learnt, at a strength: an adapter for the exported files, or the whole model. Needs `learnStyle` before. */
export async function exportAt(
  context: StageContext,
  {
    strength,
    habits,
    formats,
  }: { strength: number; habits?: Habits; formats: readonly ("adapter-gguf" | "gguf-q8_0")[] },
): Promise<void> {
  const { paths } = context.folder;
  const { run, merged, used, model, ownModel } = stylePaths(paths);
  const { checkpoint } = await readBest(run);
  await writeAtStrength(join(run.folder, checkpoint), used, strength);
  const metadata = { ...(await styleMetadata(context)), isSteered: true, style: "mine" } as const; // its rows have lines
  const carried = habits === undefined ? metadata : { ...metadata, habits: JSON.stringify(habits) };
  await exportModel({ base: merged, checkpoint: used, out: run.folder, formats, metadata: carried });
  if (formats.includes("gguf-q8_0")) await rename(model, ownModel);
}

function styleRecipe(recipe: Recipe, rows: number): Recipe {
  const { rank, epochs, learningRate, batchSize } = recipe.style;
  const steps = epochs * Math.ceil(rows / batchSize);
  const checkpointEvery = Math.max(10, Math.ceil(steps / CHECKPOINTS)); // each validates
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
  return { ...recipe, train: { ...train, accumulation: 1, warmupSteps: 5, checkpointEvery, maxLostFraction: 1 } };
}

function describeStyleReport({ replies, perplexity, used, refused }: StyleReport): string {
  const change = 100 * (perplexity.mine / perplexity.general - 1);
  const learnt = `${replies.train} replies learnt, perplexity of ${replies.test} later ones ${perplexity.general.toFixed(1)} → ${perplexity.mine.toFixed(1)} (${change.toFixed(0)} %)`;
  if (used === null) return `${learnt}; not used: ${refused}`;
  return used === "habits" ? `${learnt}; your habits alone are used, for with the adapter ${refused}` : learnt;
}
