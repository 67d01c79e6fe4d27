/**
 * JSON lines: one JSON value a line, UTF-8, each line ended by "\n". A file that grows is append-only; a line cut by a
 * crash is repaired when the file is opened to append. Blank lines are passed over.
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { explainWriteError, FormatError } from "../errors.ts";
import { openForReading, readInto, writeAll, writeFileBeside } from "./files.ts";
import { type DiskReserve, reserveDisk } from "./reserve.ts";
import { encodeJson } from "./well-formed.ts";

const NEWLINE = 0x0a;
const CHUNK_BYTES = 1 << 18;

/** Adds lines to the end of one file. */
export interface JsonlAppender {
  /** Resolves when the line is written; lines stand in the order of the calls. */
  append(value: unknown): Promise<void>;
  /** Waits for all lines, flushes them to the disk and closes the file. */
  close(): Promise<void>;
}

/** A value of a JSONL file and where its line stands: its number from 1, and its bytes without the "\n". */
export interface JsonlLine {
  readonly line: number;
  readonly value: unknown;
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Streams the values of a JSONL file. Throws FormatError naming the line that is not JSON; with `onTorn` a last line without an end
 * that is not JSON is one whose writer was killed: its bytes are told and it is passed over. The file itself is not touched.
 */
export async function* readJsonl(
  path: string,
  { onTorn }: { onTorn?: (bytes: number) => void } = {},
): AsyncGenerator<JsonlLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const { line, bytes, offset, isEnded } of readLines(path)) {
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(bytes));
    } catch (error) {
      if (!isEnded && onTorn !== undefined) return onTorn(bytes.length);
      const got = (error as Error).message;
      throw new FormatError({ path, where: `line ${line}`, expected: "one JSON value in UTF-8", got });
    }
    yield { line, value, offset, sizeBytes: bytes.length };
  }
}

/** Writes all `values` to a new file, a line each; the file appears when it is complete. */
export async function writeJsonlFile(path: string, values: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  await writeFileBeside(path, async (writer) => {
    for await (const value of values) await writer.write(encodeLine(value));
  });
}

/**
 * Puts a finished file of rows with ids into the order of `ids`, rows of other ids after them: rows were appended as they were made.
 * `rows` are the file's, in its order; a file that is in order stays untouched.
 */
export async function arrangeJsonlFile(
  path: string,
  rows: ReadonlyMap<string, unknown>,
  ids: readonly string[],
): Promise<void> {
  const order = new Set([...ids.filter((id) => rows.has(id)), ...rows.keys()]);
  const found = rows.keys();
  if ([...order].every((id) => id === found.next().value)) return;
  await writeJsonlFile(
    path,
    Array.from(order, (id) => rows.get(id)),
  );
}

/**
 * Opens (or makes) a file to append to. A last line without its "\n" was cut by a crash: it is kept when it is a whole
 * JSON object or array, and cut off otherwise. Where the disk is full, lines go into what `reserve` frees; its signal tells.
 */
export async function openJsonlAppender(path: string, reserve?: DiskReserve): Promise<JsonlAppender> {
  const handle = await openRepaired(path).catch((error) => {
    throw explainWriteError(error, path);
  });
  let { size: sizeBytes } = await handle.stat();
  let waiting: Buffer[] = [];
  let writing: Promise<void> | null = null; // the write that will take everything that waits
  let last: Promise<void> = Promise.resolve();

  async function writeWaiting(): Promise<void> {
    await last; // a failed write fails every later one: the file may end in a torn line
    const lines = waiting;
    waiting = [];
    writing = null;
    const bytes = Buffer.concat(lines);
    await writeAll(handle, bytes)
      .catch((error) => writeRest(bytes, error))
      .catch((error) => {
        throw explainWriteError(error, path);
      });
    sizeBytes += bytes.length;
  }

  /** Writes what a full disk has cut off of `bytes`. */
  async function writeRest(bytes: Buffer, error: NodeJS.ErrnoException): Promise<void> {
    const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
    if (!isFull || !(await reserve?.giveUp(explainWriteError(error, path)))) throw error;
    const { size } = await handle.stat();
    await writeAll(handle, bytes.subarray(size - sizeBytes));
  }

  return {
    async append(value) {
      waiting.push(encodeLine(value));
      if (!writing) {
        writing = writeWaiting();
        last = writing;
        last.catch(() => {}); // each caller of append holds the same promise and sees the error
      }
      return writing;
    },
    async close() {
      try {
        await last;
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

/** An appender for lines that were paid for: it keeps `reserveBytes` of disk for those under way, in a file beside it. Throws UserError where they do not fit. */
export async function openReservedAppender(
  path: string,
  reserveBytes: number,
): Promise<JsonlAppender & { /** As of DiskReserve. */ readonly full: AbortSignal }> {
  const reserve = await reserveDisk(`${path}.reserve`, reserveBytes);
  try {
    const appender = await openJsonlAppender(path, reserve);
    const { append } = appender;
    return { append, full: reserve.full, close: () => appender.close().finally(() => reserve.close()) };
  } catch (error) {
    await reserve.close();
    throw error;
  }
}

function encodeLine(value: unknown): Buffer {
  const text = encodeJson(value);
  if (text === undefined) throw new TypeError(`a JSONL line cannot hold ${typeof value}`);
  return Buffer.from(`${text}\n`, "utf8");
}

/** The lines that hold more than white space; each `bytes` is valid until the next is asked for. */
async function* readLines(
  path: string,
): AsyncGenerator<{ line: number; bytes: Uint8Array; offset: number; isEnded: boolean }> {
  const handle = await openForReading(path);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let offset = 0;
    let line = 0;
    let lineStart = 0;
    let started: Buffer[] = []; // the line so far, of earlier chunks
    for (;;) {
      const length = await readInto(handle, chunk, offset);
      const chunkStart = offset;
      offset += length;
      let from = 0;
      for (let end = indexOfNewline(chunk, from, length); end >= 0; end = indexOfNewline(chunk, from, length)) {
        line++;
        const tail = chunk.subarray(from, end);
        const bytes = started.length > 0 ? Buffer.concat([...started, tail]) : tail;
        started = [];
        from = end + 1;
        if (!isBlank(bytes)) yield { line, bytes, offset: lineStart, isEnded: true };
        lineStart = chunkStart + from;
      }
      if (from < length) started.push(Buffer.from(chunk.subarray(from, length)));
      if (length < CHUNK_BYTES) break;
    }
    const bytes = Buffer.concat(started);
    if (!isBlank(bytes)) yield { line: line + 1, bytes, offset: lineStart, isEnded: false };
  } finally {
    await handle.close();
  }
}

function indexOfNewline(chunk: Buffer, from: number, length: number): number {
  const at = chunk.indexOf(NEWLINE, from);
  return at < length ? at : -1;
}

function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  return true;
}

async function openRepaired(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "a+");
  try {
    await repairLastLine(handle);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function repairLastLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const start = await findLastLine(handle, size);
  if (start === size) return;
  const tail = Buffer.alloc(size - start);
  await readInto(handle, tail, start);
  if (isWhole(tail)) await writeAll(handle, Buffer.of(NEWLINE));
  else await handle.truncate(start);
}

/** The offset after the last "\n" (0 when there is none). */
async function findLastLine(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const part = chunk.subarray(0, end - start);
    await readInto(handle, part, start);
    const at = part.lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** A number such as 12 may be the head of 123; only a closed object or array is surely whole. */
function isWhole(tail: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(tail.toString("utf8"));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
