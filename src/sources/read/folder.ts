/** Mail that lies in folders: Maildirs, nested or not, and files of any name. All comes in the order of the names. */
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { explainReadError } from "../../formats/index.ts";
import { decodeFolderName } from "../../mail/index.ts";
import { readOneMail } from "./one-mail.ts";
import type { RawMessage, ReadOptions } from "./raw.ts";

/** Whether a folder is a Maildir: it holds `cur` or `new`. */
export async function isMaildir(folder: string): Promise<boolean> {
  const names = await listFolders(folder);
  return names.includes("cur") || names.includes("new");
}

/**
 * Streams a Maildir: `cur` and `new` of the folder, of its Maildir++ subfolders (`.Archive.2024`) and of Maildirs nested in it
 * (`Archive/2024/cur`); `tmp` holds deliveries in progress and is left alone. The folder a mail lies in is its label: INBOX, Archive/2024.
 */
export async function* readMaildir(folder: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const mails: { path: string; label: string; isLink: boolean }[] = [];
  for (const subfolder of await listMaildirs(folder)) {
    const label = maildirLabel(subfolder);
    const inIt: { name: string; path: string; label: string; isLink: boolean }[] = [];
    for (const part of ["cur", "new"]) {
      for (const entry of await listEntries(join(folder, subfolder, part))) {
        const { name } = entry;
        const isLink = entry.isSymbolicLink();
        if ((entry.isFile() || isLink) && !name.startsWith("."))
          inIt.push({ name, path: join(subfolder, part, name), label, isLink });
      }
    }
    inIt.sort((a, b) => compareText(a.name, b.name)); // names begin with the time of delivery
    for (const mail of inIt) mails.push(mail);
  }
  yield* readFiles(folder, mails, options);
}

/** A Maildir and those in it, as sorted paths below `folder`; "" is the folder itself. */
async function listMaildirs(folder: string, below = "", depth = 0): Promise<string[]> {
  const names = await listFolders(join(folder, below));
  const found = names.includes("cur") || names.includes("new") ? [below] : [];
  if (depth === MAX_DEPTH) return found;
  for (const name of names) {
    if (MAILDIR_PARTS.includes(name)) continue;
    found.push(...(await listMaildirs(folder, join(below, name), depth + 1)));
  }
  return found;
}

const MAX_DEPTH = 20;
const MAILDIR_PARTS = ["cur", "new", "tmp"];

/** `.Archive.2024` of Maildir++ and `Archive/2024` of nested ones are both `Archive/2024`. */
function maildirLabel(subfolder: string): string {
  const parts = subfolder.split(sep).flatMap((part) => (part.startsWith(".") ? part.slice(1).split(".") : [part]));
  return parts.map(decodeFolderName).join("/") || "INBOX";
}

/** Streams one file that holds one mail. */
export async function* readEml(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  yield await readOne(path, printableName(basename(path)), 1, options);
}

/** Streams files that hold one mail each; their paths are relative to `folder`. */
export async function* readFiles(
  folder: string,
  files: readonly { readonly path: string; readonly label?: string; readonly isLink?: boolean }[],
  options: ReadOptions,
): AsyncGenerator<RawMessage> {
  for (const [index, { path, label, isLink }] of files.entries()) {
    const done = (index + 1) / files.length;
    const labels = label === undefined ? [] : [label];
    const source = printableName(path);
    if (isLink) yield { source, done, labels, content: { kind: "skip", reason: "link" } };
    else yield { ...(await readOne(join(folder, path), source, done, options)), labels };
  }
}

/** A file's name as people may be shown it: on one line, whatever characters its maker chose. */
export function printableName(name: string): string {
  return name.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Something in a folder that holds mail: a file, or a Maildir; or a link that may lead to one. Paths are relative to the folder. */
export interface FolderEntry {
  readonly kind: "file" | "maildir" | "link";
  readonly path: string;
}

/** All files below a folder, all Maildirs, and links, sorted by path; hidden ones are left out. */
export async function listFiles(folder: string, below = ""): Promise<FolderEntry[]> {
  const found: FolderEntry[] = [];
  for (const entry of await listEntries(join(folder, below), { mustExist: true })) {
    if (entry.name.startsWith(".")) continue;
    const path = join(below, entry.name);
    if (entry.isDirectory()) {
      if (await isMaildir(join(folder, path))) found.push({ kind: "maildir", path });
      else if (below.split(sep).length < MAX_DEPTH) found.push(...(await listFiles(folder, path)));
    } else if (entry.isFile()) found.push({ kind: "file", path });
    else if (entry.isSymbolicLink()) found.push({ kind: "link", path });
  }
  return found;
}

async function readOne(path: string, source: string, done: number, options: ReadOptions): Promise<RawMessage> {
  try {
    const { size } = await stat(path);
    if (size > options.maxMessageBytes) return { source, done, content: { kind: "skip", reason: "tooLarge" } };
    return { source, done, content: await readOneMail(await readFile(path), path, options.maxMessageBytes) };
  } catch {
    return { source, done, content: { kind: "skip", reason: "unreadable" } }; // gone since it was listed, or no permission
  }
}

async function listFolders(folder: string): Promise<string[]> {
  return (await listEntries(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** What lies in a folder, by name; nothing for a folder that is not there, unless it must be. */
async function listEntries(folder: string, { mustExist = false } = {}): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && !mustExist) return [];
    throw explainReadError(error, folder);
  });
  return entries.sort((a, b) => compareText(a.name, b.name));
}

/** By code units, the same on every machine; MH's numbers by their size. */
function compareText(a: string, b: string): number {
  if (/^\d{1,15}$/.test(a) && /^\d{1,15}$/.test(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}
