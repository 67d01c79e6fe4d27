/** Mail in a ZIP archive, as Google Takeout gives it: mailboxes are read from it as a stream, nothing is unpacked to the disk. */
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { type Entry, open, type ZipFile } from "yauzl";
import { UserError } from "../../errors.ts";
import { HEAD_BYTES, kindOfFile } from "./content.ts";
import { printableName } from "./folder.ts";
import { labelOfPath } from "./label.ts";
import { readMbox } from "./mbox.ts";
import { readOneMail } from "./one-mail.ts";
import type { RawMessage, ReadOptions, SkipReason } from "./raw.ts";

/** Streams the mails of an archive by the names of its files. What is no mail is counted; a table must be unpacked to be read. */
export async function* readZip(path: string, options: ReadOptions): AsyncGenerator<RawMessage> {
  const archive = await openArchive(path);
  try {
    const entries = await listEntries(archive, path);
    const total = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 1);
    let before = 0;
    for (const entry of entries) {
      const { fileName: name, uncompressedSize: sizeBytes } = entry;
      let readBytes = 0;
      const count = (length: number) => {
        readBytes += length;
      };
      for await (const message of readEntry(archive, entry, options, count))
        yield { ...message, source: printableName(`${name}${message.source}`), done: (before + readBytes) / total };
      before += sizeBytes;
    }
  } finally {
    archive.close();
  }
}

/** The mails of one file; `source` is their place in it. */
async function* readEntry(
  archive: ZipFile,
  entry: Entry,
  options: ReadOptions,
  count: (length: number) => void,
): AsyncGenerator<RawMessage> {
  const { fileName: name } = entry;
  const skip = (reason: SkipReason): RawMessage => ({ source: "", done: 0, content: { kind: "skip", reason } });
  let isGiven = false;
  try {
    const { head, pieces } = await peek(await openEntry(archive, entry), count);
    const kind = kindOfFile(head, name, { isStrict: true });
    switch (kind) {
      case "empty":
        for await (const _ of pieces);
        return;
      case "mbox": {
        const labels = [labelOfPath(name, { isOneMail: false })];
        for await (const { number, bytes } of readMbox(pieces, options)) {
          isGiven = true;
          yield bytes === null
            ? { ...skip("tooLarge"), source: `, message ${number}` }
            : { source: `, message ${number}`, done: 0, labels, content: { kind: "mime", bytes } };
        }
        return;
      }
      case "eml":
      case "emlx":
      case "msg": {
        const file = await gather(pieces, options.maxMessageBytes);
        const labels = [labelOfPath(name, { isOneMail: true })].filter((label) => label !== "");
        const content = file && (await readOneMail(file, name, options.maxMessageBytes));
        yield content ? { source: "", done: 0, labels, content } : skip("tooLarge");
        return;
      }
      default:
        for await (const _ of pieces) break; // closes the stream
        yield skip(kind === "compressed" || kind === "outlookStore" ? kind : "otherFile");
    }
  } catch (error) {
    if (options.signal?.aborted) throw error;
    yield { ...skip("unreadable"), source: isGiven ? ", what stands behind the damage" : "" };
  }
}

const openFile = promisify<string, { lazyEntries: boolean; autoClose: boolean }, ZipFile>(open);

async function openArchive(path: string): Promise<ZipFile> {
  return openFile(path, { lazyEntries: true, autoClose: false }).catch((error: Error) => {
    throw damaged(path, error);
  });
}

function damaged(path: string, error: Error): UserError {
  return new UserError(
    `${path} is a damaged or cut ZIP archive (${error.message}). Fetch it again; of a Takeout in several parts each is an archive of its own.`,
  );
}

/** The files of an archive by name, without hidden ones and folders. */
async function listEntries(archive: ZipFile, path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  await new Promise<void>((resolve, reject) => {
    archive.on("entry", (entry: Entry) => {
      if (!/\/$|(?:^|\/)(?:\.|__MACOSX\/)/.test(entry.fileName)) entries.push(entry);
      archive.readEntry();
    });
    archive.once("end", resolve);
    archive.once("error", (error: Error) => reject(damaged(path, error)));
    archive.readEntry();
  });
  return entries.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
}

function openEntry(archive: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    archive.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

/** The first bytes of a stream, and all of it. */
async function peek(
  stream: Readable,
  count: (length: number) => void,
): Promise<{ head: Buffer; pieces: AsyncGenerator<Buffer> }> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first: Buffer[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const { done, value } = await iterator.next();
    if (done) break;
    first.push(value);
    length += value.length;
  }
  async function* pieces() {
    try {
      for (const piece of first) {
        count(piece.length);
        yield piece;
      }
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        count(next.value.length);
        yield next.value;
      }
    } finally {
      stream.destroy();
    }
  }
  return { head: Buffer.concat(first).subarray(0, HEAD_BYTES), pieces: pieces() };
}

async function gather(pieces: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | null> {
  const all: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > maxBytes) return null;
    all.push(piece);
  }
  return Buffer.concat(all);
}
