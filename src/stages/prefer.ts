/** `train --method`: goes on from a run's best checkpoint by comparisons of replies, in a run folder of its own inside the run's. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Preference, Rejected, Reply } from "../distill/index.ts";
import { pasteable, UserError } from "../errors.ts";
import { readJsonFile, readJsonl, writeJsonFile } from "../formats/index.ts";
import { type Email, renderAsked } from "../mail/index.ts";
import type { RunPaths } from "../run.ts";
import {
  type Lesson,
  type PreferenceMethod,
  type Split,
  type TrainedPreferences,
  type TrainReport,
  trainPreferences,
} from "../train/index.ts";
import { findBase, readOrigin } from "./base.ts";
import { type BestCheckpoint, readBest } from "./best.ts";
import { openDerivedRun } from "./derive.ts";
import { readEditLessons } from "./edits.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";
import { takeStepsWithTorch } from "./torch.ts";
import { describeProgress, type TrainEngine } from "./train.ts";

/** train.json of a training by preference. */
export interface PreferReport extends TrainedPreferences {
  /** The checkpoint it went on from. */
  readonly startedFrom: BestCheckpoint;
}

/** Where a training by `method` lies: a run folder that evaluate, compare and export take. */
function preferFolder({ folder }: RunPaths, method: PreferenceMethod): string {
  return join(folder, method);
}

/**
 * Trains by `method` on the run's comparisons; complete when train.json is in its folder. `overrides` of the recipe hold there alone.
 * UserError where the run has not been trained, or has no comparisons.
 */
export async function preferStage(
  context: StageContext,
  { method, overrides, engine }: { method: PreferenceMethod; overrides: readonly string[]; engine?: TrainEngine },
): Promise<PreferReport & { readonly run: string }> {
  const { folder, session } = context;
  requireStage(folder.paths.trainReport, {
    before: "train",
    now: `train --method ${method}`,
    run: folder.paths.folder,
  });
  const run = preferFolder(folder.paths, method);
  const derived = await openDerivedRun(folder, { to: run, overrides, command: session.command });
  try {
    const lessons = await readLessons(folder.paths, { method, session });
    const report = await learnLessons(context, { method, lessons, to: { folder: derived, session }, engine });
    return { ...report, run };
  } finally {
    derived.close();
  }
}

/** Goes on from the best checkpoint of `context` by `lessons`, into the run folder `to`. */
export async function learnLessons(
  context: StageContext,
  of: { method: PreferenceMethod; lessons: readonly Lesson[]; to: StageContext; engine?: TrainEngine },
): Promise<PreferReport> {
  const { method, lessons, to, engine = { name: "onnx" } } = of;
  const from = context.folder.paths;
  const { paths, recipe } = to.folder;
  const best = await readBest(from);
  if (existsSync(paths.trainReport)) {
    const { startedFrom } = (await readJsonFile(paths.trainReport)) as PreferReport; // written below
    if (JSON.stringify(startedFrom) !== JSON.stringify(best))
      throw new UserError(
        `${paths.folder} went on from ${startedFrom.checkpoint} (validation loss ${startedFrom.validationLoss}), and the run's best is now ${best.checkpoint} (${best.validationLoss}): it was trained anew since. Delete ${paths.folder} to go on from the new one.`,
      );
  }
  const { session } = to;
  return stageReport({
    session,
    name: method,
    path: paths.trainReport,
    describe: describePrefer,
    work: async () => {
      const { baseDigest } = (await readJsonFile(from.trainReport)) as TrainReport; // written by train
      const baseFolder = await findBase(recipe.base, paths, session);
      const trained = await trainPreferences({
        recipe,
        method,
        lessons,
        split: withEdits((await readJsonFile(from.split)) as Split, lessons), // written by train
        start: { checkpoint: join(from.folder, best.checkpoint), baseDigest },
        baseFolder,
        baseName: (await readOrigin(paths))?.name,
        paths,
        ...(engine.name === "torch" && {
          takeSteps: (fit) =>
            takeStepsWithTorch(fit, baseFolder, { job: paths.torchJob, out: paths.folder, python: engine.python }),
        }),
        signal: session.signal,
        onNote: (note) => session.progress.line(`! ${note}`),
        onProgress: (progress) => session.progress.update(describeProgress(progress)),
      });
      const report: PreferReport = { ...trained, startedFrom: best };
      await writeJsonFile(paths.trainReport, report);
      return report;
    },
  });
}

