/** `pocketreply quickstart` (npm start): the whole path on a sample mailbox, then three held-out mails answered side by side. */

import { existsSync } from "node:fs";
import type { Reply } from "../distill/index.ts";
import { pasteable } from "../errors.ts";
import { renderEmail } from "../mail/index.ts";
import { formatDuration } from "../progress.ts";
import { quickstartMailboxSeed } from "../recipe.ts";
import type { RunPaths } from "../run.ts";
import { countUntilReceived, sampleOwner, writeSampleMailbox } from "../sample/index.ts";
import {
  buildResponses,
  checkBase,
  distillStage,
  type EvaluationReport,
  evaluateStage,
  exportStage,
  importStage,
  inRunFolder,
  readPredictions,
  readTestReplies,
  type StageContext,
  trainStage,
} from "../stages/index.ts";
import { printScores } from "./evaluate-print.ts";
import { sideBySide, windowWidth, wrapText } from "./layout.ts";
import { nextSteps } from "./next.ts";
import type { QuickstartFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";
import { quickstartFolder } from "./verbs/verb.ts";

const mailsShown = 3;

/** The verb. */
export async function quickstart(typed: FolderOptions & QuickstartFlags, session: Session): Promise<void> {
  const options = chooseBase(typed);
  const startedMs = performance.now();
  await inRunFolder(
    options,
    session,
    async (context) => {
      const { paths } = context.folder;
      session.progress.line(
        `pocketreply quickstart in ${paths.folder}: mail → replies → a small model. Ctrl-C stops; the same command goes on.`,
      );
      await checkBase(context);
      await sampleStage(context);
      const imported = await importStage(context, paths.sampleMailbox);
      const distilled = await distillStage(context);
      const trained = await trainStage(context);
      const evaluated = await evaluateStage(context);
      const exported = await exportStage(context);
      await mineResponses(context);
      const shown = await readExamples(context);
      printScores(evaluated, session, typed);
      printExamples(shown, session);
      printEnd({ paths, session, evaluated, seconds: (performance.now() - startedMs) / 1000 });
      session.printJson({
        run: paths.folder,
        import: imported,
        distill: distilled,
        train: trained,
        evaluate: evaluated,
        export: exported,
        examples: shown,
      });
    },
    { fallback: "quickstart", makes: true },
  );
}

/** The name of SmolLM2 on the hub; POCKETREPLY_SMOLLM2 names a GGUF file or a folder of it that is here already. */
const SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct";

/** `--base` as a recipe for pretrained models, an override, and a run folder of its own where none was named. */
export function chooseBase({ base, ...options }: FolderOptions & QuickstartFlags): FolderOptions {
  if (base === undefined) return options;
  const model = base === "smollm2-135m" ? process.env.POCKETREPLY_SMOLLM2 || SMOLLM2 : base;
  const name = base.replace(/\.gguf$/i, "").replace(/^.*[\\/]/, "");
  return {
    ...options,
    run: options.run === quickstartFolder ? `${quickstartFolder}-${name}` : options.run,
    recipe: options.recipe ?? "quickstart-smollm2",
    set: [`base=${model}`, ...options.set],
  };
}

async function sampleStage({ folder, session }: StageContext): Promise<void> {
  const { paths, recipe } = folder;
  const seed = quickstartMailboxSeed(recipe);
  const received = recipe.distill.sample;
  const count = countUntilReceived({ seed, received });
  const owner = sampleOwner(seed);
  if (!recipe.import.owner.includes(owner))
    session.progress.line(
      `! the sample mailbox of this seed belongs to ${owner}: with import.owner=[${owner}] that one's own mails are not answered`,
    );
  session.signal.throwIfAborted();
  session.progress.start("sample");
  const wasComplete = existsSync(paths.sampleMailbox);
  if (!wasComplete) await writeSampleMailbox(paths.sampleMailbox, { seed, count });
  session.progress.finish(
    `✓ sample: a made-up mailbox of ${count} mails, ${received} of them to its owner${wasComplete ? " (already complete)" : ""}`,
  );
}

/** The short replies that reply, serve and the app show at once; measured by `responses build`. */
async function mineResponses({ folder, session }: StageContext): Promise<void> {
  const { paths, recipe } = folder;
  if (existsSync(paths.responses)) {
    session.progress.finish("✓ responses (already complete)");
    return;
  }
  session.progress.start("responses");
  const report = await buildResponses({ paths, recipe, withModel: false, signal: session.signal });
  session.progress.finish(`✓ responses: ${report.responses} short replies to show at once`);
}

interface Example {
  readonly mail: Reply;
  readonly base: string;
  readonly tuned: string;
}

/** The first mails of the test split, whatever the replies are. */
async function readExamples({ folder }: StageContext): Promise<Example[]> {
  const { paths, recipe } = folder;
  const mails = (await readTestReplies(paths, recipe)).slice(0, mailsShown);
  const tuned = await readPredictions(paths.predictions);
  const base = await readPredictions(paths.basePredictions);
  return mails.map((mail) => ({ mail, base: base.get(mail.id)!.reply, tuned: tuned.get(mail.id)!.reply }));
}

function printExamples(examples: readonly Example[], session: Session): void {
  const width = windowWidth(132);
  const teachers = [...new Set(examples.map(({ mail }) => mail.teacher))].join(", ");
  session.print(
    `\nThe first ${examples.length} mails of the test split, which training has not seen. The teacher: ${teachers}.`,
  );
  for (const [index, { mail, base, tuned }] of examples.entries()) {
    session.print(`\n━━ Held-out mail ${index + 1} of ${examples.length} ${"━".repeat(Math.max(0, width - 23))}`);
    session.print(
      wrapText(renderEmail(mail.email), width - 2)
        .map((line) => `  ${line}`.trimEnd())
        .join("\n"),
    );
    const columns = [
      { title: "BASE", text: base || "(nothing)" },
      { title: "FINE-TUNED", text: tuned || "(nothing)" },
      { title: "TEACHER", text: mail.reply },
    ];
    session.print(`\n${sideBySide(columns, width)}`);
  }
}

function printEnd(end: { paths: RunPaths; session: Session; evaluated: EvaluationReport; seconds: number }): void {
  const { paths, session, evaluated, seconds } = end;
  const { of, model } = evaluated;
  session.print(
    [
      "",
      `Everything lies in ${paths.folder} (${of === null ? model : `best checkpoint: ${of.checkpoint}`}); this call took ${formatDuration(seconds)}.`,
      "Next:",
      ...nextSteps(paths, [
        [`npx pocketreply reply mail.eml --run ${pasteable(paths.folder)}`, "answer a mail of yours"],
        [`npx pocketreply view --run ${pasteable(paths.folder)}`, "look through what the teacher wrote, and decide"],
        [`npx pocketreply serve --run ${pasteable(paths.folder)}`, "the app with this model in it, in a browser"],
        ["npx pocketreply run --mail PATH --run runs/mine", "all of this on your own mail"],
      ]),
    ].join("\n"),
  );
}
