/** Looking for messages by their ids, in a folder opened read-only. */
import type { SearchObject } from "imapflow";
import type { Watch } from "./settings.ts";

/** The UIDs of the messages of a folder with this Message-ID, deleted ones left out. */
export function findMessage(watch: Watch, folder: string, messageId: string): Promise<number[]> {
  return search(watch, folder, { header: { "message-id": messageId }, deleted: false });
}

/** Whether a message of a folder names another as the one it answers. */
export async function isReferred(watch: Watch, folder: string, messageId: string): Promise<boolean> {
  const id = `<${messageId}>`;
  const names: SearchObject[] = [{ header: { "in-reply-to": id } }, { header: { references: id } }];
  return (await search(watch, folder, { or: names, deleted: false })).length > 0;
}

/** Whether a mail of INBOX bears the flag of an answered one. */
export async function isAnswered(watch: Watch, messageId: string): Promise<boolean> {
  const query = { header: { "message-id": `<${messageId}>` }, answered: true };
  return (await search(watch, "INBOX", query)).length > 0;
}

async function search({ client }: Watch, folder: string, query: SearchObject): Promise<number[]> {
  await client.mailboxOpen(folder, { readOnly: true });
  return (await client.search(query, { uid: true })) || [];
}
