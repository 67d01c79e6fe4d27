/** `pocketreply import`: a mailbox in, cleaned mails out. */
import { existsSync } from "node:fs";
import { type ImportReport, importMail } from "../mail/index.ts";
import { runPaths } from "../run.ts";
import type { FolderOptions, Session } from "./session.ts";
import { inRunFolder, type StageContext } from "./stage.ts";

/** The verb. */
export async function importMailbox(options: FolderOptions & { mail: string }, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, (context) => importStage(context, options.mail));
  session.print(`${report.kept} mails in ${runPaths(options.run).emails}`);
  for (const { count, meaning, examples } of Object.values(report.skipped)) {
    session.print(`  ${count} skipped: ${meaning} (${examples[0]}${count > 1 ? ", …" : ""})`);
  }
  session.printJson(report);
}

/** Reads and cleans `mail`; whether it is complete, and of the same source, the room itself decides by import.json. */
export async function importStage({ folder, session }: StageContext, mail: string): Promise<ImportReport> {
  const { paths, recipe } = folder;
  const { progress, signal } = session;
  const wasComplete = existsSync(paths.importReport);
  signal.throwIfAborted();
  progress.start("import");
  const report = await importMail({
    source: mail,
    recipe: recipe.import,
    out: { emails: paths.emails, report: paths.importReport },
    signal,
    onProgress: ({ read, kept, done }) => {
      // How many there will be is only known from the share of the bytes that is read.
      const total = done > 0 ? Math.max(read, Math.round(read / done)) : undefined;
      progress.update({ done: read, total, unit: "messages", note: `${kept} kept` });
    },
  });
  progress.finish(`✓ import: ${describeImport(report)}${wasComplete ? " (already complete)" : ""}`);
  return report;
}

function describeImport({ read, kept, skipped, threads, damaged, source }: ImportReport): string {
  const skippedCount = Object.values(skipped).reduce((sum, { count }) => sum + count, 0);
  const parts = [`${kept} of ${read} messages of ${source} kept`, `${skippedCount} skipped`, `${threads} threads`];
  if (damaged !== null) parts.push(`the file is damaged: ${damaged}`);
  return parts.join(", ");
}
