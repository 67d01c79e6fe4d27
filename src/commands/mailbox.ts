/** The mail of a run folder, for its people: whoever writes in the mailbox may be named in any of its mails. */
import { existsSync } from "node:fs";
import { readJsonl } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import type { RunPaths } from "../run.ts";

/** Every mail of the mailbox; where emails.jsonl is gone, those of the dataset. */
export async function* readMailbox({ emails, replies }: RunPaths): AsyncGenerator<Email> {
  if (existsSync(emails)) for await (const { value } of readJsonl(emails)) yield value as Email;
  else for await (const { value } of readJsonl(replies)) yield (value as { email: Email }).email; // both written by earlier stages
}
