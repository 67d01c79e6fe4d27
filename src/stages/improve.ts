/** The stage improve: a model's own drafts, checked, teach it further; what comes of it takes the place of the model only through a gate. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { Reply } from "../distill/index.ts";
import { UserError } from "../errors.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import { renderAsked } from "../mail/index.ts";
import { hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import { runPaths } from "../run.ts";
import { type Lesson, measureLoss, type PreferenceMethod, type Split } from "../train/index.ts";
import { type BestCheckpoint, readBest } from "./best.ts";
import { openDerivedRun } from "./derive.ts";
import { exportBest } from "./export-files.ts";
import { setResultsAside } from "./folder.ts";
import { type GateVerdict, gate, LOSS_LINE } from "./improve-gate.ts";
import { compareReplies, judgeDrafts } from "./improve-judge.ts";
import { checkMade, lessonsOf, type RankedReply } from "./improve-lessons.ts";
import { nameDecoding, type Prediction, pickReplies, predict } from "./predict.ts";
import { learnLessons, readEdits } from "./prefer.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";
import { type TrainEngine, trainOptions } from "./train.ts";

/** improve.json of a round's folder. */
export interface ImproveReport {
  /** Counted from 1. */
  readonly round: number;
  /** The round's run folder: drafts, training and, where it was not taken over, the rejected model. */
  readonly run: string;
  readonly method: PreferenceMethod;
  readonly startedFrom: BestCheckpoint;
  readonly drafts: { readonly mails: number; readonly made: number; readonly sound: number };
  readonly lessons: { readonly pairs: number; readonly imitated: number; readonly avoided: number };
  readonly best: BestCheckpoint;
  readonly gate: GateVerdict;
  /** Where the evaluation and export of the model before went; null where there was none, or the round was not taken over. */
  readonly earlier: string | null;
}

/** How a round learns. */
interface RoundOptions {
  readonly method: Exclude<PreferenceMethod, "kto">;
  /** What takes its steps; ours where none is named. */
  readonly engine?: TrainEngine;
}

/**
 * One round. The run's best checkpoint drafts several replies a mail; deterministic checks rank them; `method` trains on the pairs; the
 * result is gated on the validation mails. Passed, best.json of the run names the new checkpoint, and evaluation and export of the old one
 * go aside; else the run stays as it was. A round that was cut goes on; one that is done is followed by the next.
 */
export async function improveStage(
  context: StageContext,
  { method, overrides, engine }: RoundOptions & { overrides: readonly string[] },
): Promise<ImproveReport> {
  const { folder, session } = context;
  const { paths } = folder;
  requireStage(paths.trainReport, { before: "train", now: "improve", run: paths.folder });
  if (overrides.some((override) => override.startsWith("prefer.sft=")))
    throw new UserError("A round weighs imitation by a number of its own: say improve.sft= in place of prefer.sft=.");
  const round = nextRound(paths.folder);
  if (round > 1) await finishTakeOver(context, await readRound(paths.folder, round - 1));
  const run = roundFolder(paths.folder, round);
  const derived = await openDerivedRun(folder, { to: run, overrides, command: session.command });
  try {
    const to: StageContext = { folder: derived, session };
    return await stageReport({
      session,
      name: `improve, round ${round}`,
      path: derived.paths.improveReport,
      describe: describeRound,
      work: async () => {
        const report = await takeRound(context, { to, round, method, engine });
        await writeJsonFile(derived.paths.improveReport, report); // decided: what follows is finished by the next call where it is cut
        return finishTakeOver(context, report);
      },
    });
  } finally {
    derived.close();
  }
}

const roundFolder = (run: string, round: number) => join(run, `improved-${round}`);

function nextRound(run: string): number {
  let round = 1;
  while (existsSync(runPaths(roundFolder(run, round)).improveReport)) round++;
  return round;
}

const readRound = async (run: string, round: number) =>
  (await readJsonFile(runPaths(roundFolder(run, round)).improveReport)) as ImproveReport; // written by improve

async function takeRound(
  context: StageContext,
  { to, round, method, engine }: RoundOptions & { to: StageContext; round: number },
): Promise<ImproveReport> {
  const { folder, session } = context;
  const { paths, recipe } = to.folder;
  const split = (await readJsonFile(paths.split)) as Split; // written by train
  const startedFrom = await readBest(folder.paths);
  const mails = chooseMails(split, recipe);
  const rows = await pickReplies(paths, (id) => mails.has(id));
  const { lessons: drafted, sound } = await draftLessons(context, { to, rows });
  const lessons = [...drafted, ...(await readEdits(folder.paths, session))];
  await learnLessons(context, { method, lessons, to: withImitation(to), engine });

  const held = new Set(split.validation);
  const validation = await pickReplies(paths, (id) => held.has(id));
  const before = await answer(context, { to, rows: validation, path: paths.gateBefore, name: "improve, before" });
  const after = await answer(to, { to, rows: validation, path: paths.gateAfter, name: "improve, after" });
  session.progress.start("improve, gate");
  const best = await readBest(paths);
  const loss = (checkpoint: string) => trainOptions(to).then((options) => measureLoss(options, checkpoint));
  const lossBefore = await loss(join(folder.paths.folder, startedFrom.checkpoint));
  const lossAfter = await loss(join(paths.folder, best.checkpoint));
  const verdict = gate(
    { replies: before, loss: lossBefore },
    { replies: after, loss: lossAfter },
    await compareReplies(to, { rows: validation, before, after }),
    recipe.improve,
  );
  const isNew = best.step > 0; // step 0 is the model before
  const passed = verdict.passed && isNew;
  const count = (kind: Lesson["kind"]) => lessons.filter((lesson) => lesson.kind === kind).length;
  return {
    ...{ round, run: paths.folder, method, startedFrom, best },
    drafts: { mails: rows.length, made: rows.length * recipe.improve.drafts, sound },
    lessons: { pairs: count("pair"), imitated: count("imitate"), avoided: count("avoid") },
    gate: { ...verdict, passed },
    earlier: null,
  };
}

