/** Any source of mail: what it is, found from the path and its first bytes, and its messages as a stream. */
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../../errors.ts";
import { isSent } from "../../mail/index.ts";
import { openBytes, peekBytes } from "./bytes.ts";
import { type FolderEntry, isMaildir, listMail, printableName, readEml, readFiles, readMaildir } from "./folder.ts";
import { looksLikeMbox, readMbox } from "./mbox.ts";
import type { RawMessage, ReadOptions } from "./raw.ts";
import { createRuns, type Runs, readCsvTable, readJsonlTable, readParquetTable } from "./table.ts";

/** The kinds of source that lie on this machine. */
export type LocalKind = "mbox" | "maildir" | "folder" | "eml" | "jsonl" | "csv" | "parquet" | "empty";

/** The kinds of source that can be read. */
export type SourceKind = LocalKind | "hub" | "imap";

const SUPPORTED =
  "Supported are: an mbox file (.mbox, .mbox.gz, as from Thunderbird or Google Takeout), a Maildir, a folder of .eml, mbox or table files, a single .eml file, tables (.parquet, .jsonl, .csv; name their columns with import.fields), a data set of the Hugging Face hub (hf://datasets/OWNER/NAME) and an IMAP server (imaps://USER@HOST/INBOX).";
const TABLE_ENDINGS = [".parquet", ".jsonl", ".jsonl.gz", ".csv", ".csv.gz"];
const FOLDER_ENDINGS = [".eml", ".mbox", ".mbox.gz", ...TABLE_ENDINGS];

/** Says what lies at `path`; content decides before the name. Throws UserError when it is missing, not readable, or none of the kinds. */
export async function detectSource(path: string): Promise<LocalKind> {
  if (isPattern(path)) {
    if ((await listFolder(path)).length > 0) return "folder";
    throw new UserError(`No file fits the pattern ${path}. ${SUPPORTED}`);
  }
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === "ENOENT" || error.code === "ENOTDIR" ? "does not exist" : `cannot be read (${error.code})`;
    throw new UserError(`The mail source ${path} ${why}. ${SUPPORTED}`);
  });
  if (info.isDirectory()) {
    if (await isMaildir(path)) return "maildir";
    if ((await listFolder(path)).length > 0) return "folder";
    throw new UserError(`The folder ${path} holds no mail that can be read. ${SUPPORTED}`);
  }
  if (!info.isFile()) throw new UserError(`The mail source ${path} is neither a file nor a folder. ${SUPPORTED}`);
  return detectFile(path);
}

/**
 * Streams the messages of any source in a fixed order. A damaged gzip file gives what stands before the damage and then
 * throws DamagedFile.
 */
export async function* readMessages(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const kind = await detectSource(path);
  for await (const message of readKind(kind, path, options)) {
    options.signal?.throwIfAborted();
    yield message;
  }
}

function readKind(
  kind: LocalKind,
  path: string,
  options: ReadOptions,
  runs: Runs = createRuns(),
): AsyncIterable<RawMessage> {
  switch (kind) {
    case "mbox":
      return readMboxFile(path, options);
    case "maildir":
      return readMaildir(path, options);
    case "folder":
      return readFolder(path, options);
    case "eml":
      return readEml(path, options);
    case "jsonl":
      return readJsonlTable(path, options, runs);
    case "csv":
      return readCsvTable(path, options, runs);
    case "parquet":
      return readParquetTable(path, options, runs);
    case "empty":
      return nothing();
    default:
      return kind satisfies never;
  }
}

async function* nothing(): AsyncGenerator<RawMessage> {}

async function* readMboxFile(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const name = printableName(basename(path));
  const labels = isSent([fileLabel(name)]) ? [fileLabel(name)] : []; // one that is named by itself is wanted, whatever its name
  const bytes = await openBytes(path);
  for await (const message of readMbox(bytes.chunks(), options)) {
    const content = message.bytes
      ? ({ kind: "mime", bytes: message.bytes } as const)
      : ({ kind: "skip", reason: "tooLarge" } as const);
    const source = `${name}, message ${message.number}`;
    yield { source, done: bytes.readBytes / bytes.sizeBytes, labels, content };
  }
}

/** A folder of .eml, mbox and table files and of Maildirs, subfolders included. The folder, or the name of an mbox, is a label. */
async function* readFolder(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  yield* readEntries(isPattern(path) ? dirname(path) : path, await listFolder(path), options);
}

