/** Any source of mail: what it is, found from the path and its first bytes, and its messages as a stream. */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { isSent } from "../../mail/index.ts";
import { openBytes, peekBytes } from "./bytes.ts";
import { type FileKind, HEAD_BYTES, kindOfFile } from "./content.ts";
import { type FolderEntry, isMaildir, listFiles, printableName, readEml, readFiles, readMaildir } from "./folder.ts";
import { labelOfPath } from "./label.ts";
import { readMbox } from "./mbox.ts";
import type { RawMessage, ReadOptions, SkipReason } from "./raw.ts";
import { createRuns, type Runs, readCsvTable, readJsonlTable, readParquetTable } from "./table.ts";
import { readZip } from "./zip.ts";

/** The kinds of source that lie on this machine. */
export type LocalKind = Exclude<FileKind, "outlookStore" | "compressed"> | "maildir" | "folder";

/** The kinds of source that can be read. */
export type SourceKind = LocalKind | "hub" | "imap";

const SUPPORTED =
  "Supported are: an mbox file (as from Thunderbird, Apple Mail or Google Takeout; packed as .gz or .zip too), a Maildir, a folder of mails, mailboxes or tables (a Thunderbird profile, Apple Mail's NAME.mbox, MH), a single mail (.eml, .emlx, .msg), tables (.parquet, .jsonl, .csv; name their columns with import.fields), a data set of the Hugging Face hub (hf://datasets/OWNER/NAME) and an IMAP server (imaps://USER@HOST/INBOX).";

/** Says what lies at `path`; content decides before the name. Throws UserError when it is missing, not readable, or none of the kinds. */
export async function detectSource(path: string): Promise<LocalKind> {
  if (isPattern(path)) {
    if (await holdsMail(path)) return "folder";
    throw new UserError(`No file fits the pattern ${path}. ${SUPPORTED}`);
  }
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === "ENOENT" || error.code === "ENOTDIR" ? "does not exist" : `cannot be read (${error.code})`;
    throw new UserError(`The mail source ${path} ${why}. ${SUPPORTED}`);
  });
  if (info.isDirectory()) {
    if (await isMaildir(path)) return "maildir";
    if (await holdsMail(path)) return "folder";
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
    case "emlx":
    case "msg":
      return readEml(path, options);
    case "zip":
      return readZip(path, options);
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
  const label = labelOfPath(basename(path), { isOneMail: false });
  const labels = isSent([label]) ? [label] : []; // one that is named by itself is wanted, whatever its name
  const bytes = await openBytes(path);
  for await (const message of readMbox(bytes.chunks(), options)) {
    const content = message.bytes
      ? ({ kind: "mime", bytes: message.bytes } as const)
      : ({ kind: "skip", reason: "tooLarge" } as const);
    const source = `${name}, message ${message.number}`;
    yield { source, done: bytes.readBytes / bytes.sizeBytes, labels, content };
  }
}

/** A folder of mails, mailboxes, tables and Maildirs, subfolders included. The folder, or the name of an mbox, is a label. */
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
  const skip = (reason: SkipReason): RawMessage => {
    return { source: printableName(path), done: 1, content: { kind: "skip", reason } };
  };
  if (kind === "link") return yield skip("link");
  if (kind === "maildir") {
    for await (const message of readMaildir(full, options)) {
      const [inside] = message.labels ?? [];
      const label = inside === "INBOX" ? path : `${path}/${inside}`;
      yield { ...message, source: join(printableName(path), message.source), labels: [label] };
    }
    return;
  }
  const found = await kindOfEntry(full);
  switch (found) {
    case null:
      return yield skip("otherFile");
    case "outlookStore":
    case "compressed":
    case "unreadable":
      return yield skip(found);
    case "eml":
    case "emlx":
    case "msg": {
      const label = labelOfPath(path, { isOneMail: true }) || ownLabel(folder);
      return yield* readFiles(folder, [label === "" ? { path } : { path, label }], options);
    }
    default: {
      const label = found === "mbox" ? labelOfPath(path, { isOneMail: false }) || ownLabel(folder) : "";
      const ofFile = label === "" ? [] : [label];
      for await (const message of readKind(found, full, options, runs)) {
        const labels = found === "mbox" ? ofFile : message.labels;
        yield { ...message, source: inFolder(path, message.source), labels };
      }
    }
  }
}