/** The round's folder, whose recipe weighs imitation as a round does. */
function withImitation(to: StageContext): StageContext {
  const { recipe } = to.folder;
  return {
    ...to,
    folder: { ...to.folder, recipe: { ...recipe, prefer: { ...recipe.prefer, sft: recipe.improve.sft } } },
  };
}

/** Training mails of a round, chosen by seed, and every validation mail. */
function chooseMails(split: Split, { seed, improve }: Recipe): ReadonlySet<string> {
  const rank = (id: string) => hashString(`${seed}/improve/${id}`);
  const chosen = [...split.train].sort((a, b) => rank(a) - rank(b)).slice(0, improve.mails);
  return new Set([...chosen, ...split.validation]);
}

/** Several drafts a mail from the run's best checkpoint, without the loop ban, which would hide the repeats; and what they teach. */
async function draftLessons(
  context: StageContext,
  { to, rows }: { to: StageContext; rows: readonly Reply[] },
): Promise<{ lessons: Lesson[]; sound: number }> {
  const { paths, recipe } = to.folder;
  const { drafts, temperature, gap } = recipe.improve;
  const asked = rows.flatMap((row) => Array.from({ length: drafts }, (_, k) => ({ ...row, id: `${row.id}/${k + 1}` })));
  const drafting = {
    ...recipe,
    evaluate: { ...recipe.evaluate, temperature },
    reply: { ...recipe.reply, loopBan: false },
  };
  const made = await generate(context, {
    ...{ recipe: drafting, rows: asked, path: paths.drafts },
    name: `improve, ${drafts} drafts a mail`,
    keepPrompts: true,
  });
  const checked = await judgeDrafts(to, { rows: asked, drafts: check(asked, made), of: made[0]?.model ?? "" });
  const lessons = rows.flatMap((row, i) =>
    lessonsOf(
      { id: row.id, mail: renderAsked(row), accepted: row.reply },
      checked.slice(i * drafts, (i + 1) * drafts),
      { gap },
    ),
  );
  return {
    lessons,
    sound: checked.filter(({ faults }) => faults === 0).length,
  };
}

/** Replies to `rows` by the best checkpoint of `of`, as evaluate makes them, checked. */
async function answer(
  of: StageContext,
  { to, rows, path, name }: { to: StageContext; rows: readonly Reply[]; path: string; name: string },
): Promise<RankedReply[]> {
  return check(rows, await generate(of, { recipe: to.folder.recipe, rows, path, name }));
}

async function generate(
  of: StageContext,
  options: { recipe: Recipe; rows: readonly Reply[]; path: string; name: string; keepPrompts?: boolean },
): Promise<Prediction[]> {
  const { recipe } = options;
  const { format } = recipe.evaluate;
  const exported = await exportBest(of, [format]);
  const model = `${exported.of!.checkpoint}, validation loss ${exported.of!.validationLoss}, ${format}${nameDecoding(recipe)}`;
  const by = { gguf: join(of.folder.paths.folder, exported.files[0].path) };
  return predict({ ...options, session: of.session, by, model });
}

function check(rows: readonly Reply[], made: readonly Prediction[]): RankedReply[] {
  return checkMade(
    rows.map(({ email, steering, reply: accepted }, i) => ({
      ...{ reply: made[i].reply, cutAtLimit: made[i].stopped === "length", accepted, email, steering },
    })),
  );
}

/**
 * Of a round that passed: lets the run's best.json name its checkpoint; what was evaluated and exported of the model before goes aside. Does
 * nothing where that is done, or where the run was trained anew since.
 */
async function finishTakeOver({ folder }: StageContext, report: ImproveReport): Promise<ImproveReport> {
  const { paths, recipe } = folder;
  const before = await readBest(paths);
  if (!report.gate.passed || JSON.stringify(before) !== JSON.stringify(report.startedFrom)) return report;
  const taken = { ...report, earlier: await setResultsAside(paths, "evaluate", recipe) };
  await writeJsonFile(runPaths(report.run).improveReport, taken);
  const checkpoint = relative(paths.folder, join(report.run, report.best.checkpoint));
  const { after: validationLoss } = report.gate.lines.find(({ name }) => name === LOSS_LINE)!;
  await writeJsonFile(paths.best, { ...before, step: report.best.step, checkpoint, validationLoss });
  return taken;
}

function describeRound({ lessons, gate: { passed, lines } }: ImproveReport): string {
  const failed = lines.filter((line) => !line.passed).map(({ name }) => name);
  const taught = `${lessons.pairs} pairs, ${lessons.imitated} imitated, ${lessons.avoided} avoided`;
  if (passed) return `${taught}; through the gate: the run replies with the new model`;
  return `${taught}; rolled back, the run stays as it was (${failed.join(", ") || "no step was better than the start"})`;
}
