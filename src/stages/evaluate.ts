/** The stage evaluate: what is missing of the replies is generated, then all are scored beside their controls. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { invariant } from "../errors.ts";
import { type EvaluationItem, evaluateItems, summarizeLikelihoods, writeItems } from "../evaluate/index.ts";
import type { ExportFormat } from "../export/index.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import { loadLanguageDetector, renderAsked } from "../mail/index.ts";
import { compatReadings, matchesFolder } from "../metrics/index.ts";
import { readGgufPointer } from "../model/index.ts";
import type { Endpoint, Recipe } from "../recipe.ts";
import type { RunPaths } from "../run.ts";
import type { Split } from "../train/index.ts";
import type { BestCheckpoint } from "./best.ts";
import { askTeacherAgain } from "./ceiling.ts";
import type { EvaluationReport } from "./evaluation-report.ts";
import { exportBase, exportBest } from "./export-files.ts";
import { measureForgetting } from "./forgetting.ts";
import { judgeStage } from "./judge.ts";
import { NO_LIKELIHOOD, readLikelihoods } from "./likelihood.ts";
import { readMailbox } from "./mailbox.ts";
import {
  type ByFile,
  nameDecoding,
  nameEndpoint,
  type Prediction,
  pickReplies,
  predict,
  readTestReplies,
} from "./predict.ts";
import { writeReport } from "./report.ts";
import type { Session } from "./session.ts";
import { setAside } from "./set-aside.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";

/** Generates what is missing of the replies, then scores; complete when evaluation.json is there. Writes report.html. */
export async function evaluateStage(
  context: StageContext,
  { rescore = false }: { /** Scores anew from the replies that are there. */ readonly rescore?: boolean } = {},
): Promise<EvaluationReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  const needed = recipe.evaluate.predictor === null ? paths.trainReport : paths.split;
  requireStage(needed, { before: "train", now: "evaluate", run: paths.folder });
  await putAside(context);
  if (existsSync(paths.evaluation) && (rescore || (await isStale(paths.evaluation, recipe)))) {
    await rm(paths.report, { force: true });
    await rm(paths.evaluation);
  }
  const report = await stageReport({
    session,
    name: "evaluate",
    path: paths.evaluation,
    describe: ({ items, systems }) =>
      `${items} held-out mails, BLEU ${systems.student.bleu.score.toFixed(2)}` +
      (systems.base === null ? "" : ` (base ${systems.base.bleu.score.toFixed(2)})`),
    work: async () => {
      const report = await evaluateRun(context);
      await writeJsonFile(paths.evaluation, report);
      return report;
    },
  });
  if (recipe.evaluate.judge !== null) {
    await judgeStage(context);
    await rm(paths.report, { force: true });
  }
  if (!existsSync(paths.report)) await writeReport(context.folder);
  return report;
}

/** Moves the result of another model than the one that is to be evaluated into a folder of its own, where compare finds it. */
async function putAside({ folder: { paths, recipe }, session }: StageContext): Promise<void> {
  if (!existsSync(paths.evaluation)) return;
  const { format, model } = (await readJsonFile(paths.evaluation)) as EvaluationReport; // written below
  const { predictor } = recipe.evaluate;
  if (predictor === null ? format !== null : model.startsWith(`${predictor.model} at `)) return;
  const { evaluation, evaluated, report, judged, judgeReport, judgedPairs, judgePairsReport } = paths;
  const results = [report, judged, judgeReport, judgedPairs, judgePairsReport, evaluated, evaluation];
  const aside = await setAside(paths, { name: "evaluation", paths: results });
  session.progress.line(`The evaluation of ${model} is kept in ${aside}.`);
}

/** Whether the scores were made with other settings than the recipe's, or by a version that noted none. */
async function isStale(path: string, recipe: Recipe): Promise<boolean> {
  const { scoring, likelihood, referenceSendable } = (await readJsonFile(path)) as Partial<EvaluationReport>; // written below
  if (likelihood === undefined || referenceSendable === undefined) return true;
  return JSON.stringify(scoring) !== JSON.stringify(scoringOf(recipe));
}

function scoringOf({ evaluate }: Recipe): EvaluationReport["scoring"] {
  const { ceiling, cleanBelow, encoder, encoderLayer } = evaluate;
  return { ceiling, cleanBelow, encoder, encoderLayer };
}