/** `Inbox.sbd/Work, message 3`: a mailbox's own name is not enough where several have it. */
function inFolder(path: string, source: string): string {
  const below = dirname(path);
  return below === "." ? source : join(printableName(below), source);
}

async function kindOfEntry(path: string): Promise<FileKind | "unreadable" | null> {
  const head = await peekBytes(path, HEAD_BYTES).catch((error: unknown) => {
    if (error instanceof UserError) return null; // no permission, gone, or gzip that is damaged at its start
    throw error;
  });
  return head === null ? "unreadable" : kindOfFile(head, path, { isStrict: true });
}

/** What a folder that is a mailbox itself (`Sent Messages.mbox/`) says of what lies in it: only that it was sent, for it is wanted whatever its name. */
function ownLabel(folder: string): string {
  const label = labelOfPath(basename(resolve(folder)), { isOneMail: false });
  return isSent([label]) ? label : "";
}

/** What a folder holds, or the files that fit a pattern such as `data/train-*.parquet`. */
async function listFolder(path: string): Promise<FolderEntry[]> {
  if (!isPattern(path)) return listFiles(path);
  const entries = await listFiles(dirname(path)).catch(() => []);
  const pieces = basename(path)
    .split("*")
    .map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${pieces.join(".*")}$`);
  return entries.filter((entry) => dirname(entry.path) === "." && entry.kind !== "maildir" && pattern.test(entry.path));
}

/** Whether anything in a folder can be read. Throws UserError where there is mail that must be made readable first. */
async function holdsMail(path: string): Promise<boolean> {
  const folder = isPattern(path) ? dirname(path) : path;
  let store = "";
  for (const entry of await listFolder(path)) {
    if (entry.kind === "maildir") return true;
    if (entry.kind === "link") continue;
    const kind = await kindOfEntry(join(folder, entry.path));
    if (kind === "outlookStore") store = join(folder, entry.path);
    else if (kind !== null && kind !== "compressed" && kind !== "unreadable") return true;
  }
  if (store !== "") throw explainStore(store);
  return false;
}

function explainStore(path: string): UserError {
  return new UserError(
    `${path} is a store of Outlook, which is not read here. Take it apart with readpst (package pst-utils): readpst -r -o mail ${basename(path)}; then import the folder mail.`,
  );
}

function isPattern(path: string): boolean {
  return basename(path).includes("*");
}

/** Equal for the shards of one table: `train-00000-of-00003.parquet` and the two behind it. Another name is another table. */
function shardSeries(path: string): string {
  return path.replace(/-\d{5}-of-(\d{5})/, "-of-$1").replace(/(^|\/)\d{4,5}\.parquet$/, "$1.parquet");
}

async function detectFile(path: string): Promise<LocalKind> {
  const head = await peekBytes(path, HEAD_BYTES);
  const kind = kindOfFile(head, path);
  if (kind === "outlookStore") throw explainStore(path);
  if (kind === "compressed")
    throw new UserError(
      `${path} is packed in another way than gzip (Zstandard, xz, bzip2, LZ4): unpack it first. ${SUPPORTED}`,
    );
  if (kind !== null) return kind;
  const name = path.toLowerCase().replace(/\.gz$/, "");
  if (name.endsWith(".mbox"))
    throw new UserError(`${path} is not an mbox file: it does not begin with a "From " line. ${SUPPORTED}`);
  if (name.endsWith(".jsonl") || name.endsWith(".ndjson"))
    throw new UserError(`${path} is not a JSONL file: its first line is not a JSON object. ${SUPPORTED}`);
  throw new UserError(`${path} is not a kind of mail file that is known here. ${SUPPORTED}`);
}
