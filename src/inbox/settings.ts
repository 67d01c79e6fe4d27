/** What a watcher works with: the account, the assistant, how drafts look, and whom it tells. */
import type { ImapFlow } from "imapflow";
import type { Person } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import type { Assistant } from "../reply/portable.ts";
import type { ImapAccount } from "../sources/index.ts";
import type { Folders } from "./folders.ts";
import type { DraftEnd, Journal, Outcome } from "./journal.ts";

/** How drafts look and which mails get one. */
export type InboxSettings = Recipe["inbox"];

/** What a person is told of a mail: its place and outcome, no word of it. */
export type InboxEvent =
  | { readonly kind: "mail"; readonly uid: number; readonly outcome: Outcome; readonly reason: string | null }
  | { readonly kind: "draft"; readonly key: string; readonly end: DraftEnd }
  | { readonly kind: "connection"; readonly message: string };

export interface InboxOptions {
  readonly account: ImapAccount;
  readonly assistant: Pick<Assistant, "trigger" | "draft">;
  /** Whose drafts they are, and all addresses of that person. */
  readonly owner: Person;
  readonly ownAddresses: readonly string[];
  readonly settings: InboxSettings;
  /** The file that remembers what was done. */
  readonly journal: string;
  /** Answers what is there and returns. */
  readonly once?: boolean;
  readonly onEvent?: (event: InboxEvent) => void;
  readonly now?: () => Date;
}

/** A connection at work. */
export interface Watch extends InboxOptions {
  readonly client: ImapFlow;
  readonly folders: Folders;
  readonly journalOf: Journal;
  readonly tell: (event: InboxEvent) => void;
  readonly time: () => Date;
}
