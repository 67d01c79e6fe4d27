/** Looks after drafts that were made: one whose mail was answered elsewhere, or whose thread moved on, is taken back if nobody touched it. */
import { isReferred } from "./answer.ts";
import { draftId, isUntouched } from "./compose.ts";
import type { DraftEnd } from "./journal.ts";
import type { Watch } from "./settings.ts";

/** Takes back what is no longer wanted; what a person touched, sent or deleted is let go. */
export async function reviewDrafts(watch: Watch): Promise<void> {
  for (const { key, messageId } of watch.journalOf.openDrafts()) {
    watch.account.signal?.throwIfAborted();
    const end = await endOf(watch, messageId);
    if (end === null) continue;
    await watch.journalOf.append({ key, at: watch.time().toISOString(), draft: end });
    watch.tell({ kind: "draft", key, end });
  }
}

async function endOf(watch: Watch, messageId: string): Promise<DraftEnd | null> {
  const { client, folders } = watch;
  const draft = await findDraft(watch, draftId(watch.ownAddresses[0], messageId));
  if (draft === null) return "gone";
  if (!(await isUntouched(draft.source)) || draft.isFlagged) return "touched";
  if (!(await isOver(watch, messageId))) return null;
  const lock = await client.getMailboxLock(folders.drafts);
  try {
    await client.messageFlagsAdd(String(draft.uid), ["\\Deleted"], { uid: true });
    // Without UIDPLUS (RFC 4315) an expunge would also delete what the person only marked.
    if (client.capabilities.has("UIDPLUS")) await client.messageDelete(String(draft.uid), { uid: true });
  } finally {
    lock.release();
  }
  return "withdrawn";
}

async function findDraft({ client, folders }: Watch, id: string) {
  await client.mailboxOpen(folders.drafts, { readOnly: true });
  const found = (await client.search({ header: { "message-id": id }, deleted: false }, { uid: true })) || [];
  const uid = found.at(-1);
  if (uid === undefined) return null;
  const message = await client.fetchOne(String(uid), { source: true, flags: true }, { uid: true });
  const { source, flags } = message || {};
  return source === undefined ? null : { uid, source, isFlagged: flags?.has("\\Flagged") === true };
}

/** Whether the mail was answered, by a flag or by a sent mail, or a newer mail of its thread has come. */
async function isOver(watch: Watch, messageId: string): Promise<boolean> {
  const { client, folders } = watch;
  for (const sent of folders.sent) if (await isReferred(watch, sent, messageId)) return true;
  if (await isReferred(watch, "INBOX", messageId)) return true;
  const answered = await client.search({ header: { "message-id": `<${messageId}>` }, answered: true }, { uid: true });
  return (answered || []).length > 0;
}