async function evaluateRun(context: StageContext): Promise<EvaluationReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  const { format, predictor, encoder, encoderLayer } = recipe.evaluate;
  const rows = await readTestReplies(paths, recipe);
  const { of, model, replies, ...by } = await answerAll(context, rows, predictor);
  const { replies: base, ...baseModel } = await answerByBase(context, rows);
  const again = await askTeacherAgain(context, rows);
  if (again.report.status === "skipped") session.progress.line(`No ceiling: ${again.report.reason}.`);

  const { train } = (await readJsonFile(paths.split)) as Split; // written by train
  const inTrain = new Set(train);
  const trainRows = await pickReplies(paths, (id) => inTrain.has(id));
  const { detect } = await loadLanguageDetector();
  const items = rows.map(
    ({ id, threadId, email, steering, reply }, i): EvaluationItem => ({
      id,
      threadId,
      language: detect(email.body) ?? undefined,
      people: { sender: email.from, user: email.to[0] },
      sentAt: email.date ?? undefined,
      email: renderAsked({ email, steering }),
      reference: reply,
      candidate: replies[i].reply,
      baseCandidate: base[i].reply,
      cutAtLimit: replies[i].stopped === "length",
      baseCutAtLimit: base[i].stopped === "length",
      ...(again.replies === null ? {} : { ceilingReply: again.replies[i] }),
    }),
  );
  const result = await evaluateItems({
    items,
    train: trainRows.map((row) => ({ email: renderAsked(row), reply: row.reply })),
    seed: recipe.seed,
    cleanBelow: recipe.evaluate.cleanBelow,
    detect,
    bertscore: encoder === null ? undefined : { encoder, layer: encoderLayer ?? undefined, keepIn: matchesFolder() },
    signal: session.signal,
    onProgress: showProgress(session),
  });
  const forgetting =
    by.gguf === null ? null : await measureForgetting(session, { base: baseModel, student: { ...by, gguf: by.gguf } });
  const { likelihood, teacherForced } = await readReferencesOf(context, items, { model, ...by }, baseModel);
  const compat = compatReadings({
    candidates: items.map(({ candidate }) => candidate),
    references: [items.map(({ reference }) => reference)],
    prompts: items.map(({ email }) => email),
    teacherForced,
  });
  return {
    of,
    model,
    format: predictor === null ? format : null,
    teacher: rows[0].teacher,
    ceiling: again.report,
    refused: replies.filter(({ stopped }) => stopped === "refused").length,
    scoring: scoringOf(recipe),
    ...result.evaluation,
    likelihood,
    forgetting,
    compat,
    evaluatedSha256: await writeItems(paths.evaluated, result.items),
  };
}

type Rows = Parameters<typeof predict>[0]["rows"];

/** The replies to score: of the best checkpoint, or of the endpoint that the recipe names in its place. */
async function answerAll(
  context: StageContext,
  rows: Rows,
  endpoint: Endpoint | null,
): Promise<
  { of: BestCheckpoint | null; model: string; replies: Prediction[] } & (ByFile | { gguf: null; adapter?: string })
> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  const shared = { session, path: paths.predictions, rows, recipe };
  if (endpoint !== null) {
    const model = nameEndpoint(recipe, endpoint);
    const by = { endpoint, mailbox: () => readMailbox(paths) };
    const replies = await predict({ ...shared, name: "evaluate, endpoint", by, model });
    return { of: null, model, gguf: null, replies };
  }
  const { format } = recipe.evaluate;
  const { of, files } = await exportBest(context, [format]);
  const model = `${of!.checkpoint}, validation loss ${of!.validationLoss}, ${format}${nameDecoding(recipe)}`;
  const by = await ranBy(paths, format, files[0].path);
  return { of: of!, model, ...by, replies: await predict({ ...shared, name: "evaluate, fine-tuned", by, model }) };
}

/** An exported file by itself, or an adapter over the GGUF that it was trained on. */
async function ranBy({ folder, baseFolder }: RunPaths, format: ExportFormat, path: string): Promise<ByFile> {
  const file = join(folder, path);
  if (format !== "adapter-gguf") return { gguf: file };
  const pointer = await readGgufPointer(baseFolder);
  invariant(pointer, `${file} was written, so its base is a GGUF`);
  return { gguf: pointer.path, adapter: file };
}

/** What the base as it is is run in: a base that is a GGUF already, in the format that shifts it least of the small ones. */
const baseFormat = (format: Recipe["evaluate"]["format"]) => (format === "adapter-gguf" ? "gguf-q8_0" : format);

/** The replies of the base as it is: a control. */
async function answerByBase(
  context: StageContext,
  rows: Rows,
): Promise<{ model: string; gguf: string; replies: Prediction[] }> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  const format = baseFormat(recipe.evaluate.format);
  const { files } = await exportBase(context, [format]);
  const by = { gguf: join(paths.folder, files[0].path) };
  const model = `base, ${format}${nameDecoding(recipe)}`;
  const shared = { session, path: paths.basePredictions, rows, recipe };
  return { model, ...by, replies: await predict({ ...shared, name: "evaluate, base", by, model }) };
}

/** The references read by the model and by the base, once; and the text that the model finds likeliest along each. */
async function readReferencesOf(
  { folder: { paths }, session }: StageContext,
  references: readonly EvaluationItem[],
  { model, gguf, adapter }: { model: string; gguf: string | null; adapter?: string },
  baseModel: { model: string; gguf: string },
) {
  const rows =
    gguf === null
      ? null
      : await readLikelihoods(session, {
          name: "evaluate, references to the fine-tuned",
          path: paths.likelihoods,
          references,
          model,
          gguf,
          adapter,
        });
  const base = await readLikelihoods(session, {
    name: "evaluate, references to the base",
    path: paths.baseLikelihoods,
    references,
    ...baseModel,
  });
  const student = rows === null ? null : summarizeLikelihoods(rows);
  const missing = rows === null ? NO_LIKELIHOOD : student === null ? "no reference fits the model's context" : null;
  return {
    likelihood: { student, base: summarizeLikelihoods(base), missing },
    teacherForced:
      rows === null || student === null
        ? { missing: `the model's likeliest words along the references: ${missing}` }
        : rows.map(({ unread, likeliest }) => (unread === null ? likeliest : null)),
  };
}

function showProgress({ progress }: Session) {
  let step = "";
  return (state: { step: string; done: number; total?: number; unit: string }) => {
    if (state.step !== step) progress.start(`evaluate, ${state.step}`);
    step = state.step;
    progress.update(state);
  };
}
