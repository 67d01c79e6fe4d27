/** `pocketreply import`: a mailbox in, cleaned mails out. */
import { existsSync } from "node:fs";
import { runPaths } from "../run.ts";
import { type ImportReport, importMail } from "../sources/index.ts";
import type { FolderOptions, Session } from "../stages/index.ts";
import { inRunFolder, type StageContext } from "../stages/index.ts";

/** The verb. */
export async function importMailbox(options: FolderOptions & { mail: string }, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, (context) => importStage(context, options.mail));
  const { emails, pairs, filterReport } = runPaths(options.run);
  const number = (value: number) => value.toLocaleString("en");
  session.print(`${number(report.kept)} mails in ${emails}`);
  if (report.notSampled > 0) session.print(`  ${number(report.notSampled)} usable mails left out by import.sample`);
  if (report.owner.mails > 0) {
    const known = report.owner.from === "sent" ? ", found from the sent mail" : "";
    session.print(
      `  ${number(report.owner.mails)} written by the mailbox's owner (${report.owner.addresses.join(", ")}${known}): not given to the teacher`,
    );
  }
  if (report.pairs !== null) session.print(`${number(report.pairs)} real replies, each with its mail, in ${pairs}`);
  for (const { count, meaning, examples } of Object.values(report.skipped)) {
    session.print(`  ${number(count)} skipped: ${meaning} (${examples[0]}${count > 1 ? ", …" : ""})`);
  }
  session.print(`  what each filter did, or would do, with examples: ${filterReport}`);
  session.printJson(report);
}

/** Reads and cleans `mail`; whether it is complete, and of the same source, the room itself decides by import.json. */
export async function importStage({ folder, session }: StageContext, mail: string): Promise<ImportReport> {
  const { paths, recipe } = folder;
  const { progress, signal } = session;
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
