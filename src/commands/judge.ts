/** `pocketreply judge`: the replies of a run judged one by one, or against another system's in both orders. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import {
  type AskProgress,
  chooseJudge,
  digestItems,
  isJudgeRedacted,
  type JudgeReport,
  judgePairs,
  judgeReplies,
  type PairItem,
  type PairReport,
  planQuestions,
} from "../judge/index.ts";
import { renderEmail } from "../mail/index.ts";
import { collectNames, createNameBook, namesOf } from "../redact/index.ts";
import { type RunPaths, runPaths } from "../run.ts";
import type { FolderOptions, Session } from "../stages/index.ts";
import {
  inRunFolder,
  pickReplies,
  readMailbox,
  readPredictions,
  readTestReplies,
  requireStage,
  type StageContext,
} from "../stages/index.ts";
import { percent, printPairs, printPlan, printReport } from "./judge-print.ts";
import { writeReport } from "./report.ts";

/** Options of `judge` beside the common ones. */
export interface JudgeFlags {
  /** Another run folder, "base" or "teacher". */
  readonly against?: string;
  readonly dryRun?: boolean;
}

/** The verb. */
export async function judge(options: FolderOptions & JudgeFlags, session: Session): Promise<void> {
  const { against, dryRun = false, run } = options;
  await inRunFolder(options, session, async (context) => {
    const { paths } = context.folder;
    requireStage(paths.split, { before: "train", now: "judge", run });
    requireStage(paths.predictions, { before: "evaluate", now: "judge", run });
    if (dryRun) return printPlan(await plan(context, against), session);
    if (against === undefined) {
      const report = await judgeStage(context);
      await renewReport(context);
      printReport(report, session);
      session.print(`\n${paths.judged} holds the evidence for every reply.`);
      return session.printJson(report);
    }
    const report = await compareStage(context, against);
    await renewReport(context);
    printPairs(report, session);
    session.print(`\n${paths.judgedPairs} holds every pair.`);
    session.printJson(report);
  });
}

/** The run's report shows what the judge says. */
async function renewReport({ folder }: StageContext): Promise<void> {
  if (existsSync(folder.paths.report)) await writeReport(folder);
}

/** Judges what is not judged yet and writes judge.json. */
export async function judgeStage(context: StageContext): Promise<JudgeReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  announce(context);
  const { items, of } = await readItems(context);
  const report = await judgeReplies({
    items,
    of,
    paths,
    recipe,
    signal: session.signal,
    onProgress: showProgress(session, "replies"),
  });
  const { scored, items: all, sendReady } = report;
  const rate = sendReady.rate === null ? "none scored" : `${percent(sendReady.rate)} send-ready`;
  session.progress.finish(`✓ judge: ${scored} of ${all} replies scored, ${rate}, judge: ${report.judge.label}`);
  return report;
}

async function compareStage(context: StageContext, against: string): Promise<PairReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  announce(context);
  const { items, onlyOne, runDigest, of, name } = await readPairs(context, against);
  const report = await judgePairs({
    items,
    onlyOne,
    runDigest,
    of,
    against: name,
    paths,
    recipe,
    signal: session.signal,
    onProgress: showProgress(session, "calls"),
  });
  const { wins, ties, losses } = report;
  session.progress.finish(`✓ judge: ${wins} wins, ${ties} ties, ${losses} losses against ${name}`);
  return report;
}

/** Says who judges before anything is paid. */
function announce({ folder, session }: StageContext): void {
  const { endpoint, role } = chooseJudge(folder.recipe);
  session.progress.start("judge");
  session.progress.line(`Judge: ${endpoint.model} at ${endpoint.baseUrl} (${role} of the recipe)`);
}

function showProgress(session: Session, unit: string): (progress: AskProgress) => void {
  return ({ done, total, unscored, calls }) =>
    session.progress.update({
      done,
      total,
      unit,
      note: `${calls} calls${unscored > 0 ? `, ${unscored} unscored` : ""}`,
    });
}

