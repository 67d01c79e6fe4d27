/** Looking for messages by their ids, in a folder opened read-only; and the one thing that is ever taken away, a draft of ours. */
import type { SearchObject } from "imapflow";
import { searchUids } from "../sources/index.ts";
import type { Watch } from "./settings.ts";

/** The UIDs of the messages of a folder with this Message-ID, deleted ones left out. */
export function findMessage(watch: Watch, folder: string, messageId: string): Promise<number[]> {
  return search(watch, folder, { header: { "message-id": messageId }, deleted: false });
}

/** Whether a message of a folder names another as the one it answers; `since` spares a server the headers of all that came before. */
export async function isReferred(
  watch: Watch,
  folder: string,
  { messageId, since }: { messageId: string; since?: Date },
): Promise<boolean> {
  const id = `<${messageId}>`;
  const names: SearchObject[] = [{ header: { "in-reply-to": id } }, { header: { references: id } }];
  return (await search(watch, folder, { or: names, since, deleted: false })).length > 0;
}

/** The moment some days before another. */
export function daysBefore(moment: Date, days: number): Date {
  return new Date(moment.getTime() - days * 86_400_000);
}

/** Takes a draft of ours out of the folder of drafts. */
export async function removeDraft({ client, folders }: Watch, uid: number): Promise<void> {
  const lock = await client.getMailboxLock(folders.drafts);
  try {
    // Without UIDPLUS (RFC 4315) an expunge would also delete what the person only marked.
    if (client.capabilities.has("UIDPLUS")) await client.messageDelete(`${uid}`, { uid: true });
    else await client.messageFlagsAdd(`${uid}`, ["\\Deleted"], { uid: true });
  } finally {
    lock.release();
  }
}

/** Whether a mail of INBOX bears the flag of an answered one. */
export async function isAnswered(watch: Watch, messageId: string): Promise<boolean> {
  const query = { header: { "message-id": `<${messageId}>` }, answered: true };
  return (await search(watch, "INBOX", query)).length > 0;
}

async function search({ client }: Watch, folder: string, query: SearchObject): Promise<number[]> {
  await client.mailboxOpen(folder, { readOnly: true });
  return searchUids(client, query);
}
