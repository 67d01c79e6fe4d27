/** `pocketreply export`: base and best checkpoint in, files for other programs out. */

import { join } from "node:path";
import { formatBytes } from "../progress.ts";
import { exportStage, inRunFolder } from "../stages/index.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function exportRun(options: FolderOptions, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, exportStage);
  for (const { path, format, sizeBytes, notes } of report.files) {
    session.print([join(options.run, path), format, formatBytes(sizeBytes), ...notes].join("  "));
  }
  session.printJson(report);
}
