/**
 * Mail of an IMAP server, fetched into files and never changed there: folders are opened with EXAMINE, messages read with
 * BODY.PEEK, no flag is set. What was fetched is known by UIDVALIDITY and UID, so a cut run goes on with what is missing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ImapFlow, ListResponse } from "imapflow";
import { UserError } from "../../errors.ts";
import { labelKey, labelReason } from "../../mail/index.ts";
import type { Recipe } from "../../recipe.ts";
import type { FetchProgress } from "../hub/datasets.ts";
import { explainImapError, folderLabels, type ImapAccount, readAccount, searchUids, withImap } from "./imap-client.ts";
import { type ImapStore, openImapStore } from "./imap-store.ts";

/** What was fetched, for the report. */
export interface ImapOrigin {
  readonly kind: "imap";
  readonly host: string;
  readonly user: string;
  readonly folders: readonly {
    readonly mailbox: string;
    readonly uidValidity: string;
    /** Messages known of it, skipped ones included. */
    readonly messages: number;
    /** The server has numbered it anew since an earlier fetch, so all of it was fetched again. */
    readonly renumbered: boolean;
  }[];
}

interface FetchJob extends ImapAccount {
  readonly folder: string;
  readonly recipe: Recipe["import"];
  readonly onFetch?: FetchProgress;
  /** Messages that have come since the start, over all connections. */
  fetched: number;
  /** Folders that were numbered anew, over all connections. */
  readonly renumbered: Set<string>;
}

const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 30_000;
const BATCH_BYTES = 8 << 20; //   of messages asked for at a time
const BATCH_MESSAGES = 200;

/** Fetches what is missing of the mailbox that `source` names into `folder`. Throws UserError that says what to do. */
export async function fetchMailbox(options: {
  source: string;
  folder: string;
  recipe: Recipe["import"];
  signal?: AbortSignal;
  onFetch?: FetchProgress;
}): Promise<ImapOrigin> {
  const { source, recipe, ...rest } = options;
  const job: FetchJob = {
    ...rest,
    ...readAccount(source, { passwordEnv: recipe.imap.passwordEnv, maxMessageBytes: recipe.maxMessageBytes }),
    recipe,
    fetched: 0,
    renumbered: new Set(),
  };
  for (let failures = 0; ; ) {
    const before = job.fetched;
    try {
      return await connectAndFetch(job);
    } catch (error) {
      job.signal?.throwIfAborted();
      const { message, isRetryable } = explainImapError(error, job);
      failures = job.fetched > before ? 0 : failures + 1;
      if (!isRetryable) throw new UserError(message);
      if (failures > recipe.retries) {
        throw new UserError(
          `${message} What has been fetched is kept: run the same command again to go on from there.`,
        );
      }
      const waitMs = Math.random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
      await sleep(waitMs, undefined, { signal: job.signal });
    }
  }
}

async function connectAndFetch(job: FetchJob): Promise<ImapOrigin> {
  const { host, user } = job.address;
  return withImap(job, async (client) => {
    const folders: ImapOrigin["folders"][number][] = [];
    for (const listed of chooseFolders(await client.list(), job)) folders.push(await fetchFolder(client, listed, job));
    return { kind: "imap", host, user, folders };
  });
}

/** The folders that the address names; without any, INBOX and what holds sent mail; for `*`, all but those whose label is left out. */
function chooseFolders(all: readonly ListResponse[], { address, recipe }: FetchJob): ListResponse[] {
  const selectable = all.filter(({ flags }) => !flags.has("\\Noselect") && !flags.has("\\NonExistent"));
  const { folders, host, user } = address;
  if (folders.includes("*"))
    return selectable.filter(
      (one) => labelReason(folderLabels(one), { include: [], exclude: recipe.labels.exclude }) === null,
    );
  if (folders.length === 0) {
    const isWanted = (one: ListResponse) =>
      labelKey(one.path) === "inbox" || folderLabels(one).some((label) => labelKey(label) === "sent");
    return selectable.filter(isWanted);
  }
  const chosen = folders.map((name) => {
    const plain = name.toLowerCase() === "inbox" ? "INBOX" : name;
    return (
      selectable.find(({ path }) => path === plain) ??
      selectable.find(({ path }) => path.toLowerCase() === plain.toLowerCase())
    );
  });
  const missing = folders.filter((_, i) => chosen[i] === undefined);
  if (missing.length > 0) {
    throw new UserError(
      `${user} on ${host} has no folder ${missing.map((name) => `"${name}"`).join(", ")}. The folders are ${selectable.map(({ path }) => `"${path}"`).join(", ")}.`,
    );
  }
  return chosen.filter((one) => one !== undefined);
}

