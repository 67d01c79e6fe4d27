/** `pocketreply redact`: what of a mail would leave this machine, and what its placeholders stand for. Sends nothing. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { readJsonl } from "../formats/index.ts";
import { type Email, readOneMail, renderEmail } from "../mail/index.ts";
import { createRandom } from "../random.ts";
import { collectNames, createRedactor, PLACEHOLDER_KINDS, type RedactedEmail } from "../redact/index.ts";
import { runPaths } from "../run.ts";
import type { Session } from "../stages/index.ts";
import { table } from "../stages/index.ts";
import { readMailInput } from "./mail-input.ts";
import type { RedactOptions } from "./options.ts";

/** The verb: one mail from FILE or standard input, or with `--run` and no FILE all mails of a run folder in figures. */
export async function redact(options: RedactOptions & { file?: string }, session: Session): Promise<void> {
  if (options.file === undefined && options.run !== undefined)
    return redactFolder({ ...options, run: options.run }, session);
  const people = options.run === undefined ? [] : await collectNames(readEmails(options.run));
  const redacted = createRedactor({ people }).redactEmail(await readMail(options.file));
  session.print(describe(redacted));
  session.printJson({ text: renderEmail(redacted.email), placeholders: Object.fromEntries(redacted.table) });
}

/** Counts over a run folder's mails, and some of them as they would be sent. */
async function redactFolder({ run, show }: RedactOptions & { run: string }, session: Session): Promise<void> {
  const redactor = createRedactor({ people: await collectNames(readEmails(run)) });
  const counts = new Map(PLACEHOLDER_KINDS.map((kind) => [kind as string, { placeholders: 0, mails: 0 }]));
  const shown = createSample(show ?? 0);
  let mails = 0;
  session.progress.start("redact");
  for await (const email of readEmails(run)) {
    session.signal.throwIfAborted();
    mails++;
    const redacted = redactor.redactEmail(email);
    const kinds = sentPlaceholders(redacted).map((name) => name.slice(1, name.lastIndexOf("_")));
    for (const kind of kinds) counts.get(kind)!.placeholders++;
    for (const kind of new Set(kinds)) counts.get(kind)!.mails++;
    shown.offer(() => `${email.source}\n${describe(redacted)}`);
    session.progress.update({ done: mails, unit: "mails" });
  }
  session.progress.finish(`✓ redact: ${mails} mails looked at, nothing sent, nothing written`);
  for (const text of shown.texts) session.print(`${text}\n`);
  const rows = [...counts].map(([kind, { placeholders, mails: inMails }]) => [
    kind,
    String(placeholders),
    String(inMails),
  ]);
  session.print(table(["kind", "placeholders", "mails"], rows));
  session.printJson({ mails, kinds: Object.fromEntries(counts) });
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

/** The placeholders that stand in what is sent: the recipients are not. */
function sentPlaceholders({ email, table: values }: Pick<RedactedEmail, "email" | "table">): string[] {
  const text = renderEmail(email);
  return [...values.keys()].filter((name) => text.includes(name));
}

/** A random sample of fixed size (Vitter's algorithm R), the same each time. */
function createSample(size: number) {
  const texts: string[] = [];
  const random = createRandom("redact");
  let seen = 0;
  return {
    texts,
    offer(make: () => string) {
      seen++;
      const place = texts.length < size ? texts.length : random.integer(seen);
      if (place < size) texts[place] = make();
    },
  };
}

async function* readEmails(run: string): AsyncGenerator<Email> {
  const path = runPaths(run).emails;
  if (!existsSync(path)) {
    throw new UserError(`${path} is not there yet. Import mail first: npx pocketreply import --mail PATH --run ${run}`);
  }
  for await (const { value } of readJsonl(path)) yield value as Email; // written by import
}

async function readMail(file: string | undefined): Promise<Email> {
  const { bytes, name } = await readMailInput(file);
  const mail = await readOneMail(bytes, name);
  return { ...mail, id: "", threadId: "", messageId: null, inReplyTo: null, date: null, answers: null, source: name };
}
