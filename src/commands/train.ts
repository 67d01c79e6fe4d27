/** `pocketreply train`: accepted replies and a base in, checkpoints and the best one out. */

import { join } from "node:path";
import { inRunFolder, trainStage } from "../stages/index.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function train(options: FolderOptions, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, trainStage);
  session.print(`The best checkpoint is ${join(options.run, report.best.checkpoint)}`);
  session.printJson(report);
}
