/** The bytes of one file, unpacked on the fly when it is gzip. What stands before damage in a gzip file is still given. */
import type { FileHandle } from "node:fs/promises";
import { createGunzip, type Gunzip } from "node:zlib";
import { UserError } from "../../errors.ts";
import { openForReading } from "../../formats/index.ts";

/** A gzip file that ends too early or is damaged; everything before that point was given first. */
export class DamagedFile extends UserError {
  override name = "DamagedFile";
  /** Bytes unpacked before the damage. */
  readonly unpackedBytes: number;

  constructor(path: string, unpackedBytes: number, reason: string) {
    super(
      `${path} is a damaged or cut gzip file (${reason}) after ${unpackedBytes.toLocaleString("en")} unpacked bytes.`,
    );
    this.unpackedBytes = unpackedBytes;
  }
}

/** An open file: its unpacked bytes, and how far the reading has come. */
export interface ByteSource {
  /** Bytes of the file as it lies on the disk. */
  readonly sizeBytes: number;
  /** Of those, the bytes read so far. */
  readonly readBytes: number;
  /** Pieces of the unpacked content; the file is closed when the iteration ends. */
  chunks(): AsyncGenerator<Buffer>;
}

const CHUNK_BYTES = 1 << 16; // 64 KiB of gzip unpack to at most 66 MB, so a "zip bomb" passes in bounded memory

/** Opens a file; gzip is known by its first two bytes, not by its name. Throws UserError when the file cannot be read. */
export async function openBytes(path: string): Promise<ByteSource> {
  const handle = await openForReading(path);
  const { size } = await handle.stat();
  const magic = Buffer.alloc(2);
  await handle.read(magic, 0, 2, 0);
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  const source = {
    sizeBytes: size,
    readBytes: 0,
    async *chunks() {
      try {
        if (isGzip) yield* unpacked(path, packed(path, handle, source));
        else yield* packed(path, handle, source);
      } finally {
        await handle.close();
      }
    },
  };
  return source;
}

/** The first `count` unpacked bytes of a file, fewer only when it is shorter. */
export async function peekBytes(path: string, count: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of (await openBytes(path)).chunks()) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= count) break;
  }
  return Buffer.concat(parts).subarray(0, count);
}

async function* packed(path: string, handle: FileHandle, progress: { readBytes: number }): AsyncGenerator<Buffer> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, progress.readBytes).catch((error) => {
      throw new UserError(
        `${path} cannot be read past byte ${progress.readBytes} (${error.code}). Copy the file to a sound disk.`,
      );
    });
    if (bytesRead === 0) return;
    progress.readBytes += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Fed piece by piece and drained before the next piece, because a stream that is piped drops what it had already
 * unpacked when it meets damage.
 */
async function* unpacked(path: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  let ready: Buffer[] = [];
  let unpackedBytes = 0;
  gunzip.on("data", (data: Buffer) => {
    ready.push(data);
    unpackedBytes += data.length;
  });
  const failure = new Promise<Error>((resolve) => gunzip.on("error", resolve));
  const take = () => {
    const taken = ready;
    ready = [];
    return taken;
  };
  try {
    for await (const chunk of chunks) {
      const error = await Promise.race([written(gunzip, chunk), failure]);
      yield* take();
      if (error) throw new DamagedFile(path, unpackedBytes, error.message);
    }
    const error = await Promise.race([ended(gunzip), failure]);
    yield* take();
    if (error) throw new DamagedFile(path, unpackedBytes, error.message);
  } finally {
    gunzip.destroy();
  }
}

function written(gunzip: Gunzip, chunk: Buffer): Promise<null> {
  return new Promise((resolve) => gunzip.write(chunk, () => setImmediate(resolve, null)));
}

function ended(gunzip: Gunzip): Promise<null> {
  return new Promise((resolve) => {
    gunzip.on("end", () => resolve(null));
    gunzip.end();
  });
}
