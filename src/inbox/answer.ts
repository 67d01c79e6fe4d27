/** One look at INBOX: every mail that is new gets a decision, and a draft where it wants an answer and has none. */
import type { MailboxObject } from "imapflow";
import { UserError } from "../errors.ts";
import { ownWords, type ParsedMail, parseMail } from "../mail/index.ts";
import type { AssistantMail, Draft } from "../reply/portable.ts";
import { searchUids } from "../sources/index.ts";
import { composeDraft, draftId } from "./compose.ts";
import { mailKey, type Outcome } from "./journal.ts";
import { recipientsOf } from "./recipients.ts";
import { daysBefore, findMessage, isReferred, removeDraft } from "./search.ts";
import type { Watch } from "./settings.ts";

const BATCH = 200;

/** What the list of a folder says of a message. */
interface Listed {
  readonly uid: number;
  readonly key: string;
  readonly size: number;
  readonly isAnswered: boolean;
}

/** INBOX as it was opened: another value says that mail has come, or gone, since. */
export const stateOf = ({ uidValidity, uidNext, exists }: MailboxObject): string =>
  `${uidValidity} ${uidNext} ${exists}`;

/** Deals with every mail of the last days that the journal does not know, the newest first; returns the state of INBOX that it looked at. */
export async function answerNew(watch: Watch): Promise<string> {
  const { account, folders } = watch;
  const inbox = await watch.client.mailboxOpen("INBOX", { readOnly: true });
  const looked = stateOf(inbox);
  for await (const one of listNew(watch, inbox)) {
    account.signal?.throwIfAborted();
    const { outcome, reason = null, messageId = null } = await deal(watch, one);
    const at = watch.time().toISOString();
    if (outcome === "refused") {
      watch.tell({
        kind: "connection",
        message: `${folders.drafts} takes no draft now: ${reason}. It is tried again later.`,
      });
      return looked; // a full or read-only folder is no matter of this mail
    }
    await watch.journalOf.append({ key: one.key, at, outcome, reason, messageId });
    watch.tell({ kind: "mail", uid: one.uid, outcome, reason });
  }
  return looked;
}

/** What is new, a batch at a time: the newest are answered before the oldest of a large mailbox are looked at. */
async function* listNew(
  { client, account, settings, journalOf, time }: Watch,
  { uidValidity, exists }: MailboxObject,
): AsyncGenerator<Listed, void> {
  if (exists === 0) return;
  const since = daysBefore(time(), settings.days);
  const found = await searchUids(client, { since, deleted: false, draft: false });
  const keyOf = (uid: number) => mailKey(`${account.address.user}@${account.address.host}`, "INBOX", uidValidity, uid);
  const fresh = found.filter((uid) => !journalOf.has(keyOf(uid))).sort((a, b) => b - a);
  for (let from = 0; from < fresh.length; from += BATCH) {
    await client.mailboxOpen("INBOX", { readOnly: true }); // dealing with the batch before opened others
    const query = { uid: true, flags: true, size: true };
    const batch = await client.fetchAll(fresh.slice(from, from + BATCH).join(","), query, { uid: true });
    for (const { uid, flags, size = 0 } of batch.sort((a, b) => b.uid - a.uid))
      yield { uid, key: keyOf(uid), size, isAnswered: flags?.has("\\Answered") === true };
  }
}

type Dealt = { outcome: Outcome | "refused"; reason?: string | null; messageId?: string | null };

