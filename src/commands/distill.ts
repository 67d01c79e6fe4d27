/** `pocketreply distill`: mail in, accepted replies out. */
import { type DistillReport, distillEmails } from "../distill/index.ts";
import { runPaths } from "../run.ts";
import type { FolderOptions, Session } from "./session.ts";
import { inRunFolder, requireStage, type StageContext } from "./stage.ts";

/** The verb. */
export async function distill(options: FolderOptions, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, distillStage);
  const { replies, rejected, preferences } = runPaths(options.run);
  session.print(`${report.accepted} rows in ${replies}`);
  session.print(`${report.rejected} rows in ${rejected}`);
  session.print(`${report.preferences} rows in ${preferences}`);
  session.printJson(report);
}

/** Writes, judges and refines until every mail is accepted or rejected; whether it is complete the room itself decides, by distill.json. */
export async function distillStage({ folder, session }: StageContext): Promise<DistillReport> {
  const { paths, recipe } = folder;
  const { progress, signal } = session;
  const example = `npx pocketreply import --mail PATH --run ${paths.folder}`;
  requireStage(paths.importReport, { before: "import", now: "distill", run: paths.folder, example });
  signal.throwIfAborted();
  progress.start("distill");
  const report = await distillEmails({
    emails: paths.emails,
    paths: { ...paths, report: paths.distillReport },
    recipe,
    signal,
    onProgress: ({ done, total, accepted, rejected, calls, retries }) => {
      const parts = [`${accepted} accepted`, `${rejected} rejected`, `${calls} calls`];
      if (retries > 0) parts.push(`${retries} retries`);
      progress.update({ done, total, unit: "mails", note: parts.join(", ") });
    },
  });
  progress.finish(`✓ distill: ${describeDistillation(report)}`);
  return report;
}

function describeDistillation({ accepted, rejected, calls, teacher, emails }: DistillReport): string {
  const total = calls.generate + calls.judge + calls.refine;
  return `${accepted} of ${emails.sampled} replies accepted, ${rejected} rejected, ${total} calls, teacher: ${teacher.label}`;
}
