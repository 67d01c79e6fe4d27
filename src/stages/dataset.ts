/** The stage dataset: the accepted replies in the forms that other programs train from, each folder with its card. */
import { basename, dirname, join } from "node:path";
import {
  type DatasetFormat,
  type DistillReport,
  type ExportedDataset,
  exportDataset,
  writeDatasetCard,
} from "../distill/index.ts";
import { readJsonFile } from "../formats/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { hasNewReviews } from "./distill.ts";
import { readRecipe } from "./folder.ts";
import { type FolderOptions, fillSession, type Session } from "./session.ts";
import { requireStage } from "./stage.ts";

/** Writes the dataset in these formats to `out` (default: dataset/ in the run folder). The run folder's own files stay as they are. */
export async function datasetStage(
  options: FolderOptions & { format: readonly DatasetFormat[]; out?: string },
  session: Partial<Session> = {},
): Promise<{ files: readonly ExportedDataset[]; out: string; hasNewReviews: boolean }> {
  const { run, recipe: named, set = [], format } = options;
  const { progress, signal } = fillSession(session);
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
  return { files, out, hasNewReviews: await hasNewReviews(paths, report) };
}