/** Streams certain files of a folder. */
export async function* readFileList(
  folder: string,
  paths: readonly string[],
  options: ReadOptions,
): AsyncGenerator<RawMessage> {
  const entries = paths.map((path) => ({ kind: "file" as const, path }));
  for await (const message of readEntries(folder, entries, options)) {
    options.signal?.throwIfAborted();
    yield message;
  }
}

async function* readEntries(
  folder: string,
  entries: readonly FolderEntry[],
  options: ReadOptions,
): AsyncGenerator<RawMessage> {
  const runs = createRuns();
  let last = "";
  for (const [index, entry] of entries.entries()) {
    if (shardSeries(entry.path) !== last) runs.cut();
    last = shardSeries(entry.path);
    for await (const message of readEntry(folder, entry, options, runs))
      yield { ...message, done: (index + message.done) / entries.length };
  }
}

async function* readEntry(
  folder: string,
  { kind, path }: FolderEntry,
  options: ReadOptions,
  runs: Runs,
): AsyncGenerator<RawMessage> {
  const full = join(folder, path);
  if (kind === "link") {
    yield { source: printableName(path), done: 1, content: { kind: "skip", reason: "link" } };
  } else if (kind === "maildir") {
    for await (const message of readMaildir(full, options)) {
      const [inside] = message.labels ?? [];
      const label = inside === "INBOX" ? path : `${path}/${inside}`;
      yield { ...message, source: join(printableName(path), message.source), labels: [label] };
    }
  } else if (path.toLowerCase().endsWith(".eml")) {
    const below = dirname(path);
    yield* readFiles(folder, [below === "." ? { path } : { path, label: below }], options);
  } else {
    const kindOfFile = await detectFile(full);
    const labels = kindOfFile === "mbox" ? [fileLabel(path)] : [];
    for await (const message of readKind(kindOfFile, full, options, runs))
      yield { ...message, labels: [...new Set([...(message.labels ?? []), ...labels])] };
  }
}

/** What a folder holds, or the files that fit a pattern such as `data/train-*.parquet`. */
async function listFolder(path: string): Promise<FolderEntry[]> {
  if (!isPattern(path)) return listMail(path, FOLDER_ENDINGS);
  const entries = await listMail(dirname(path), FOLDER_ENDINGS).catch(() => []);
  const pieces = basename(path)
    .split("*")
    .map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${pieces.join(".*")}$`);
  return entries.filter((entry) => dirname(entry.path) === "." && entry.kind !== "maildir" && pattern.test(entry.path));
}

function isPattern(path: string): boolean {
  return basename(path).includes("*");
}

function fileLabel(path: string): string {
  return path.replace(/\.gz$/i, "").replace(/\.mbox$/i, "");
}

/** Equal for the shards of one table: `train-00000-of-00003.parquet` and the two behind it. Another name is another table. */
function shardSeries(path: string): string {
  return path.replace(/-\d{5}-of-(\d{5})/, "-of-$1").replace(/(^|\/)\d{4,5}\.parquet$/, "$1.parquet");
}

const PEEK_BYTES = 4096;

async function detectFile(path: string): Promise<LocalKind> {
  const head = await peekBytes(path, PEEK_BYTES);
  const text = head
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart();
  if (text === "") return "empty";
  const name = path.toLowerCase().replace(/\.gz$/, "");
  if (head.toString("latin1", 0, 4) === "PAR1" || name.endsWith(".parquet")) return "parquet";
  if (name.endsWith(".csv") || name.endsWith(".tsv")) return "csv";
  if (looksLikeMbox(head)) return "mbox";
  if (text.startsWith("{")) return "jsonl";
  if (name.endsWith(".mbox"))
    throw new UserError(`${path} is not an mbox file: it does not begin with a "From " line. ${SUPPORTED}`);
  if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
    throw new UserError(`${path} is not a JSONL file: its first line is not a JSON object. ${SUPPORTED}`);
  }
  if (name.endsWith(".eml") || /^[!-9;-~]{1,80}:[ \t]?[^\n]*\r?\n(?:[!-9;-~]{1,80}:|[ \t]|\r?\n)/.test(text)) {
    if (path.toLowerCase().endsWith(".gz"))
      throw new UserError(`${path} is a packed single mail: unpack it first (gunzip). ${SUPPORTED}`);
    return "eml";
  }
  throw new UserError(`${path} is not a kind of mail file that is known here. ${SUPPORTED}`);
}
