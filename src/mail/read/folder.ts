/** Mail that lies in folders: Maildir, and folders of .eml and mbox files. Files come in the order of their names. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { explainReadError } from "../../formats/index.ts";
import type { RawMessage, ReadOptions, SkipReason } from "./raw.ts";

/** Whether a folder is a Maildir: it holds `cur` or `new`. */
export async function isMaildir(folder: string): Promise<boolean> {
  const names = await listNames(folder, "folders");
  return names.includes("cur") || names.includes("new");
}

/**
 * Streams a Maildir: `cur` and `new` of the folder and of its Maildir++ subfolders (`.Archive.2024`); `tmp` holds
 * deliveries in progress and is left alone. Drafts and trashed mail (flags D and T after `:2,`) are skipped.
 */
export async function* readMaildir(folder: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const paths: string[] = [];
  for (const subfolder of ["", ...(await listNames(folder, "folders")).filter((name) => name.startsWith("."))]) {
    const mails: { name: string; path: string }[] = [];
    for (const part of ["cur", "new"]) {
      const names = await listNames(join(folder, subfolder, part), "files");
      for (const name of names) if (!name.startsWith(".")) mails.push({ name, path: join(subfolder, part, name) });
    }
    mails.sort((a, b) => compareText(a.name, b.name)); // names begin with the time of delivery
    for (const { path } of mails) paths.push(path);
  }
  yield* readFiles(folder, paths, options, maildirSkip);
}

/** Streams one .eml file. */
export async function* readEml(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  yield await readOne(path, basename(path), 1, options);
}

/** Streams the .eml files among `paths`, which are relative to `folder`. */
export async function* readFiles(
  folder: string,
  paths: readonly string[],
  options: ReadOptions,
  skip: (path: string) => SkipReason | null = () => null,
): AsyncGenerator<RawMessage> {
  for (const [index, path] of paths.entries()) {
    const done = (index + 1) / paths.length;
    const reason = skip(path);
    if (reason) yield { source: path, done, content: { kind: "skip", reason } };
    else yield await readOne(join(folder, path), path, done, options);
  }
}

/** All files below a folder whose name ends with one of `endings`, as sorted relative paths; hidden ones and links are left out. */
export async function listFiles(folder: string, endings: readonly string[], below = ""): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error) => {
    throw explainReadError(error, join(folder, below));
  });
  entries.sort((a, b) => compareText(a.name, b.name));
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = join(below, entry.name);
    if (entry.isDirectory()) found.push(...(await listFiles(folder, endings, path)));
    else if (entry.isFile() && endings.some((ending) => entry.name.toLowerCase().endsWith(ending))) found.push(path);
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
