/** The stage train: accepted replies and a base in, checkpoints and the best one out. */
import { existsSync } from "node:fs";
import type { DistillReport } from "../distill/index.ts";
import { pasteable, UserError } from "../errors.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import type { JobTarget, Launch, LaunchOptions } from "../jobs/index.ts";
import { formatRate, type ProgressState } from "../progress.ts";
import type { Recipe } from "../recipe.ts";
import { type FitProgress, type TrainOptions, type TrainReport, trainModel } from "../train/index.ts";
import { findBase, readOrigin } from "./base.ts";
import { tellOfBase } from "./base-check.ts";
import { hasNewReviews } from "./distill.ts";
import { hasBegun } from "./folder.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";
import { trainWithTorch, writeTrainingJob } from "./torch.ts";
import { readTrainingRows } from "./training-rows.ts";

/** Which engine takes the steps. Either goes on from the other's checkpoints, so it is no number of the recipe. */
export type TrainEngine = { readonly name: "onnx" } | { readonly name: "torch"; readonly python: string };

/** Fine-tunes, or goes on from the newest checkpoint; complete when train.json is there. */
export async function trainStage(context: StageContext, engine: TrainEngine = { name: "onnx" }): Promise<TrainReport> {
  const { paths } = context.folder;
  await requireReplies(context);
  return stageReport({
    session: context.session,
    name: "train",
    path: paths.trainReport,
    describe: describeTraining,
    work: async () => {
      const options = await trainOptions(context);
      await tellOfBase(context, options.baseFolder);
      const report =
        engine.name === "torch"
          ? await trainWithTorch(options, { job: paths.torchJob, out: paths.folder, python: engine.python })
          : await trainModel(options);
      await writeJsonFile(paths.trainReport, report);
      return report;
    },
  });
}

/** Writes the training as a job folder for PyTorch elsewhere, and how `target` launches it. UserError where the training is done. */
export async function jobStage(
  context: StageContext,
  { target, ...machines }: JobOptions,
): Promise<Launch & { readonly folder: string }> {
  const { paths } = context.folder;
  await requireReplies(context);
  if (existsSync(paths.trainReport))
    throw new UserError(`${paths.trainReport} is there: this training is done. Name another run folder with --run.`);
  const launch = await writeTrainingJob(await trainOptions(context), { ...machines, job: paths.torchJob, target });
  return { ...launch, folder: paths.torchJob };
}

/** Where a job is to run. */
export type JobOptions = { readonly target: JobTarget } & Omit<LaunchOptions, "name" | "folder">;

/** Throws UserError where the replies are not there, or are not those that the recipe now asks for. */
export async function requireReplies({ folder: { paths, recipe } }: StageContext): Promise<void> {
  requireStage(paths.distillReport, { before: "distill", now: "train", run: paths.folder });
  const distilled = (await readJsonFile(paths.distillReport)) as DistillReport; // written by distill
  requireCurrent(distilled, recipe, paths.folder);
  if (!hasBegun(paths, "train") && (await hasNewReviews(paths, distilled)))
    throw new UserError(
      `${paths.reviews} holds decisions that ${paths.replies} does not have yet. Lay them over it, without a call: npx pocketreply distill --run ${pasteable(paths.folder)}`,
    );
}

/** What the trainer takes of a run folder. */
export async function trainOptions({ folder: { paths, recipe }, session }: StageContext): Promise<TrainOptions> {
  const baseFolder = await findBase(recipe.base, paths, session);
  return {
    recipe,
    ...(await readTrainingRows(paths.replies, { recipe })),
    baseFolder,
    baseName: (await readOrigin(paths))?.name,
    paths,
    signal: session.signal,
    onNote: (note) => session.progress.line(`! ${note}`),
    onProgress: (progress) => session.progress.update(describeProgress(progress)),
  };
}

export function describeProgress(progress: FitProgress): ProgressState {
  const { step, steps, phase, part, tokensPerSecond, secondsLeft, trainLoss, validationLoss, skipped } = progress;
  if (phase === "converting") return { done: step, total: steps, unit: "layers", secondsLeft, note: "base to int8" };
  const loss = (name: string, value: number | null) => (value === null ? [] : [`${name} ${value.toFixed(3)}`]);
  return {
    done: phase === "training" ? Math.floor(step + part) : step,
    total: steps,
    unit: "steps",
    secondsLeft,
    note: [
      ...(phase === "training" ? [] : [phase]),
      ...(tokensPerSecond > 0 ? [formatRate(tokensPerSecond, "tokens")] : []),
      ...loss("loss", trainLoss),
      ...loss("validation", validationLoss),
      ...(skipped > 0 ? [`${skipped} steps skipped`] : []),
    ].join(" · "),
  };
}

/** UserError where the numbers that choose among replies were changed since distill wrote them. */
function requireCurrent({ rules, emails }: DistillReport, { distill }: Recipe, run: string): void {
  const chosen = Object.keys(rules) as (keyof typeof rules)[];
  const available = emails.total - emails.duplicates - emails.fromOwner;
  const wanted = { ...pick(distill, chosen), sampled: Math.min(distill.sample, available) };
  const had = { ...pick(rules, chosen), sampled: emails.sampled };
  if (JSON.stringify(wanted) === JSON.stringify(had)) return;
  throw new UserError(
    `The replies in ${run} were chosen by other numbers: ${JSON.stringify(had)}, the recipe now says ${JSON.stringify(wanted)}.\n` +
      `Choose them anew, without paying again for a call already made: npx pocketreply distill --run ${pasteable(run)}`,
  );
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

function describeTraining({
  steps,
  skippedSteps,
  startLoss,
  best,
  examples,
  truncated,
  tooLong,
  masked,
}: TrainReport): string {
  const parts = [
    `${examples.train} replies, ${steps} steps`,
    `validation loss ${startLoss.toFixed(3)} → ${best.validationLoss.toFixed(3)} (best at step ${best.step})`,
  ];
  if (skippedSteps > 0) parts.push(`${skippedSteps} steps skipped: their gradients were not finite`);
  if (truncated > 0) parts.push(`${truncated} mails shortened to fit`);
  if (tooLong.length > 0) parts.push(`${tooLong.length} replies too long, left out`);
  if (masked.length > 0) parts.push(`${masked.length} replies without a word, left out`);
  return parts.join(", ");
}
