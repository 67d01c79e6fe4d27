/** Whole files: written beside their final name and renamed last, so that a file that exists is complete. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { explainWriteError, FormatError, invariant, UserError } from "../errors.ts";
import { encodeJson } from "./well-formed.ts";

/** Appends bytes to a file that is being made; `position` is the number of bytes so far. */
export interface ByteWriter {
  readonly position: number;
  write(bytes: Uint8Array): Promise<void>;
  /** Puts other bytes where some were written before, for what is known only after the rest. */
  overwrite(offset: number, bytes: Uint8Array): Promise<void>;
}

const ZEROS = new Uint8Array(1 << 16);

/** Writes zeros up to `offset`, where the next part belongs. */
export async function padTo(writer: ByteWriter, offset: number): Promise<void> {
  invariant(writer.position <= offset, `a part is due at byte ${offset}, and ${writer.position} are written`);
  while (writer.position < offset) await writer.write(ZEROS.subarray(0, offset - writer.position));
}

const PARTIAL_SUFFIX = ".partial";
const BUFFER_BYTES = 1 << 20;

/**
 * Makes `path` by streaming: `write` fills `path.partial`, `check` (optional) reads that file back, and only then is it
 * flushed to the disk and renamed. On any error the partial file is removed and `path` is left as it was.
 * Throws UserError for a full disk or a folder that may not be written.
 */
export async function writeFileBeside(
  path: string,
  write: (writer: ByteWriter) => Promise<void>,
  check?: (partialPath: string) => Promise<void>,
): Promise<void> {
  const partialPath = path + PARTIAL_SUFFIX;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(partialPath, "w");
    try {
      const writer = bufferedWriter(handle);
      await write(writer);
      await writer.flush();
      await handle.sync();
    } finally {
      await handle.close();
    }
    await check?.(partialPath);
    await rename(partialPath, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(partialPath, { force: true }).catch(() => {});
    throw explainWriteError(error, path);
  }
}

/** Writes `data` to `path` so that a reader sees the old file or the whole new one, never a part. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
  await writeFileBeside(path, (writer) => writer.write(bytes));
}

/** The SHA-256 of a file in hexadecimal, read as a stream. Throws the system's error where it cannot be read. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Reads a file of text. Throws UserError where it is missing, a folder, or may not be read. */
export async function readTextFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw explainReadError(error, path);
  });
}

/** Reads a JSON file. Throws UserError when it is missing, FormatError when it is not JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFile(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError({ path, where: "the whole file", expected: "JSON", got: (error as Error).message });
  }
}

/** Writes `value` as indented JSON with a final newline, atomically. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${encodeJson(value, 2)}\n`);
}

/** Turns a failed open or read (missing file, a folder, no permission) into a UserError naming the file; other errors pass through. */
export function explainReadError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new UserError(`${path} does not exist. Check the path.`);
    case "EISDIR":
      return new UserError(`${path} is a folder; a file is needed here.`);
    case "EACCES":
    case "EPERM":
      return new UserError(`${path} may not be read (${code}). Change its permissions.`);
    default:
      return error;
  }
}

/** Opens a file for reading; errors as in explainReadError. */
export async function openForReading(path: string): Promise<FileHandle> {
  return open(path, "r").catch((error) => {
    throw explainReadError(error, path);
  });
}

/** Fills `target` from `offset` of the file; returns the bytes read, fewer only at the end of the file. */
export async function readInto(handle: FileHandle, target: Uint8Array, offset: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(target.length - done, 1 << 30); // one read call takes less than 2 GiB
    const { bytesRead } = await handle.read(target, done, length, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Writes all of `bytes` at the handle's current place. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, 1 << 30), null);
    done += bytesWritten;
  }
}

function bufferedWriter(handle: FileHandle): ByteWriter & { flush(): Promise<void> } {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let used = 0;
  let position = 0;
  async function flush(): Promise<void> {
    const length = used;
    used = 0;
    await writeAll(handle, buffer.subarray(0, length));
  }
  return {
    get position() {
      return position;
    },
    async write(bytes) {
      position += bytes.length;
      if (used + bytes.length > BUFFER_BYTES) await flush();
      if (bytes.length >= BUFFER_BYTES) return writeAll(handle, bytes);
      buffer.set(bytes, used);
      used += bytes.length;
    },
    async overwrite(offset, bytes) {
      invariant(
        offset + bytes.length <= position,
        `bytes ${offset} to ${offset + bytes.length} of ${position} written`,
      );
      await flush();
      let done = 0;
      while (done < bytes.length) {
        done += (await handle.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
      }
    },
    flush,
  };
}

/** Makes a rename survive a power cut. Not every system can open a folder; there the rename is as durable as the system makes it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => {});
  await handle.close();
}
