/** `pocketreply report`: report.html of a run folder, from the files that evaluate and the stages before it left. */

import { inRunFolder, requireStage, writeReport } from "../stages/index.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb: writes the report anew. */
export async function report(options: FolderOptions, session: Session): Promise<void> {
  const path = await inRunFolder(options, session, async ({ folder }) => {
    const { paths } = folder;
    requireStage(paths.evaluation, { before: "evaluate", now: "report", run: paths.folder });
    await writeReport(folder);
    return paths.report;
  });
  session.print(path);
  session.printJson({ report: path });
}
