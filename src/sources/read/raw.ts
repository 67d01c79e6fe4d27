/** The output of every reader: one message of a source, not yet parsed. */

import { FILTER_REASONS, type FilterReason, type RawFields } from "../../mail/index.ts";

/** Why a message of the source is not among the imported mails. */
export type SkipReason =
  | "tooLarge"
  | "brokenMime"
  | "brokenRow"
  | "unreadable"
  | "compressed"
  | "outlookStore"
  | "otherFile"
  | "link"
  | "folderData"
  | "draft"
  | "trashed"
  | "spam"
  | "excludedLabel"
  | "otherLabel"
  | "duplicateMessageId"
  | "duplicateContent"
  | "noText"
  | "onlyQuoted"
  | "tooShort"
  | FilterReason;

/** The same in words, for the person who reads the report. */
export const SKIP_REASONS: Readonly<Record<SkipReason, string>> = {
  tooLarge: "larger than import.maxMessageBytes",
  brokenMime: "MIME that cannot be taken apart (nested too deep, or headers without end)",
  brokenRow: "a row that cannot be taken apart, or lacks the field for the text",
  unreadable: "a file that could not be read",
  compressed: "a file packed in another way than gzip (Zstandard, xz, bzip2, LZ4): unpack it, and import again",
  outlookStore:
    "a store of Outlook (.pst, .ost): take it apart with readpst -r -o FOLDER FILE (package pst-utils), and import FOLDER",
  otherFile: "a file that holds no mail, by its content",
  link: "a symbolic link: only what lies in the folder itself is read",
  folderData: "internal data of the mail program, not a mail",
  draft: "a draft (Maildir flag D, or by its folder or label)",
  trashed: "in the trash (Maildir flag T, or by its folder or label)",
  spam: "in the spam folder, or labelled so",
  excludedLabel: "in a folder or with a label of import.labels.exclude",
  otherLabel: "in no folder and with no label of import.labels.include",
  duplicateMessageId: "a second copy by Message-ID",
  duplicateContent: "the same sender, subject and text as an earlier mail",
  noText: "no text in it, only attachments or hidden text",
  onlyQuoted: "only quoted text or a signature, nothing new",
  tooShort: "new text shorter than import.minCharacters",
  ...FILTER_REASONS,
};

/** One message of a source. */
export interface RawMessage {
  /** File and position, for people: `inbox.mbox.gz, message 17`. */
  readonly source: string;
  /** The share of the source that is read, 0 to 1. */
  readonly done: number;
  /** The folder it lies in and the labels it carries, as the source names them. */
  readonly labels?: readonly string[];
  /** A conversation that the source names, for a message whose own headers name none. */
  readonly conversation?: string;
  readonly content:
    | { readonly kind: "mime"; readonly bytes: Uint8Array }
    | { readonly kind: "fields"; readonly fields: RawFields }
    | { readonly kind: "skip"; readonly reason: SkipReason };
}

/** What the readers need of recipe.import. */
export interface ReadOptions {
  readonly maxMessageBytes: number;
  /** For tables (JSONL, CSV, Parquet): our field -> theirs. */
  readonly fields: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}
