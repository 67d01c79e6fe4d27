/** The people of a run's mailbox: the name of any correspondent may occur in any mail, so redaction knows them all. */
import { existsSync } from "node:fs";
import { readAllEmails } from "../distill/index.ts";
import { readJsonl } from "../formats/index.ts";
import type { Email } from "../mail/index.ts";
import type { RunPaths } from "../run.ts";

/** Every mail of the mailbox; where emails.jsonl is gone, those of the dataset. */
export async function* readMailbox({ emails, replies }: RunPaths): AsyncGenerator<Email> {
  if (existsSync(emails)) yield* readAllEmails(emails);
  else for await (const { value } of readJsonl(replies)) yield (value as { email: Email }).email; // checked by `pickReplies`
}
