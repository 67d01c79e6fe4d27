/** The stage export: base and best checkpoint in, files for other programs out. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { DistillReport } from "../distill/index.ts";
import { UserError } from "../errors.ts";
import { type ExportedFile, type ExportFormat, estimateExport, exportModel, requireSpace } from "../export/index.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import { digestOfFolder, readLlamaConfig } from "../model/index.ts";
import { formatBytes } from "../progress.ts";
import type { RunPaths } from "../run.ts";
import type { TrainReport } from "../train/index.ts";
import { type BaseOrigin, findBase, findLicense, readOrigin } from "./base.ts";
import { checkFormats } from "./format-check.ts";
import type { ParityReport } from "./format-report.ts";
import { requireStage, type StageContext, stageReport } from "./stage.ts";
import { type BestCheckpoint, readBest } from "./train.ts";

/** export.json: what lies in export/, and which checkpoint it was made of. */
export interface ExportReport {
  /** The checkpoint and its loss tell one training from another; null for the base as it is. */
  readonly of: BestCheckpoint | null;
  /** Where a base from the hub came from; its licence holds for these files too. */
  readonly base?: BaseOrigin;
  /** Paths are relative to the run folder. */
  readonly files: readonly ExportedFile[];
  /** How the files that can be run here compare with the trainer. */
  readonly parity?: ParityReport | null;
  /** Why they were not compared. */
  readonly notCompared?: string;
}

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

/** The best checkpoint in `formats`, in export/; what is there already is kept. */
export async function exportBest(context: StageContext, formats: readonly ExportFormat[]): Promise<ExportReport> {
  const { paths } = context.folder;
  return exportOnce(context, { of: await readBest(paths), out: paths.exportFolder, formats });
}

/** The base as it is in `formats`, in base-export/; what is there already is kept. */
export async function exportBase(context: StageContext, formats: readonly ExportFormat[]): Promise<ExportReport> {
  return exportOnce(context, { of: null, out: context.folder.paths.baseExport, formats });
}

/** Throws UserError where the base's weights are not those that were trained: an adapter would be merged into another model. */
async function requireSameBase(trainReport: string, base: string): Promise<void> {
  if (!existsSync(trainReport)) return;
  const { baseDigest } = (await readJsonFile(trainReport)) as Partial<TrainReport>; // written by train; older ones have no digest
  if (baseDigest === undefined || baseDigest === (await digestOfFolder(base, await readLlamaConfig(base)))) return;
  throw new UserError(
    `The weights in ${base} are not those that the run was trained on (${trainReport} has their digest). Put the base back as it was, or train again in another folder with --run.`,
  );
}

/** Writes the formats that are not yet there. files.json in the folder says which are, and what they were made of. */
async function exportOnce(
  { folder, session }: StageContext,
  options: { of: BestCheckpoint | null; out: string; formats: readonly ExportFormat[] },
): Promise<ExportReport> {
  const { paths, recipe } = folder;
  const { of, out, formats } = options;
  const manifest = join(out, "files.json");
  const before = existsSync(manifest) ? ((await readJsonFile(manifest)) as ExportReport) : undefined; // written below
  const same = JSON.stringify(before?.of) === JSON.stringify(of);
  let files = same ? before!.files.filter(({ path }) => existsSync(join(paths.folder, path))) : [];
  const missing = formats.filter((format) => !files.some((file) => file.format === format));
  const origin = (await readOrigin(paths)) ?? undefined;
  if (missing.length === 0) return reportOf(of, formats, files, origin);
  const base = await findBase(recipe.base, paths, session);
  await requireSameBase(paths.trainReport, base);
  const checkpoint = of === null ? null : join(paths.folder, of.checkpoint);
  await requireSpace(out, await estimateExport({ base, checkpoint, formats: missing }));
  const license = await findLicense(base, paths);
  const failures: UserError[] = [];
  for (const [index, format] of missing.entries()) {
    session.signal.throwIfAborted();
    session.progress.update({ done: index, total: missing.length, unit: "files", note: format });
    const written = await exportModel({
      base,
      baseName: origin?.name,
      checkpoint,
      out,
      formats: [format],
      pteTemplates: recipe.export.pteTemplates,
      metadata: {
        name: of === null ? "pocketreply base" : `pocketreply ${recipe.name}`,
        ...recipe.student,
        license,
        isSteered: of !== null && (await isSteeredRun(paths)),
      },
    }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      failures.push(new UserError(`${format}: ${error.message}`));
      return [];
    });
    files = [...files, ...written.map((file) => ({ ...file, path: relative(paths.folder, file.path) }))];
    await writeJsonFile(manifest, { of, files } satisfies ExportReport);
  }
  if (failures.length > 0) throw new UserError(failures.map(({ message }) => message).join("\n"));
  return reportOf(of, formats, files, origin);
}

/** Whether the run's replies were learnt with steering lines in the prompts. */
export async function isSteeredRun({ distillReport }: RunPaths): Promise<boolean> {
  if (!existsSync(distillReport)) return false;
  const { steered = 0 } = (await readJsonFile(distillReport)) as DistillReport; // written by distill
  return steered > 0;
}

/** The files of the formats that were asked for, in that order. */
function reportOf(
  of: BestCheckpoint | null,
  formats: readonly ExportFormat[],
  files: readonly ExportedFile[],
  base: BaseOrigin | undefined,
): ExportReport {
  return { of, ...(base && { base }), files: formats.map((format) => files.find((file) => file.format === format)!) };
}
