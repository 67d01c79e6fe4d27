/** `pocketreply run`: every stage in order, from a mailbox to an exported model. */

import {
  checkBase,
  distillStage,
  evaluateStage,
  exportStage,
  importStage,
  inRunFolder,
  trainStage,
} from "../stages/index.ts";
import { printScores } from "./evaluate-print.ts";
import type { RunFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. Each stage does nothing where its output is complete, so this also goes on with a run that was cut. */
export async function run(options: FolderOptions & RunFlags, session: Session): Promise<void> {
  await inRunFolder(options, session, async (context) => {
    session.progress.line(`Run folder ${options.run}, recipe ${context.folder.recipe.name}`);
    await checkBase(context);
    const imported = await importStage(context, options.mail);
    const distilled = await distillStage(context);
    const trained = await trainStage(context);
    const evaluated = await evaluateStage(context);
    const exported = await exportStage(context);
    printScores(evaluated, session);
    const next = [`npx pocketreply reply mail.eml --run ${options.run}`];
    const { earlier } = context.folder;
    if (earlier !== undefined) next.unshift(`npx pocketreply compare ${earlier} ${options.run} --intersect`);
    session.print([`\nEverything is in ${options.run}. Next:`, ...next].join("\n  "));
    session.printJson({
      run: options.run,
      import: imported,
      distill: distilled,
      train: trained,
      evaluate: evaluated,
      export: exported,
    });
  });
}
