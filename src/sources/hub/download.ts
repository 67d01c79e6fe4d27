/** One file of a hub: by Range from where it was cut, checked by size and checksum, in place only when both are right. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { explainWriteError, UserError } from "../../errors.ts";
import { HubProblem, type HubServer, hubGet, refused } from "./server.ts";

const IDLE_TIMEOUT_MS = 60_000;

/** A file of a data set. */
export interface HubFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of a file in large-file storage. */
  readonly sha256: string | null;
  /** Git's own name of a small file: SHA-1 over "blob SIZE\0" and the content. */
  readonly gitSha1: string | null;
}

/**
 * Downloads `url` to `path`, which appears when it is whole; what a cut connection or process has left in `path.partial` is gone
 * on with. `retries` attempts in a row may fail without a new byte. Throws UserError where the checksum is wrong.
 */
export async function downloadFile(options: {
  server: HubServer;
  url: string;
  file: HubFile;
  path: string;
  retries: number;
  onBytes?: (bytes: number) => void;
}): Promise<void> {
  const { server, url, file, path, retries, onBytes } = options;
  const there = await stat(path).catch(() => null);
  if (there?.size === file.sizeBytes) return onBytes?.(file.sizeBytes); // it was checked before it got this name
  const partial = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const hash = createChecksum(file);
    let size = await takeUpPartial(partial, file.sizeBytes, hash);
    for (let failures = 0; size < file.sizeBytes; ) {
      const before = size;
      try {
        size = await appendRest({ server, url, file, partial, size, hash, onBytes });
      } catch (error) {
        server.signal?.throwIfAborted();
        if (!(error instanceof HubProblem) || !error.isRetryable) throw error;
        size = await takeUpPartial(partial, file.sizeBytes, hash);
        failures = size > before ? 0 : failures + 1;
        if (failures > retries) {
          throw new UserError(
            `${error.message} ${size.toLocaleString("en")} of ${file.sizeBytes.toLocaleString("en")} bytes of ${file.path} are here. Run the same command again to go on from there.`,
          );
        }
        await sleep(error.waitMs(failures), undefined, { signal: server.signal });
      }
    }
    const { got, expected } = hash.result();
    if (got !== expected) {
      await rm(partial, { force: true });
      throw new UserError(
        `${file.path} arrived with another checksum than the hub names (${got.slice(0, 16)}…, not ${expected.slice(0, 16)}…), so it was thrown away. Run the same command again; if it stays so, something on the way changes the file.`,
      );
    }
    await rename(partial, path);
  } catch (error) {
    throw explainWriteError(error, path);
  }
}

/** One request for the rest of a file; gives the size that is then there. */
async function appendRest(options: {
  server: HubServer;
  url: string;
  file: HubFile;
  partial: string;
  size: number;
  hash: Checksum;
  onBytes?: (bytes: number) => void;
}): Promise<number> {
  const { server, url, file, partial, hash, onBytes } = options;
  let { size } = options;
  const response = await hubGet(server, url, size > 0 ? { range: `bytes=${size}-` } : {});
  if (!response.ok) throw refused(response, server, file.path);
  const begins = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? 0);
  if (response.status === 206 && begins !== size) {
    throw new HubProblem(`${server.baseUrl} sent bytes from ${begins} where those from ${size} were asked for.`, {
      isRetryable: false,
    });
  }
  const handle = await open(partial, size === 0 || response.status !== 206 ? "w" : "a");
  try {
    if (response.status !== 206 && size > 0) {
      size = 0; // a server that knows no Range sends everything again
      hash.reset();
    }
    for await (const chunk of readBody(response, server)) {
      if (size + chunk.length > file.sizeBytes) {
        throw new HubProblem(
          `${server.baseUrl} sends more of ${file.path} than the ${file.sizeBytes} bytes it named.`,
          { isRetryable: false },
        );
      }
      await writeChunk(handle, chunk);
      hash.update(chunk);
      size += chunk.length;
      onBytes?.(size);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (size < file.sizeBytes) throw new HubProblem(`The download of ${file.path} was cut.`, { isRetryable: true });
  return size;
}

async function writeChunk(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

/** The size of what is there, after taking it into the checksum; one that is too long is thrown away. */
async function takeUpPartial(partial: string, maxBytes: number, hash: Checksum): Promise<number> {
  hash.reset();
  const size = (await stat(partial).catch(() => null))?.size ?? 0;
  if (size > maxBytes) {
    await rm(partial, { force: true });
    return 0;
  }
  if (size > 0) for await (const chunk of createReadStream(partial)) hash.update(chunk as Buffer);
  return size;
}

interface Checksum {
  reset(): void;
  update(bytes: Uint8Array): void;
  result(): { got: string; expected: string };
}

/** SHA-256 of a large file, git's SHA-1 of a small one; "" twice where the hub names neither. */
function createChecksum({ sha256, gitSha1, sizeBytes }: HubFile): Checksum {
  let hash: Hash | null = null;
  const reset = () => {
    hash =
      sha256 !== null
        ? createHash("sha256")
        : gitSha1 !== null
          ? createHash("sha1").update(`blob ${sizeBytes}\0`)
          : null;
  };
  reset();
  return {
    reset,
    update: (bytes) => void hash?.update(bytes),
    result: () => ({ got: hash?.digest("hex") ?? "", expected: sha256 ?? gitSha1 ?? "" }),
  };
}

async function* readBody(response: Response, { baseUrl, signal }: HubServer): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const watch = setTimeout(() => void reader.cancel().catch(() => {}), IDLE_TIMEOUT_MS); // ends the reading as a cut does
  try {
    for (;;) {
      const next = await reader.read().catch((error: Error) => {
        signal?.throwIfAborted();
        const why = (error.cause as Error | undefined)?.message ?? error.message;
        throw new HubProblem(`${baseUrl} cut the connection (${why}).`, { isRetryable: true });
      });
      if (next.done) return;
      watch.refresh();
      yield next.value;
    }
  } finally {
    clearTimeout(watch);
    await reader.cancel().catch(() => {});
  }
}
