/** The stage redact: what of a mail would leave this machine, and what its placeholders stand for. Sends nothing, writes nothing. */
import { existsSync } from "node:fs";
import { pasteable, UserError } from "../errors.ts";
import { readJsonl } from "../formats/index.ts";
import { type Email, renderEmail } from "../mail/index.ts";
import { createRandom } from "../random.ts";
import { collectNames, createRedactor, PLACEHOLDER_KINDS, type RedactedEmail } from "../redact/index.ts";
import { runPaths } from "../run.ts";
import { fillSession, type Session } from "./session.ts";

/** A mail as it would be sent; the people of the run folder's mails, where one is named, are known by name. */
export async function redactMail(email: Email, run?: string): Promise<RedactedEmail> {
  const people = run === undefined ? [] : await collectNames(readEmails(run));
  return createRedactor({ people }).redactEmail(email);
}

/** What stands in the mails of a run folder, and some of them as they would be sent. */
export interface RedactedRun {
  readonly mails: number;
  /** By kind of placeholder: how many, and in how many mails. */
  readonly kinds: Readonly<Record<string, { readonly placeholders: number; readonly mails: number }>>;
  readonly shown: readonly { readonly source: string; readonly redacted: RedactedEmail }[];
}

/** Counts over a run folder's mails, with `show` of them drawn at random, the same each time. */
export async function redactStage(
  { run, show = 0 }: { run: string; show?: number },
  session: Partial<Session> = {},
): Promise<RedactedRun> {
  const { progress, signal } = fillSession(session);
  const redactor = createRedactor({ people: await collectNames(readEmails(run)) });
  const counts = new Map(PLACEHOLDER_KINDS.map((kind) => [kind as string, { placeholders: 0, mails: 0 }]));
  const sample = createSample<RedactedRun["shown"][number]>(show);
  let mails = 0;
  progress.start("redact");
  for await (const email of readEmails(run)) {
    signal.throwIfAborted();
    mails++;
    const redacted = redactor.redactEmail(email);
    const kinds = sentPlaceholders(redacted).map((name) => name.slice(1, name.lastIndexOf("_")));
    for (const kind of kinds) counts.get(kind)!.placeholders++;
    for (const kind of new Set(kinds)) counts.get(kind)!.mails++;
    sample.offer({ source: email.source, redacted });
    progress.update({ done: mails, unit: "mails" });
  }
  progress.finish(`✓ redact: ${mails} mails looked at, nothing sent, nothing written`);
  return { mails, kinds: Object.fromEntries(counts), shown: sample.items };
}

/** The placeholders that stand in what is sent: the recipients are not. */
export function sentPlaceholders({ email, table: values }: Pick<RedactedEmail, "email" | "table">): string[] {
  const text = renderEmail(email);
  return [...values.keys()].filter((name) => text.includes(name));
}

/** A random sample of fixed size (Vitter's algorithm R), the same each time. */
function createSample<T>(size: number) {
  const items: T[] = [];
  const random = createRandom("redact");
  let seen = 0;
  return {
    items,
    offer(item: T) {
      seen++;
      const place = items.length < size ? items.length : random.integer(seen);
      if (place < size) items[place] = item;
    },
  };
}

async function* readEmails(run: string): AsyncGenerator<Email> {
  const path = runPaths(run).emails;
  if (!existsSync(path)) {
    throw new UserError(
      `${path} is not there yet. Import mail first: npx pocketreply import --mail PATH --run ${pasteable(run)}`,
    );
  }
  for await (const { value } of readJsonl(path)) yield value as Email; // written by import
}
