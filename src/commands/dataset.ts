/** `pocketreply dataset`: the accepted replies in the forms that other programs train from, with the dataset's card. */

import type { DatasetFormat } from "../distill/index.ts";
import { pasteable } from "../errors.ts";
import { runPaths } from "../run.ts";
import { datasetStage } from "../stages/index.ts";
import type { FolderOptions, Session } from "./session.ts";

/** Options of the verb beside the common ones. */
export interface DatasetOptions {
  readonly format: readonly DatasetFormat[];
  readonly out?: string;
}

/** The verb. The run folder's own files stay as they are. */
export async function dataset(options: FolderOptions & DatasetOptions, session: Session): Promise<void> {
  const { run } = options;
  const { files, out, hasNewReviews } = await datasetStage(options, session);
  for (const { path, rows } of files) session.print(rows === null ? path : `${rows} rows in ${path}`);
  session.print("each folder has its card in README.md");
  if (hasNewReviews)
    session.progress.line(
      `! ${runPaths(run).reviews} holds decisions that are not in these files: npx pocketreply distill --run ${pasteable(run)}`,
    );
  session.printJson({ files, out });
}
