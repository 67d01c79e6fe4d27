/** `pocketreply run`: every stage in order, from a mailbox to an exported model. */

import type { FolderOptions, Session } from "../stages/index.ts";
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

/** The verb. Each stage does nothing where its output is complete, so this also goes on with a run that was cut. */
export async function run(options: FolderOptions & { mail: string }, session: Session): Promise<void> {
  await inRunFolder(options, session, async (context) => {
    session.progress.line(`Run folder ${options.run}, recipe ${context.folder.recipe.name}`);
    await checkBase(context);
    const imported = await importStage(context, options.mail);
    const distilled = await distillStage(context);
    const trained = await trainStage(context);
    const evaluated = await evaluateStage(context);
    const exported = await exportStage(context);
    printScores(evaluated, session);
    session.print(`\nEverything is in ${options.run}. Next:\n  npx pocketreply reply mail.eml --run ${options.run}`);
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
