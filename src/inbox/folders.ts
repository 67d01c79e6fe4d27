/** Which folders of an account hold drafts and sent mail, in whatever language. */
import type { ListResponse } from "imapflow";
import { UserError } from "../errors.ts";
import { isSent, labelKey } from "../mail/index.ts";
import { folderLabels } from "../sources/index.ts";

export interface Folders {
  readonly drafts: string;
  /** May be several, or none. */
  readonly sent: readonly string[];
}

/** Finds them by what the server says (RFC 6154), else by their names. Throws UserError where there is no folder of drafts. */
export function findFolders(all: readonly ListResponse[], wanted: string | null): Folders {
  const selectable = all.filter(({ flags }) => !flags.has("\\Noselect") && !flags.has("\\NonExistent"));
  const isDrafts = (one: ListResponse) => folderLabels(one).some((label) => labelKey(label) === "drafts");
  const drafts =
    wanted === null
      ? (selectable.find(({ specialUse }) => specialUse === "\\Drafts") ?? selectable.find(isDrafts))
      : selectable.find(({ path }) => path === wanted);
  if (drafts === undefined) {
    const names = selectable.map(({ path }) => `"${path}"`).join(", ");
    throw new UserError(
      `${wanted === null ? "No folder of this account is one for drafts" : `This account has no folder "${wanted}"`}. Name it with inbox.drafts; the folders are ${names}.`,
    );
  }
  const sent = selectable.filter((one) => isSent(folderLabels(one))).map(({ path }) => path);
  return { drafts: drafts.path, sent };
}
