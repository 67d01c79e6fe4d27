/** Looks after drafts that were made: one whose mail was answered elsewhere, or whose thread moved on, is taken back if nobody touched it. */
import { draftId, isUntouched } from "./compose.ts";
import type { DraftEnd } from "./journal.ts";
import { findMessage, isAnswered, isReferred } from "./search.ts";
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
    const uid = String(draft.uid);
    // Without UIDPLUS (RFC 4315) an expunge would also delete what the person only marked.
    if (client.capabilities.has("UIDPLUS")) await client.messageDelete(uid, { uid: true });
    else await client.messageFlagsAdd(uid, ["\\Deleted"], { uid: true });
  } finally {
    lock.release();
  }
  return "withdrawn";
}

async function findDraft(watch: Watch, id: string) {
  const uid = (await findMessage(watch, watch.folders.drafts, id)).at(-1);
  if (uid === undefined) return null;
  const message = await watch.client.fetchOne(String(uid), { source: true, flags: true }, { uid: true });
  const { source, flags } = message || {};
  return source === undefined ? null : { uid, source, isFlagged: flags?.has("\\Flagged") === true };
}

/** Whether the mail was answered, by a flag or by a sent mail, or a newer mail of its thread has come. */
async function isOver(watch: Watch, messageId: string): Promise<boolean> {
  for (const sent of watch.folders.sent) if (await isReferred(watch, sent, messageId)) return true;
  return (await isReferred(watch, "INBOX", messageId)) || (await isAnswered(watch, messageId));
}