async function fetchFolder(
  client: ImapFlow,
  listed: ListResponse,
  job: FetchJob,
): Promise<ImapOrigin["folders"][number]> {
  const { address, folder, onFetch, signal } = job;
  const mailbox = await client.mailboxOpen(listed.path, { readOnly: true }); // EXAMINE
  const uidValidity = String(mailbox.uidValidity);
  const head = { mailbox: listed.path, host: address.host, user: address.user, uidValidity };
  const store = await openImapStore(folder, head);
  if (store.renumbered) job.renumbered.add(listed.path);
  try {
    const uids = mailbox.exists === 0 ? [] : await searchUids(client, { all: true });
    const missing = uids.filter((uid) => !store.known.has(uid)).sort((a, b) => a - b);
    let left = missing.length;
    for (let from = 0; from < missing.length; from += BATCH_MESSAGES) {
      signal?.throwIfAborted();
      const batch = missing.slice(from, from + BATCH_MESSAGES);
      await fetchBatch(client, batch, {
        ...{ store, job, labels: folderLabels(listed) },
        onMessage: () => {
          left--;
          job.fetched++;
          onFetch?.({ done: uids.length - left, total: uids.length, unit: "messages", note: listed.path });
        },
      });
    }
    return {
      mailbox: listed.path,
      uidValidity,
      messages: store.known.size,
      renumbered: job.renumbered.has(listed.path),
    };
  } finally {
    await store.close();
  }
}

/** Sizes first, so that a message that is too large is never sent; then the messages, some megabytes at a time. */
async function fetchBatch(
  client: ImapFlow,
  uids: readonly number[],
  options: { store: ImapStore; job: FetchJob; labels: readonly string[]; onMessage: () => void },
): Promise<void> {
  const { store, job, labels, onMessage } = options;
  const sizes = new Map<number, number>();
  for await (const { uid, size } of client.fetch(uids.join(","), { uid: true, size: true }, { uid: true }))
    sizes.set(uid, size ?? 0);
  let wanted: number[] = [];
  let wantedBytes = 0;
  const take = async () => {
    const asked = wanted;
    wanted = [];
    wantedBytes = 0;
    if (asked.length > 0) await fetchMessages(client, asked, { store, labels, onMessage });
  };
  for (const uid of uids) {
    const size = sizes.get(uid);
    if (size === undefined || size > job.recipe.maxMessageBytes) {
      await take(); // rows stay in the order of the UIDs
      await store.skip(uid, size === undefined ? "unreadable" : "tooLarge"); // deleted since the search, or too large
      onMessage();
      continue;
    }
    if (wantedBytes + size > BATCH_BYTES) await take();
    wanted.push(uid);
    wantedBytes += size;
  }
  await take();
}

async function fetchMessages(
  client: ImapFlow,
  uids: readonly number[],
  { store, labels, onMessage }: { store: ImapStore; labels: readonly string[]; onMessage: () => void },
): Promise<void> {
  const came = new Set<number>();
  const query = { uid: true, flags: true, labels: true, threadId: true, internalDate: true, source: true }; // BODY.PEEK[]
  for await (const message of client.fetch(uids.join(","), query, { uid: true })) {
    const { uid, source, flags = new Set(), threadId = null } = message;
    if (!source || came.has(uid) || !uids.includes(uid)) continue;
    came.add(uid);
    const own = [...(message.labels ?? [])].map(String);
    if (flags.has("\\Draft")) own.push("Drafts");
    if (flags.has("\\Deleted")) own.push("Trash");
    const date = new Date(message.internalDate ?? 0);
    const sound = Number.isNaN(date.getTime()) ? new Date(0) : date;
    await store.append({ uid, source, labels: [...new Set([...labels, ...own])], threadId, date: sound });
    onMessage();
  }
  for (const uid of uids) {
    if (came.has(uid)) continue;
    await store.skip(uid, "unreadable");
    onMessage();
  }
}