/** The replies of the run with their mails. Throws UserError where a held-out mail has no reply yet. */
async function readItems({ folder }: StageContext) {
  const { paths, recipe } = folder;
  const rows = await readTestReplies(paths, recipe);
  const predictions = await readPredictions(paths.predictions);
  const missing = rows.filter(({ id }) => !predictions.has(id));
  if (missing.length > 0) {
    throw new UserError(
      `${missing.length} of ${rows.length} held-out mails have no reply in ${paths.predictions} (${missing[0].id}, …). ` +
        `Finish them first: npx pocketreply evaluate --run ${paths.folder}`,
    );
  }
  const book = isJudgeRedacted(recipe) ? createNameBook(await collectNames(readMailbox(paths))) : undefined;
  const items = rows.map(({ id, threadId, email, reply: reference }) => ({
    id,
    threadId,
    email: renderEmail(email),
    reply: predictions.get(id)!.reply,
    names: namesOf(email),
    book,
    reference,
  }));
  return { items, of: rows.length === 0 ? "" : predictions.get(rows[0].id)!.model };
}

/** The run's replies beside those of the base, the teacher or another run, for the mails that both answered. */
async function readPairs(
  context: StageContext,
  against: string,
): Promise<{ items: PairItem[]; onlyOne: number; runDigest: string; of: string; name: string }> {
  const { paths } = context.folder;
  const { items, of } = await readItems(context);
  const { name, others, extra } = await readOthers(paths, against, items);
  const both = items.filter(({ id }) => others.has(id));
  if (both.length === 0) {
    throw new UserError(
      `${paths.folder} and ${against} have no held-out mail in common, so there is nothing to compare. Give both runs the same mail, seed and test split.`,
    );
  }
  return {
    items: both.map(({ reference: _, ...item }) => ({ ...item, other: others.get(item.id)! })),
    onlyOne: items.length - both.length + extra,
    runDigest: digestItems(items),
    of,
    name,
  };
}

interface Others {
  readonly name: string;
  /** Replies by mail. */
  readonly others: ReadonlyMap<string, string>;
  /** Mails that only the other system answered. */
  readonly extra: number;
}

async function readOthers(
  paths: RunPaths,
  against: string,
  items: readonly { id: string; email: string; reference: string }[],
): Promise<Others> {
  if (against === "teacher") {
    return {
      name: "the teacher's replies",
      others: new Map(items.map(({ id, reference }) => [id, reference])),
      extra: 0,
    };
  }
  const other = against === "base" ? paths : runPaths(against);
  const path = against === "base" ? paths.basePredictions : other.predictions;
  if (!existsSync(path)) {
    throw new UserError(
      `${path} is not there. --against takes "base" (the un-tuned base of this run), "teacher" (the references), or the folder of another run that has been evaluated.`,
    );
  }
  const predictions = await readPredictions(path);
  const known = new Map(items.map(({ id, email }) => [id, email]));
  if (against !== "base") {
    const rows = await pickReplies(other, (id) => known.has(id) && predictions.has(id));
    const changed = rows.filter(({ id, email }) => renderEmail(email) !== known.get(id));
    if (changed.length > 0) {
      throw new UserError(
        `${changed.length} mails have the same id in ${paths.folder} and ${against} but another text (${changed[0].id}, …): these runs were made from different mail.`,
      );
    }
  }
  const [first] = predictions.values();
  return {
    name: against === "base" ? (first?.model ?? "base") : `${against}: ${first?.model ?? "nothing"}`,
    others: new Map([...predictions.values()].map(({ id, reply }) => [id, reply])),
    extra: [...predictions.keys()].filter((id) => !known.has(id)).length,
  };
}

async function plan(context: StageContext, against: string | undefined) {
  const { paths, recipe } = context.folder;
  const items = against === undefined ? (await readItems(context)).items : (await readPairs(context, against)).items;
  return planQuestions({ items, path: paths.judgements, recipe });
}
