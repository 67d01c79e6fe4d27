/** The stage export: base and best checkpoint in, files for other programs out. */
import { join } from "node:path";
import type { ExportFormat } from "../export/index.ts";
import { writeJsonFile } from "../formats/index.ts";
import { formatBytes } from "../progress.ts";
import { type ExportReport, exportBest } from "./export-files.ts";
import { checkFormats } from "./format-check.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";

/** Writes what the recipe's `export.formats` names; complete when export.json is there. */
export async function exportStage(context: StageContext): Promise<ExportReport> {
  const { folder, session } = context;
  const { paths } = folder;
  requireStage(paths.trainReport, { before: "train", now: "export", run: paths.folder });
  return stageReport({
    session,
    name: "export",
    path: paths.exportReport,
    describe: ({ files }) => files.map(({ format, sizeBytes }) => `${format} ${formatBytes(sizeBytes)}`).join(", "),
    work: async () => {
      const exported = await exportBest(context, chooseFormats(context));
      session.progress.update({ done: 0, total: 1, unit: "checks", note: "comparing with the trainer" });
      const checkpoint = exported.of === null ? null : join(paths.folder, exported.of.checkpoint);
      const report = { ...exported, ...(await checkFormats(context, { files: exported.files, checkpoint })) };
      await writeJsonFile(paths.exportReport, report);
      return report;
    },
  });
}

/** The formats that the recipe names; full-parameter training leaves no adapter to write. */
function chooseFormats({ folder, session }: StageContext): readonly ExportFormat[] {
  const { formats } = folder.recipe.export;
  if (folder.recipe.train.method === "lora" || !formats.some((format) => format.startsWith("adapter"))) return formats;
  session.progress.line("export: no adapter is written, because train.method is full: the whole model was trained.");
  return formats.filter((format) => !format.startsWith("adapter"));
}
