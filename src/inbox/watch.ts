/**
 * Watches INBOX over one connection, and again when it is lost. INBOX is opened read-only, so nothing there can change; only the folder of
 * drafts is written to.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { explainImapError, withImap } from "../sources/index.ts";
import { answerNew, stateOf } from "./answer.ts";
import { findFolders } from "./folders.ts";
import { openJournal } from "./journal.ts";
import { reviewDrafts } from "./review.ts";
import type { InboxOptions, Watch } from "./settings.ts";

const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 60_000;

/**
 * Watches until `account.signal` is aborted, and throws its reason then. Throws UserError where the account cannot be opened, or has no
 * folder of drafts. What was watched once is watched again after any loss, for ever: a server starts anew, a laptop wakes without a network.
 */
export async function watchInbox(options: InboxOptions): Promise<void> {
  const { account, journal, once = false, onEvent = () => {}, now = () => new Date() } = options;
  const journalOf = await openJournal(journal);
  try {
    let hasWatched = false;
    for (let failures = 0; ; ) {
      try {
        await withImap(account, async (client) => {
          const folders = findFolders(await client.list(), options.settings.drafts);
          hasWatched = true;
          const tell: Watch["tell"] = (event) => {
            failures = 0; // it gets on, however often it is cut
            onEvent(event);
          };
          const watch: Watch = { ...options, client, folders, journalOf, tell, time: now };
          for (;;) {
            const looked = await answerNew(watch);
            await reviewDrafts(watch);
            if (once) return;
            await waitForMail(watch, looked);
          }
        });
        return;
      } catch (error) {
        account.signal?.throwIfAborted();
        const { message, isRetryable } = explainImapError(error, account);
        const isFinal =
          error instanceof UserError || (error as { authenticationFailed?: boolean }).authenticationFailed;
        if (!isRetryable && (isFinal || !hasWatched)) throw new UserError(message);
        const waitMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures++) * (0.5 + Math.random() / 2);
        onEvent({ kind: "connection", message: `${message} Trying again in ${Math.ceil(waitMs / 1000)} s.` });
        await sleep(waitMs, undefined, { signal: account.signal });
      }
    }
  } finally {
    await journalOf.close();
  }
}

/** Returns when mail has come (IDLE, RFC 2177) since INBOX was looked at, or when it is time to look after the drafts. */
async function waitForMail({ client, settings, account }: Watch, looked: string): Promise<void> {
  const inbox = await client.mailboxOpen("INBOX", { readOnly: true });
  if (stateOf(inbox) !== looked) return; // nobody tells of what came before the wait
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, settings.recheckSeconds * 1000);
    const lost = () => done(Object.assign(new Error("the connection was closed"), { code: "NoConnection" }));
    function done(error?: unknown): void {
      clearTimeout(timer);
      client.off("exists", done);
      client.off("close", lost);
      account.signal?.removeEventListener("abort", lost);
      if (error instanceof Error) reject(error);
      else resolve();
    }
    client.on("exists", done);
    client.on("close", lost);
    account.signal?.addEventListener("abort", lost, { once: true });
    client.idle().catch(lost);
  });
}
