/** Any source of mail: what it is, found from the path and its first bytes, and its messages as a stream. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../../errors.ts";
import { openBytes, peekBytes } from "./bytes.ts";
import { isMaildir, listFiles, readEml, readFiles, readMaildir } from "./folder.ts";
import { looksLikeMbox, readMbox } from "./mbox.ts";
import type { RawMessage, ReadOptions } from "./raw.ts";
import { readTable } from "./table.ts";

/** The kinds of source that can be read. */
export type SourceKind = "mbox" | "maildir" | "folder" | "eml" | "jsonl" | "empty";

const SUPPORTED =
  "Supported are: an mbox file (.mbox, .mbox.gz, as from Thunderbird or Google Takeout), a Maildir, a folder of .eml or mbox files, a single .eml file, and JSON lines (.jsonl, .jsonl.gz; name its columns with import.fields).";
const FOLDER_ENDINGS = [".eml", ".mbox", ".mbox.gz"];

/** Says what lies at `path`; content decides before the name. Throws UserError when it is missing, not readable, or none of the kinds. */
export async function detectSource(path: string): Promise<SourceKind> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === "ENOENT" || error.code === "ENOTDIR" ? "does not exist" : `cannot be read (${error.code})`;
    throw new UserError(`The mail source ${path} ${why}. ${SUPPORTED}`);
  });
  if (info.isDirectory()) {
    if (await isMaildir(path)) return "maildir";
    if ((await listFiles(path, FOLDER_ENDINGS)).length > 0) return "folder";
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

function readKind(kind: SourceKind, path: string, options: ReadOptions): AsyncIterable<RawMessage> {
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
      return readTable(path, options);
    case "empty":
      return nothing();
    default:
      return kind satisfies never;
  }
}

async function* nothing(): AsyncGenerator<RawMessage> {}

async function* readMboxFile(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const name = basename(path);
  const bytes = await openBytes(path);
  for await (const message of readMbox(bytes.chunks(), options)) {
    const content = message.bytes
      ? ({ kind: "mime", bytes: message.bytes } as const)
      : ({ kind: "skip", reason: "tooLarge" } as const);
    yield { source: `${name}, message ${message.number}`, done: bytes.readBytes / bytes.sizeBytes, content };
  }
}

/** A folder of .eml and mbox files, subfolders included. */
async function* readFolder(folder: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const paths = await listFiles(folder, FOLDER_ENDINGS);
  for (const [index, path] of paths.entries()) {
    const isEml = path.toLowerCase().endsWith(".eml");
    const messages = isEml ? readFiles(folder, [path], options) : readMboxFile(join(folder, path), options);
    for await (const message of messages) yield { ...message, done: (index + message.done) / paths.length };
  }
}

const PEEK_BYTES = 4096;

async function detectFile(path: string): Promise<SourceKind> {
  const head = await peekBytes(path, PEEK_BYTES);
  const text = head
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart();
  if (text === "") return "empty";
  const name = path.toLowerCase().replace(/\.gz$/, "");
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
