/** `pocketreply redact`: what of a mail would leave this machine, and what its placeholders stand for. Sends nothing. */
import { type Email, readOneMail, renderEmail } from "../mail/index.ts";
import type { RedactedEmail } from "../redact/index.ts";
import { redactMail, redactStage, sentPlaceholders } from "../stages/index.ts";
import { table } from "./layout.ts";
import { readMailInput } from "./mail-input.ts";
import type { RedactOptions } from "./options.ts";
import type { Session } from "./session.ts";

/** The verb: one mail from FILE or standard input, or with `--run` and no FILE all mails of a run folder in figures. */
export async function redact(options: RedactOptions & { file?: string }, session: Session): Promise<void> {
  const { file, run, show } = options;
  if (file === undefined && run !== undefined) return showFolder({ run, show }, session);
  const redacted = await redactMail(await readMail(file), run);
  session.print(describe(redacted));
  session.printJson({ text: renderEmail(redacted.email), placeholders: Object.fromEntries(redacted.table) });
}

async function showFolder(options: { run: string; show?: number }, session: Session): Promise<void> {
  const { mails, kinds, shown } = await redactStage(options, session);
  for (const { source, redacted } of shown) session.print(`${source}\n${describe(redacted)}\n`);
  const rows = Object.entries(kinds).map(([kind, { placeholders, mails: inMails }]) => [
    kind,
    String(placeholders),
    String(inMails),
  ]);
  session.print(table(["kind", "placeholders", "mails"], rows));
  session.printJson({ mails, kinds });
}

/** The text that would be sent, then each placeholder with what it stands for. */
function describe({ email, table: values }: RedactedEmail): string {
  const names = sentPlaceholders({ email, table: values });
  const width = Math.max(0, ...names.map((name) => name.length));
  const indent = "\n".padEnd(width + 5);
  const lines = names.map((name) => `- ${name.padEnd(width)}  ${values.get(name)!.replaceAll("\n", indent)}`);
  const legend = lines.length > 0 ? `\nstays here:\n${lines.join("\n")}` : "\nNothing in it is replaced.";
  return `${renderEmail(email).replace(/^/gm, "+ ")}\n${legend}`;
}

async function readMail(file: string | undefined): Promise<Email> {
  const { bytes, name } = await readMailInput(file);
  const mail = await readOneMail(bytes, name);
  return { ...mail, id: "", threadId: "", messageId: null, inReplyTo: null, date: null, answers: null, source: name };
}
