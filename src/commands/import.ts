/** `pocketreply import`: a mailbox in, cleaned mails out. */

import { runPaths } from "../run.ts";
import type { ImportReport } from "../sources/index.ts";
import { importStage, inRunFolder } from "../stages/index.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. */
export async function importMailbox(options: FolderOptions & { mail: string }, session: Session): Promise<void> {
  const report = await inRunFolder(options, session, (context) => importStage(context, options.mail), {
    makes: true,
    mail: options.mail,
  });
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
  if (report.pairs === 0)
    session.print("  none of it answers any other of it: bring the folder of sent mail too, or mail of a longer time");
  for (const { count, meaning, examples } of Object.values(report.skipped)) {
    session.print(`  ${number(count)} skipped: ${meaning} (${examples[0]}${count > 1 ? ", …" : ""})`);
  }
  for (const line of doubtLines(report)) session.print(`  ${line}`);
  session.print(`  what each filter did, or would do, with examples: ${filterReport}`);
  session.printJson(report);
}

/** What was kept, but not as it came. */
function doubtLines({ cut, formsDiffer, footersInDoubt, settings }: ImportReport): string[] {
  const lines: [number, string][] = [
    [cut, `kept, but cut at import.maxCharacters (${settings.maxCharacters})`],
    [formsDiffer, "kept by what people see: the plain text says something else than the HTML"],
    [
      footersInDoubt,
      "kept with words of a footer or a legal notice: something stands below them, or a person may speak",
    ],
  ];
  return lines.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString("en")} ${what}`);
}
