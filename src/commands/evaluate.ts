/** `pocketreply evaluate`: the test split answered by the fine-tuned model and by the base, scored beside the controls. */

import { join } from "node:path";
import { evaluateStage, inRunFolder } from "../stages/index.ts";
import { printCompat, printScores } from "./evaluate-print.ts";
import type { EvaluateFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function evaluate(options: FolderOptions & EvaluateFlags, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, (context) => evaluateStage(context, options));
  printScores(report, session, { verbose: true });
  printCompat(report, session);
  session.print(`\nThe whole report: ${join(options.run, "report.html")}`);
  session.printJson(report);
}