/** Mails that people edited drafts to came after the split: they are trained on. */
function withEdits(split: Split, lessons: readonly Lesson[]): Split {
  const known = new Set([split.train, split.validation, split.test].flat());
  const edited = lessons.flatMap(({ id, isEdit }) => (isEdit && !known.has(id) ? [id] : []));
  return { ...split, train: [...split.train, ...edited] };
}

/** What people made of the run's drafts since, told in the log where some of it is not learnt from. */
export async function readEdits(paths: RunPaths, session: StageContext["session"]): Promise<readonly Lesson[]> {
  const { lessons, leftOut } = await readEditLessons(paths, await readMails(paths));
  const left = leftOut.private + leftOut.beyondTheMail;
  if (lessons.length + left > 0)
    session.progress.line(
      `${lessons.length} edits of drafts are learnt from${left > 0 ? `, ${left} are not: ${leftOut.private} hold private details, ${leftOut.beyondTheMail} say more than the mail does` : ""}.`,
    );
  return lessons;
}

async function readMails(paths: RunPaths): Promise<Email[]> {
  const mails: Email[] = [];
  for await (const { value } of readJsonl(paths.replies)) mails.push((value as Reply).email); // read and checked when it was trained on
  return mails;
}

/** The comparisons of a run: pairs of preferences.jsonl and people's edits; for KTO each reply that was liked or not, by itself. */
async function readLessons(
  paths: RunPaths,
  { method, session }: { method: PreferenceMethod; session: StageContext["session"] },
): Promise<Lesson[]> {
  const edits = await readEdits(paths, session);
  if (!existsSync(paths.preferences) && edits.length === 0)
    throw new UserError(
      `${paths.preferences} is not there. Write it anew, without a call: npx pocketreply distill --run ${pasteable(paths.folder)}`,
    );
  const lessons: Lesson[] = edits.flatMap((lesson) => (method === "kto" ? singles(lesson) : [lesson]));
  for await (const { line, value } of existsSync(paths.preferences) ? readJsonl(paths.preferences) : []) {
    const { id, email, steering, accepted, rejected } = value as Preference; // checked on the next line
    if (
      typeof id !== "string" ||
      typeof email?.body !== "string" ||
      typeof accepted !== "string" ||
      typeof rejected !== "string"
    )
      throw new UserError(
        `${paths.preferences}, line ${line}: no comparison (id, email, accepted and rejected are needed). Mend it, or run distill again to write the file anew.`,
      );
    const mail = renderAsked({ email, steering });
    if (method === "kto") lessons.push({ id, mail, kind: "single", reply: rejected, liked: false });
    else lessons.push({ id, mail, kind: "pair", chosen: accepted, rejected });
  }
  if (method !== "kto") return lessons;
  for await (const { value } of readJsonl(paths.replies)) {
    const row = value as Reply; // read and checked when it was trained on
    lessons.push({ id: row.id, mail: renderAsked(row), kind: "single", reply: row.reply, liked: true });
  }
  for await (const { value } of readJsonl(paths.rejected)) {
    const row = value as Rejected; // written by distill
    if (row.reply !== null)
      lessons.push({ id: row.id, mail: renderAsked(row), kind: "single", reply: row.reply, liked: false });
  }
  return lessons;
}

/** Both sides of a pair, each by itself. */
function singles(lesson: Lesson): Lesson[] {
  if (lesson.kind !== "pair") return [lesson];
  const { id, mail, isEdit, chosen, rejected } = lesson;
  const of = { id, mail, isEdit, kind: "single" } as const;
  return [
    { ...of, reply: chosen, liked: true },
    { ...of, reply: rejected, liked: false },
  ];
}

function describePrefer({ method, lessons, steps, startLoss, best }: PreferReport): string {
  const left = lessons.equal.length + lessons.tooLong.length;
  return [
    `${lessons.train} ${method === "kto" ? "replies" : "comparisons"}, ${steps} steps`,
    `validation loss ${startLoss.toFixed(3)} → ${best.validationLoss.toFixed(3)} (best at step ${best.step})`,
    ...(lessons.ofTest > 0 ? [`${lessons.ofTest} of held-out mails left out`] : []),
    ...(left > 0
      ? [`${left} left out: ${lessons.equal.length} of equal sides, ${lessons.tooLong.length} too long`]
      : []),
  ].join(", ");
}
