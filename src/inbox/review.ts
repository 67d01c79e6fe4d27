/** Looks after drafts that were made: one whose mail was answered elsewhere, or whose thread moved on, is taken back if nobody touched it. */
import { draftId, isUntouched } from "./compose.ts";
import type { DraftEnd } from "./journal.ts";
import { daysBefore, findMessage, isAnswered, isReferred, removeDraft } from "./search.ts";
import type { Watch } from "./settings.ts";

/** Takes back what is no longer wanted; what a person touched, sent or deleted is let go. */
export async function reviewDrafts(watch: Watch): Promise<void> {
  for (const { key, messageId, at } of watch.journalOf.openDrafts()) {
    watch.account.signal?.throwIfAborted();
    const since = daysBefore(new Date(at), watch.settings.days + 1);
    const end = await endOf(watch, { messageId, since });
    if (end === null) continue;
    await watch.journalOf.append({ key, at: watch.time().toISOString(), draft: end });
    watch.tell({ kind: "draft", key, end });
  }
}

async function endOf(watch: Watch, mail: { messageId: string; since: Date }): Promise<DraftEnd | null> {
  const draft = await findDraft(watch, draftId(watch.ownAddresses[0], mail.messageId));
  if (draft === null) return "gone";
  if (!(await isUntouched(draft.source)) || draft.isFlagged) return "touched";
  if (!(await isOver(watch, mail))) return null;
  await removeDraft(watch, draft.uid);
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
async function isOver(watch: Watch, mail: { messageId: string; since: Date }): Promise<boolean> {
  for (const sent of watch.folders.sent) if (await isReferred(watch, sent, mail)) return true;
  return (await isReferred(watch, "INBOX", mail)) || (await isAnswered(watch, mail.messageId));
}
