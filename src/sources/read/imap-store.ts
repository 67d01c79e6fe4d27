/**
 * Mail that was fetched from an IMAP server, two files a folder, both only appended to:
 *   FOLDER.mbox   the messages (mboxrd), in the order of their UIDs
 *   FOLDER.jsonl  first {mailbox, host, user, uidValidity}; then a row a message, written after it: {uid, end, labels, threadId},
 *                 where `end` is the length of the mbox with it; or {uid, skipped} for one that was not fetched
 * Bytes behind the last complete row, left by a killed process, are cut off when the files are opened again.
 */
import { existsSync } from "node:fs";
import { mkdir, open, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { explainWriteError, UserError } from "../../errors.ts";
import { openJsonlAppender, readJsonl, writeJsonlFile } from "../../formats/index.ts";
import { openBytes } from "./bytes.ts";
import { encodeMboxMessage, readMbox } from "./mbox.ts";
import type { RawMessage, ReadOptions, SkipReason } from "./raw.ts";

/** Whose folder it is; UIDs mean the same as long as `uidValidity` does not change (RFC 3501 §2.3.1.1). */
export interface StoreHead {
  readonly mailbox: string;
  readonly host: string;
  readonly user: string;
  readonly uidValidity: string;
}

/** What is known of one message. */
export type StoreRow =
  | { readonly uid: number; readonly end: number; readonly labels: readonly string[]; readonly threadId: string | null }
  | { readonly uid: number; readonly skipped: SkipReason };

/** An open folder of fetched mail. */
export interface ImapStore {
  /** UIDs that need not be fetched again. */
  readonly known: ReadonlySet<number>;
  /** The server has numbered the folder anew, so what was fetched before has been thrown away. */
  readonly renumbered: boolean;
  append(message: {
    uid: number;
    source: Buffer;
    labels: readonly string[];
    threadId: string | null;
    date: Date;
  }): Promise<void>;
  skip(uid: number, reason: SkipReason): Promise<void>;
  close(): Promise<void>;
}

/** Opens the store of one mailbox in `folder`, or begins it. Throws UserError where it is of another account. */
export async function openImapStore(folder: string, head: StoreHead): Promise<ImapStore> {
  const { mbox, index } = storePaths(folder, head.mailbox);
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw explainWriteError(error, folder);
  });
  const before = existsSync(index) ? await readIndex(index) : null;
  if (before?.head && (before.head.host !== head.host || before.head.user !== head.user)) {
    throw new UserError(
      `${folder} holds mail of ${before.head.user} on ${before.head.host}, not of ${head.user} on ${head.host}. Choose another --run, or delete that folder.`,
    );
  }
  const renumbered = before?.head != null && before.head.uidValidity !== head.uidValidity;
  const rows = before?.head && !renumbered ? await soundRows(mbox, before.rows) : [];
  if (rows.length < (before?.rows.length ?? -1) || !before?.head) {
    if (rows.length === 0) await rm(mbox, { force: true });
    await writeJsonlFile(index, [head, ...rows]);
  }
  const lastEnd = rows.reduce((end, row) => ("end" in row ? row.end : end), 0);
  if (existsSync(mbox)) await truncate(mbox, lastEnd);

  const known = new Set(rows.map(({ uid }) => uid));
  const handle = await open(mbox, "a");
  const appender = await openJsonlAppender(index);
  let end = lastEnd;
  return {
    known,
    renumbered,
    async append({ uid, source, labels, threadId, date }) {
      const bytes = Buffer.from(encodeMboxMessage(source.toString("latin1"), "imap", date), "latin1");
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at).catch((error) => {
          throw explainWriteError(error, mbox);
        });
        at += bytesWritten;
      }
      end += bytes.length;
      await appender.append({ uid, end, labels, threadId } satisfies StoreRow);
      known.add(uid);
    },
    async skip(uid, skipped) {
      await appender.append({ uid, skipped } satisfies StoreRow);
      known.add(uid);
    },
    async close() {
      await handle.sync().finally(() => handle.close());
      await appender.close();
    },
  };
}

/** Streams what was fetched of the named mailboxes, one after the other. */
export async function* readStoredMailbox(
  folder: string,
  mailboxes: readonly { readonly mailbox: string }[],
  options: ReadOptions,
): AsyncGenerator<RawMessage> {
  const stored = await Promise.all(
    mailboxes.map(async ({ mailbox }) => {
      const paths = storePaths(folder, mailbox);
      return { ...paths, mailbox, rows: (await readIndex(paths.index)).rows };
    }),
  );
  const total = stored.reduce((sum, { rows }) => sum + rows.length, 0);
  let read = 0;
  for (const { mailbox, mbox, index, rows } of stored) {
    const bytes = await openBytes(mbox);
    const messages = readMbox(bytes.chunks(), { maxMessageBytes: options.maxMessageBytes });
    try {
      for (const row of rows) {
        options.signal?.throwIfAborted();
        const base = { source: `${mailbox}, UID ${row.uid}`, done: ++read / total };
        if ("skipped" in row) {
          yield { ...base, labels: [mailbox], content: { kind: "skip", reason: row.skipped } };
          continue;
        }
        const next = await messages.next();
        if (next.done)
          throw new UserError(`${mbox} holds fewer messages than ${index} says. Delete both and import again.`);
        const content = next.value.bytes
          ? ({ kind: "mime", bytes: next.value.bytes } as const)
          : ({ kind: "skip", reason: "tooLarge" } as const);
        yield { ...base, labels: row.labels, ...(row.threadId ? { conversation: row.threadId } : {}), content };
      }
    } finally {
      await messages.return(undefined);
    }
  }
}

function storePaths(folder: string, mailbox: string): { mbox: string; index: string } {
  const name = encodeURIComponent(mailbox).replace(/^\./, "%2E").slice(0, 200);
  return { mbox: join(folder, `${name}.mbox`), index: join(folder, `${name}.jsonl`) };
}

async function readIndex(path: string): Promise<{ head: StoreHead | null; rows: StoreRow[] }> {
  await (await openJsonlAppender(path)).close(); // mends a torn last line
  let head: StoreHead | null = null;
  const rows: StoreRow[] = [];
  for await (const { line, value } of readJsonl(path)) {
    if (line === 1)
      head = value as StoreHead; // written by openImapStore
    else rows.push(value as StoreRow);
  }
  return { head, rows };
}

/** The rows whose messages are whole: a power cut can keep a row and lose the end of the other file. */
async function soundRows(mbox: string, rows: readonly StoreRow[]): Promise<StoreRow[]> {
  const size = (await stat(mbox).catch(() => null))?.size ?? 0;
  const broken = rows.findIndex((row) => "end" in row && row.end > size);
  return broken < 0 ? [...rows] : rows.slice(0, broken);
}
