/** The label of a mail that lies in a file: the folder as the mail program shows it, from the path at which the program keeps it. */
import { sep } from "node:path";

/**
 * `Inbox.sbd/Work` and `ImapMail/imap.example.org/Inbox.sbd/Work` (Thunderbird), `Inbox.mbox/Work.mbox/UUID/Data/Messages/7.emlx` (Apple Mail) and
 * `Inbox/Work/7` (MH) are `Inbox/Work`. `isOneMail`: its own name says nothing of the folder. "" for what lies in no folder.
 */
export function labelOfPath(path: string, { isOneMail }: { isOneMail: boolean }): string {
  const parts = path.split(sep);
  const name = parts.pop()!;
  const lastBox = parts.findLastIndex((part) => /\.mbox$/i.test(part));
  const isInBox = lastBox >= 0 && (isOneMail || name === "mbox");
  const folders = isInBox ? parts.slice(0, lastBox + 1) : isOneMail ? parts : [...parts, name.replace(/\.gz$/i, "")];
  return withoutPrograms(folders.map((folder) => folder.replace(/\.(?:mbox|sbd)$/i, ""))).join("/");
}

/** Without the folders in which a program keeps the accounts: the last of them ends what is no folder of the mailbox. */
function withoutPrograms(folders: readonly string[]): readonly string[] {
  const last = folders.findLastIndex(
    (folder, i) =>
      /^(?:V\d{1,2}|Mailboxes|Local Folders|(?:IMAP|AosIMAP|POP|EWS|Exchange)-.+)$/.test(folder) ||
      /^[\dA-F]{8}(?:-[\dA-F]{4}){3}-[\dA-F]{12}$/i.test(folder) ||
      (folder === "Messages" && folders.slice(0, i).includes("Data")) ||
      folders[i - 1] === "ImapMail" ||
      folders[i - 1] === "Takeout" ||
      (folders[i - 1] === "Mail" && i < folders.length - 1 && folder.includes(".")),
  );
  return folders.slice(last + 1);
}
