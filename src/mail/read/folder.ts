/** Mail that lies in folders: Maildirs, nested or not, and folders of files. All comes in the order of the names. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { explainReadError } from "../../formats/index.ts";
import { decodeFolderName } from "./labels.ts";
import type { RawMessage, ReadOptions, SkipReason } from "./raw.ts";

/** Whether a folder is a Maildir: it holds `cur` or `new`. */
export async function isMaildir(folder: string): Promise<boolean> {
  const names = await listNames(folder, "folders");
  return names.includes("cur") || names.includes("new");
}

/**
 * Streams a Maildir: `cur` and `new` of the folder, of its Maildir++ subfolders (`.Archive.2024`) and of Maildirs nested in it
 * (`Archive/2024/cur`); `tmp` holds deliveries in progress and is left alone. Drafts and trashed mail (flags D and T after
 * `:2,`) are skipped. The folder a mail lies in is its label: INBOX, Archive/2024.
 */
export async function* readMaildir(folder: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const mails: { path: string; label: string }[] = [];
  for (const subfolder of await listMaildirs(folder)) {
    const label = maildirLabel(subfolder);
    const inIt: { name: string; path: string; label: string }[] = [];
    for (const part of ["cur", "new"]) {
      const names = await listNames(join(folder, subfolder, part), "files");
      for (const name of names)
        if (!name.startsWith(".")) inIt.push({ name, path: join(subfolder, part, name), label });
    }
    inIt.sort((a, b) => compareText(a.name, b.name)); // names begin with the time of delivery
    for (const mail of inIt) mails.push(mail);
  }
  yield* readFiles(folder, mails, options, maildirSkip);
}

/** A Maildir and those in it, as sorted paths below `folder`; "" is the folder itself. */
async function listMaildirs(folder: string, below = "", depth = 0): Promise<string[]> {
  const names = await listNames(join(folder, below), "folders");
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

/** Streams one .eml file. */
export async function* readEml(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  yield await readOne(path, basename(path), 1, options);
}

/** Streams files that hold one mail each; their paths are relative to `folder`. */
export async function* readFiles(
  folder: string,
  files: readonly { readonly path: string; readonly label?: string }[],
  options: ReadOptions,
  skip: (path: string) => SkipReason | null = () => null,
): AsyncGenerator<RawMessage> {
  for (const [index, { path, label }] of files.entries()) {
    const done = (index + 1) / files.length;
    const labels = label === undefined ? [] : [label];
    const reason = skip(path);
    if (reason) yield { source: path, done, labels, content: { kind: "skip", reason } };
    else yield { ...(await readOne(join(folder, path), path, done, options)), labels };
  }
}

/** Something in a folder that holds mail: a file, or a Maildir. Paths are relative to the folder. */
export interface FolderEntry {
  readonly kind: "file" | "maildir";
  readonly path: string;
}

/** All files below a folder whose name ends with one of `endings`, and all Maildirs, sorted by path; hidden ones and links are left out. */
export async function listMail(folder: string, endings: readonly string[], below = ""): Promise<FolderEntry[]> {
  const found: FolderEntry[] = [];
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error) => {
    throw explainReadError(error, join(folder, below));
  });
  entries.sort((a, b) => compareText(a.name, b.name));
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = join(below, entry.name);
    if (entry.isDirectory()) {
      if (await isMaildir(join(folder, path))) found.push({ kind: "maildir", path });
      else if (below.split(sep).length < MAX_DEPTH) found.push(...(await listMail(folder, endings, path)));
    } else if (entry.isFile() && endings.some((ending) => entry.name.toLowerCase().endsWith(ending)))
      found.push({ kind: "file", path });
  }
  return found;
}

async function readOne(path: string, source: string, done: number, options: ReadOptions): Promise<RawMessage> {
  try {
    const { size } = await stat(path);
    if (size > options.maxMessageBytes) return { source, done, content: { kind: "skip", reason: "tooLarge" } };
    return { source, done, content: { kind: "mime", bytes: await readFile(path) } };
  } catch {
    return { source, done, content: { kind: "skip", reason: "unreadable" } }; // gone since it was listed, or no permission
  }
}

function maildirSkip(path: string): SkipReason | null {
  const name = basename(path);
  const at = name.search(/[:;!-]2,/); // ":" is not allowed everywhere, so some programs write another mark
  if (at < 0) return null;
  const flags = name.slice(at + 3);
  if (flags.includes("D")) return "draft";
  return flags.includes("T") ? "trashed" : null;
}

async function listNames(folder: string, kind: "files" | "folders"): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw explainReadError(error, folder);
  });
  const wanted = entries.filter((entry) => (kind === "files" ? entry.isFile() : entry.isDirectory()));
  return wanted.map(({ name }) => name).sort(compareText);
}

/** By code units, the same on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
