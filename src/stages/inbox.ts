/** Drafts in a mailbox, for as long as it is watched: the assistant over the run's model, one watcher at a time. */
import { UserError } from "../errors.ts";
import { type InboxEvent, watchInbox } from "../inbox/index.ts";
import type { Recipe } from "../recipe.ts";
import type { RunPaths } from "../run.ts";
import { readAccount } from "../sources/index.ts";
import { openRunAssistant } from "./assistant.ts";
import { takeLock } from "./lock.ts";
import { findStyle } from "./personalise-files.ts";

/**
 * Watches the mailbox at `address` (imaps://USER@HOST) until `signal` is aborted; with `once` answers what is there and returns. Throws
 * UserError where the account, the model or the owner's address is missing, or another watcher works for this run folder.
 */
export async function inboxStage(options: {
  paths: RunPaths;
  recipe: Recipe;
  address: string;
  model?: string;
  /** In the owner's own words. */
  style?: "mine";
  once: boolean;
  command: string;
  signal: AbortSignal;
  onEvent: (event: InboxEvent) => void;
}): Promise<void> {
  const { paths, recipe, address, model, style, once, command, signal, onEvent } = options;
  const { imap, maxMessageBytes, owner } = recipe.import;
  const account = { ...readAccount(address, { passwordEnv: imap.passwordEnv, maxMessageBytes }), signal };
  const { user } = account.address;
  const ownAddresses = [...new Set([...owner, ...(user.includes("@") ? [user] : [])])];
  if (ownAddresses.length === 0)
    throw new UserError(
      `Whose mailbox is it? The user's name ${user} is no mail address: name yours with import.owner=[ann@example.com].`,
    );
  const unlock = await takeLock(paths.inboxLock, paths.folder, command);
  process.once("exit", unlock);
  try {
    const own = style === "mine" ? await findStyle(paths) : {};
    const { assistant } = await openRunAssistant({ paths, recipe, model, ...own });
    try {
      await watchInbox({
        ...{ account, assistant, owner: { name: recipe.inbox.name ?? "", address: ownAddresses[0] }, ownAddresses },
        ...{ settings: recipe.inbox, journal: paths.inboxJournal, once, onEvent },
      });
    } finally {
      await assistant.close();
    }
  } finally {
    process.removeListener("exit", unlock);
    unlock();
  }
}