async function deal(watch: Watch, { uid, size, isAnswered }: Listed): Promise<Dealt> {
  const { client, account, folders, assistant, settings } = watch;
  if (isAnswered) return { outcome: "answered" };
  if (size > account.maxMessageBytes) return { outcome: "tooLarge" };
  await client.mailboxOpen("INBOX", { readOnly: true });
  const message = await client.fetchOne(String(uid), { source: true }, { uid: true });
  const source = message ? message.source : undefined;
  const mail = source === undefined ? null : await parseMail(source);
  if (mail === null) return { outcome: "unreadable" };
  const asked = toAssistant(mail, watch);
  const { wantsReply, reason } = assistant.trigger(asked);
  const { messageId } = mail;
  if (!wantsReply) return { outcome: "noReply", reason, messageId };
  const { to } = recipientsOf(mail, { owner: watch.ownAddresses, replyAll: false });
  if (to.length === 0) return { outcome: "noReply", reason: "nobody to answer", messageId };
  if (messageId !== null) {
    const since = daysBefore(watch.time(), settings.days + 1); // an answer is no older than its mail
    if (await isReferred(watch, "INBOX", { messageId, since })) return { outcome: "movedOn", messageId };
    for (const sent of folders.sent)
      if (await isReferred(watch, sent, { messageId, since })) return { outcome: "answered", messageId };
  }
  return (await findDraftOf(watch, mail)) ?? write(watch, mail, asked);
}

/** A draft that is there already: ours from before a crash, another watcher's, or the person's own. Never a second one. */
async function findDraftOf(watch: Watch, mail: ParsedMail): Promise<Dealt | null> {
  const { folders } = watch;
  const { messageId } = mail;
  if (messageId !== null && !(await isReferred(watch, folders.drafts, { messageId }))) return null;
  const ours = await findMessage(watch, folders.drafts, idOf(watch, mail));
  if (ours.length > 0) return { outcome: "drafted", messageId };
  return messageId === null ? null : { outcome: "hasDraft", messageId };
}

/** A mail without a Message-ID is told from others by all that it says. */
const idOf = ({ ownAddresses }: Watch, { messageId, date, from, subject, text }: ParsedMail) =>
  draftId(ownAddresses[0], messageId ?? JSON.stringify([date, from, subject, text]));

async function write(watch: Watch, mail: ParsedMail, asked: AssistantMail): Promise<Dealt> {
  const { client, account, folders, assistant, owner, ownAddresses, settings } = watch;
  const { messageId } = mail;
  let draft: Draft | undefined;
  try {
    for await (const event of assistant.draft(asked, {}, { signal: account.signal }))
      if (event.type === "done") draft = event.draft;
  } catch (error) {
    account.signal?.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return { outcome: "failed", reason: error.message, messageId };
  }
  if (draft === undefined || draft.text.trim() === "")
    return { outcome: "failed", reason: "the model wrote nothing", messageId };
  const meanwhile = await findDraftOf(watch, mail); // the model took its time
  if (meanwhile !== null) return meanwhile;
  const id = idOf(watch, mail);
  const source = await composeDraft(mail, draft, { id, owner, ownAddresses, settings, now: watch.time() });
  try {
    await client.mailboxOpen(folders.drafts); // flags go with an append only where the open folder keeps them
    await client.append(folders.drafts, source, ["\\Draft", "\\Seen"]);
  } catch (error) {
    const { responseStatus, responseText } = error as { responseStatus?: string; responseText?: string };
    if (responseStatus !== "NO" && responseStatus !== "BAD") throw error;
    return { outcome: "refused", reason: (responseText ?? "no reason given").slice(0, 200) };
  }
  await stepBack(watch, id);
  const checks = draft.flags.length;
  return { outcome: "drafted", reason: checks === 0 ? null : `${checks} to check`, messageId };
}

/** Where two watchers wrote in the same instant, the draft that came later goes; each of them does the same, so one is left. */
async function stepBack(watch: Watch, id: string): Promise<void> {
  const [, ...later] = (await findMessage(watch, watch.folders.drafts, id)).sort((a, b) => a - b);
  for (const uid of later) await removeDraft(watch, uid);
}

/** A message as the assistant reads it: its own text, without quotes and signature. */
function toAssistant(mail: ParsedMail, { owner }: Watch): AssistantMail {
  const { body: text, ...head } = ownWords(mail);
  return { text, ...head, owner };
}
