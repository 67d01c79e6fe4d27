/** `pocketreply distill`: mail in, accepted replies out. */
import { runPaths } from "../run.ts";
import { distillStage, inRunFolder, warnOfBase } from "../stages/index.ts";
import type { WorkerFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";
import { warnOfRules } from "./worth.ts";

/** The verb. */
export async function distill(options: FolderOptions & WorkerFlags, session: Session): Promise<void> {
  const { workers } = options;
  const report = await inRunFolder(options, session, async (context) => {
    warnOfRules(context);
    await warnOfBase(context);
    return distillStage(context, workers);
  });
  const { replies, rejected, preferences, datasetCard } = runPaths(options.run);
  session.print(`${report.accepted} rows in ${replies}`);
  session.print(`${report.rejected} rows in ${rejected}`);
  session.print(`${report.preferences} rows in ${preferences}`);
  session.print(`what it is, in ${datasetCard}`);
  session.printJson(report);
}
