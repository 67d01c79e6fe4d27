/** `pocketreply train`: accepted replies and a base in, checkpoints and the best one out. */

import { join } from "node:path";
import { type FolderOptions, inRunFolder, type Session, trainStage } from "../stages/index.ts";

/** The verb. */
export async function train(options: FolderOptions, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, trainStage);
  session.print(`The best checkpoint is ${join(options.run, report.best.checkpoint)}`);
  session.printJson(report);
}
