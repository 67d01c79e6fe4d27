/** `pocketreply run`: every stage in order, from a mailbox to an exported model. */

import { pasteable } from "../errors.ts";
import {
  checkBase,
  distillStage,
  evaluateStage,
  exportStage,
  importStage,
  inRunFolder,
  type StageContext,
  trainStage,
} from "../stages/index.ts";
import { printScores } from "./evaluate-print.ts";
import { nextSteps } from "./next.ts";
import { chooseEngine, type RunFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";
import type { Example } from "./verbs/verb.ts";
import { warnOfRules, worthLines } from "./worth.ts";

/** The verb. Each stage does nothing where its output is complete, so this also goes on with a run that was cut. */
export async function run(options: FolderOptions & RunFlags, session: Session): Promise<void> {
  await inRunFolder(
    options,
    session,
    async (context) => {
      session.progress.line(`Run folder ${options.run}, recipe ${context.folder.recipe.name}`);
      warnOfRules(context);
      await checkBase(context);
      const imported = await importStage(context, options.mail);
      const distilled = await distillStage(context);
      const trained = await trainStage(context, chooseEngine(options));
      const evaluated = await evaluateStage(context);
      const exported = await exportStage(context);
      printScores(evaluated, session, options);
      for (const line of worthLines(context.folder, { distilled, trained, evaluated })) session.print(line);
      session.print(
        [
          `\nEverything is in ${options.run}. Next:`,
          ...nextSteps(context.folder.paths, listNext(context, options.run)),
        ].join("\n"),
      );
      session.printJson({
        run: options.run,
        import: imported,
        distill: distilled,
        train: trained,
        evaluate: evaluated,
        export: exported,
      });
    },
    { makes: options.mail !== undefined, mail: options.mail },
  );
}

function listNext({ folder: { earlier } }: StageContext, run: string): Example[] {
  const steps: Example[] = [
    [`npx pocketreply reply mail.eml --run ${pasteable(run)}`, "answer a mail with it"],
    [`npx pocketreply view --run ${pasteable(run)}`, "look through what the teacher wrote, and decide"],
    [`npx pocketreply serve --run ${pasteable(run)}`, "the app with this model in it, in a browser"],
  ];
  if (earlier === undefined) return steps;
  return [
    [`npx pocketreply compare ${pasteable(earlier)} ${pasteable(run)} --intersect`, "against the results before"],
    ...steps,
  ];
}
