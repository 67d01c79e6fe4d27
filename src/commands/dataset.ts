/** `pocketreply dataset`: the accepted replies in the forms that other programs train from, with the dataset's card. */

import { basename, dirname, join } from "node:path";
import { type DatasetFormat, type DistillReport, exportDataset, writeDatasetCard } from "../distill/index.ts";
import { readJsonFile } from "../formats/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import type { FolderOptions, Session } from "../stages/index.ts";
import { hasNewReviews, readRecipe, requireStage } from "../stages/index.ts";

/** Options of the verb beside the common ones. */
export interface DatasetOptions {
  readonly format: readonly DatasetFormat[];
  readonly out?: string;
}

/** The verb. The run folder's own files stay as they are. */
export async function dataset(options: FolderOptions & DatasetOptions, session: Session): Promise<void> {
  const { run, recipe: named, set, format } = options;
  const { progress, signal } = session;
  const paths = runPaths(run);
  requireStage(paths.distillReport, { before: "distill", now: "dataset", run });
  const recipe = await readRecipe(paths, { recipe: named, overrides: set }, defaultRecipeName);
  const report = (await readJsonFile(paths.distillReport)) as DistillReport; // written by distill
  const out = options.out ?? paths.dataset;
  progress.start("dataset");
  const files = await exportDataset({ paths, out, formats: format, systemPrompt: recipe.student.systemPrompt, signal });
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    await writeDatasetCard({
      paths: { markdown: join(folder, "README.md"), data: join(folder, basename(paths.datasetCardData)) },
      files: files.filter(({ path }) => dirname(path) === folder),
      importReport: paths.importReport,
      fallbackName: basename(run),
      recipe,
      report,
    });
  }
  progress.finish(`✓ dataset: ${files.length} files in ${out}`);
  for (const { path, rows } of files) session.print(rows === null ? path : `${rows} rows in ${path}`);
  session.print("each folder has its card in README.md");
  if (await hasNewReviews(paths, report))
    progress.line(
      `! ${paths.reviews} holds decisions that are not in these files: npx pocketreply distill --run ${run}`,
    );
  session.printJson({ files, out });
}
