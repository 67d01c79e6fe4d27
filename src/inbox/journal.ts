/** What the watcher has done with each mail, in one append-only file: a restart repeats nothing. It holds ids and no word of a mail. */
import { openJsonlAppender, readJsonl } from "../formats/index.ts";

/** What became of a mail. */
export type Outcome =
  | "drafted"
  | "noReply"
  | "answered"
  | "movedOn"
  | "hasDraft"
  | "tooLarge"
  | "unreadable"
  | "failed";

/** How a draft ended: taken back by us, kept because a person touched it, or no longer there (sent or deleted). */
export type DraftEnd = "withdrawn" | "touched" | "gone";

/** A line of the file: a mail that was seen, or the end of its draft. */
export type JournalRow =
  | {
      readonly key: string;
      readonly at: string;
      readonly outcome: Outcome;
      readonly reason: string | null;
      readonly messageId: string | null;
    }
  | { readonly key: string; readonly at: string; readonly draft: DraftEnd };

/** A draft that lies in Drafts as far as is known. */
export interface OpenDraft {
  /** Of the mail it answers. */
  readonly key: string;
  readonly messageId: string;
  /** When it was made, ISO 8601. */
  readonly at: string;
}

/** The journal, opened. */
export interface Journal {
  /** Whether a mail was dealt with. */
  has(key: string): boolean;
  openDrafts(): OpenDraft[];
  append(row: JournalRow): Promise<void>;
  close(): Promise<void>;
}

/** Names a mail: UIDs mean the same as long as UIDVALIDITY does not change (RFC 3501 §2.3.1.1). */
export function mailKey(account: string, mailbox: string, uidValidity: bigint | string, uid: number): string {
  return `${account}/${mailbox}/${uidValidity}/${uid}`;
}

/** Opens the journal at `path`, or begins it. A line that a crash cut is dropped. */
export async function openJournal(path: string): Promise<Journal> {
  const appender = await openJsonlAppender(path); // mends a torn last line
  const seen = new Set<string>();
  const drafts = new Map<string, OpenDraft>();
  const take = (row: JournalRow) => {
    if ("draft" in row) drafts.delete(row.key);
    else {
      seen.add(row.key);
      if (row.outcome === "drafted" && row.messageId !== null)
        drafts.set(row.key, { key: row.key, messageId: row.messageId, at: row.at });
    }
  };
  for await (const { value } of readJsonl(path)) take(value as JournalRow); // our own file
  return {
    has: (key) => seen.has(key),
    openDrafts: () => [...drafts.values()],
    async append(row) {
      await appender.append(row);
      take(row);
    },
    close: () => appender.close(),
  };
}
