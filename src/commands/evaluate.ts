/** `pocketreply evaluate`: the test split answered by the fine-tuned model and by the base, scored beside the controls. */
import { join } from "node:path";
import {
  type CompatReading,
  compatReadings,
  type Evaluation,
  evaluateReplies,
  type SystemEvaluation,
} from "../evaluate/index.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import { renderEmail } from "../mail/index.ts";
import type { Split } from "../train/index.ts";
import { exportBase, exportBest } from "./export.ts";
import { table } from "./layout.ts";
import { pickReplies, predict, readTestReplies } from "./predict.ts";
import type { FolderOptions, Session } from "./session.ts";
import { inRunFolder, requireStage, type StageContext, stageReport } from "./stage.ts";
import type { BestCheckpoint } from "./train.ts";

/** The format that replies are generated from: the nearest to the trained weights that costs half the memory. */
const measuredFormat = "gguf-f16";

/** evaluation.json: the scores, and what they were made of. */
export interface EvaluationReport extends Evaluation {
  readonly of: BestCheckpoint;
  readonly format: typeof measuredFormat;
  /** Who wrote the references. */
  readonly teacher: string;
  /** The fine-tuned model's BLEU as it is often computed wrongly: not comparable, kept to explain published figures. */
  readonly compat: readonly CompatReading[];
}

/** The verb. */
export async function evaluate(options: FolderOptions, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, evaluateStage);
  printScores(report, session);
  printCompat(report, session);
  session.printJson(report);
}

/** Generates what is missing of both models' replies, then scores; complete when evaluation.json is there. */
export async function evaluateStage(context: StageContext): Promise<EvaluationReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  requireStage(paths.trainReport, { before: "train", now: "evaluate", run: paths.folder });
  return stageReport({
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

  async function evaluateRun(context: StageContext): Promise<EvaluationReport> {
    const tuned = await exportBest(context, [measuredFormat]);
    const base = await exportBase(context, [measuredFormat]);
    const rows = await readTestReplies(paths, recipe);
    const answerAll = (name: string, { of, files }: typeof tuned, path: string) =>
      predict({
        session,
        name: `evaluate, ${name}`,
        gguf: join(paths.folder, files[0].path),
        model: of === null ? "base" : `${of.checkpoint}, validation loss ${of.validationLoss}`,
        path,
        rows,
        recipe,
      });
    const tunedReplies = await answerAll("fine-tuned", tuned, paths.predictions);
    const baseReplies = await answerAll("base", base, paths.basePredictions);
    const { train } = (await readJsonFile(paths.split)) as Split; // written by train
    let step = "";
    const inTrain = new Set(train);
    const trainRows = await pickReplies(paths, (id) => inTrain.has(id));
    const evaluation = await evaluateReplies({
      items: rows.map(({ id, email, reply }, i) => ({
        id,
        email: renderEmail(email),
        reference: reply,
        candidate: tunedReplies[i].reply,
        baseCandidate: baseReplies[i].reply,
        cutAtLimit: tunedReplies[i].stopped === "length",
        baseCutAtLimit: baseReplies[i].stopped === "length",
      })),
      train: trainRows.map(({ email, reply }) => ({ email: renderEmail(email), reply })),
      seed: recipe.seed,
      signal: session.signal,
      onProgress: (state) => {
        if (state.step !== step) session.progress.start(`evaluate, ${state.step}`);
        step = state.step;
        session.progress.update(state);
      },
    });
    const compat = compatReadings({
      candidates: tunedReplies.map(({ reply }) => reply),
      references: [rows.map(({ reply }) => reply)],
      prompts: rows.map(({ email }) => renderEmail(email)),
    });
    return { of: tuned.of!, format: measuredFormat, teacher: rows[0].teacher, ...evaluation, compat };
  }
}

/** The scores as a table with their signatures, for a person. */
export function printScores(report: EvaluationReport, session: Session): void {
  const { systems, items, trainingPairs, teacher, constantReply } = report;
  const rows: [string, SystemEvaluation | null][] = [
    ["fine-tuned", systems.student],
    ["base, not tuned", systems.base],
    ["best constant reply", systems.constant],
    ["nearest mail's reply", systems.nearest],
    ["shuffled references", systems.shuffledReferences],
  ];
  const known = rows.filter((row): row is [string, SystemEvaluation] => row[1] !== null);
  const percent = (clean: number) => `${Math.round((100 * clean) / items)}%`;
  const cells = known.map(([name, { bleu, bleuInterval, chrf, meanWords, checks }]) => [
    name,
    bleu.score.toFixed(2),
    bleuInterval.halfWidth.toFixed(2),
    chrf.score.toFixed(2),
    meanWords.toFixed(1),
    percent(checks.clean),
  ]);
  const { bleu, chrf } = systems.student;
  session.print(
    [
      `\n${items} held-out mails; references by: ${teacher}; controls from ${trainingPairs} training replies`,
      "",
      table(["replies of", "BLEU", "±", chrf.name, "words", "well-formed"], cells),
      "",
      `BLEU    ${bleu.signature}; ± is half of the 95 % bootstrap interval`,
      `${chrf.name.padEnd(7)} ${chrf.signature}`,
      `The best constant reply: ${constantReply.replaceAll(/\s+/g, " ")}`,
    ].join("\n"),
  );
}

function printCompat({ compat }: EvaluationReport, session: Session): void {
  const rows = compat.map(({ name, score, description, missing }) => [
    name,
    score === null ? "n/a" : score.toFixed(2),
    missing === null ? description : `${description} (needs ${missing})`,
  ]);
  session.print(
    `\nThe fine-tuned model's BLEU in readings that explain published figures; only the first is comparable\n`,
  );
  session.print(table(["reading", "BLEU", "what it is"], rows));
}
