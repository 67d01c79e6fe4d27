/** Writing a run's files for other programs: what is there already is kept, and what was cut is made again. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { DistillReport } from "../distill/index.ts";
import { UserError } from "../errors.ts";
import {
  type ExportedFile,
  type ExportFormat,
  estimateExport,
  exportModel,
  isPruned,
  isWeighed,
  requirePrunable,
  requireSpace,
} from "../export/index.ts";
import { readJsonFile, writeJsonFile } from "../formats/index.ts";
import { digestOfFolder, readLlamaConfig } from "../model/index.ts";
import type { RunPaths } from "../run.ts";
import type { TrainReport } from "../train/index.ts";
import { type BaseOrigin, findBase, findLicense, readOrigin } from "./base.ts";
import { type BestCheckpoint, readBest } from "./best.ts";
import type { ParityReport } from "./format-report.ts";
import { findImportance } from "./importance.ts";
import { makePruned } from "./pruned.ts";
import type { StageContext } from "./stage.ts";

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

/** files.json: what lies in the folder, and which size of vocabulary and how many mails' importance were asked for. */
type Manifest = Pick<ExportReport, "of" | "files"> & {
  readonly prune?: number;
  readonly importanceMails?: number | null;
};

/** Writes the formats that are not yet there. files.json in the folder says which are, and what they were made of. */
async function exportOnce(
  context: StageContext,
  options: { of: BestCheckpoint | null; out: string; formats: readonly ExportFormat[] },
): Promise<ExportReport> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  const { of, out, formats } = options;
  const manifest = join(out, "files.json");
  const before = existsSync(manifest) ? ((await readJsonFile(manifest)) as Manifest) : undefined; // written below
  const same = JSON.stringify(before?.of) === JSON.stringify(of);
  const prune = of === null ? undefined : (recipe.export.prune ?? undefined); // the base is exported to be compared with
  if (prune !== undefined) requirePrunable(formats);
  const isSized = before?.prune === prune;
  const importanceMails = of === null ? 0 : recipe.export.importanceMails;
  const { importanceMails: earlierMails = 0 } = before ?? {};
  const isAlike = earlierMails === importanceMails;
  const isThere = ({ path, format }: ExportedFile) =>
    (isSized || !isPruned(format)) && (isAlike || !isWeighed(format)) && existsSync(join(paths.folder, path));
  let files = same ? before!.files.filter(isThere) : [];
  const missing = formats.filter((format) => !files.some((file) => file.format === format));
  const origin = (await readOrigin(paths)) ?? undefined;
  if (missing.length === 0) return reportOf(of, formats, files, origin);
  const base = await findBase(recipe.base, paths, session);
  await requireSameBase(paths.trainReport, base);
  const checkpoint = of === null ? null : join(paths.folder, of.checkpoint);
  await requireSpace(out, await estimateExport({ base, checkpoint, formats: missing }));
  const license = await findLicense(base, paths);
  const pruned = prune === undefined ? null : await makePruned(context, base, !isSized);
  const merged = missing.length > 1 ? new Map<string, Float32Array>() : undefined;
  const importance =
    checkpoint !== null && missing.some(isWeighed)
      ? await findImportance({
          ...{ paths, recipe, base, checkpoint, merged },
          onProgress(part) {
            session.signal.throwIfAborted();
            const note = "how much each column matters";
            session.progress.update({ done: Math.round(100 * part), total: 100, unit: "% of the layers", note });
          },
        })
      : null;
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
      pruned: isPruned(format) ? pruned : null,
      ...{ importance, merged },
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
    await writeJsonFile(manifest, {
      ...{ of, ...(prune !== undefined && { prune }), ...(importanceMails !== 0 && { importanceMails }), files },
    } satisfies Manifest);
  }
  if (failures.length > 0) throw new UserError(failures.map(({ message }) => message).join("\n"));
  return reportOf(of, formats, files, origin);
}

/** Whether the run's replies were learnt with steering lines in the prompts. */
async function isSteeredRun({ distillReport }: RunPaths): Promise<boolean> {
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
