/** The stage import: a mailbox in, cleaned mails out. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { readJsonFile } from "../formats/index.ts";
import { type ImportReport, importMail } from "../sources/index.ts";
import type { StageContext } from "./stage.ts";

/**
 * Reads and cleans `mail`; whether it is complete, and of the same source, the room itself decides by import.json. Where no mail is
 * named the import that is there stands. Throws UserError where there is none.
 */
export async function importStage({ folder, session }: StageContext, mail: string | undefined): Promise<ImportReport> {
  const { paths, recipe } = folder;
  const { progress, signal } = session;
  if (mail === undefined) {
    if (!existsSync(paths.importReport))
      throw new UserError(`${paths.folder} holds no imported mail yet. Name the mail: --mail PATH`);
    const report = (await readJsonFile(paths.importReport)) as ImportReport; // written by import
    progress.finish(`✓ import: ${describeImport(report)} (already complete)`);
    return report;
  }
  const wasComplete = existsSync(paths.importReport);
  signal.throwIfAborted();
  let shown: "fetch" | "import" = "import";
  const show = (name: "fetch" | "import") => {
    if (shown !== name) progress.start(name);
    shown = name;
  };
  progress.start("import");
  const report = await importMail({
    source: mail,
    recipe: recipe.import,
    seed: recipe.seed,
    out: {
      emails: paths.emails,
      report: paths.importReport,
      filters: paths.filterReport,
      pairs: paths.pairs,
      fetched: paths.fetched,
    },
    signal,
    onFetch: (state) => {
      show("fetch");
      progress.update(state);
    },
    onProgress: ({ read, kept, done }) => {
      show("import");
      // How many there will be is only known from the share of the bytes that is read.
      const total = done > 0 ? Math.max(read, Math.round(read / done)) : undefined;
      progress.update({ done: read, total, unit: "messages", note: `${kept} kept` });
    },
  });
  progress.finish(`✓ import: ${describeImport(report)}${wasComplete ? " (already complete)" : ""}`);
  return report;
}

function describeImport({ read, kept, skipped, notSampled, threads, pairs, damaged, source }: ImportReport): string {
  const skippedCount = Object.values(skipped).reduce((sum, { count }) => sum + count, 0);
  const parts = [`${kept} of ${read} messages of ${source} kept`, `${skippedCount} skipped`, `${threads} threads`];
  if (notSampled > 0) parts.push(`${notSampled} not in the sample`);
  if (pairs) parts.push(`${pairs} real replies`);
  if (damaged !== null) parts.push(`the file is damaged: ${damaged}`);
  return parts.join(", ");
}
