/** The file in a multipart form (RFC 7578), cut out on the disk so that its size costs no memory. */
import { createReadStream, createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

const HEAD_BYTES = 16_384; //  the fields before the file and its own header
const TAIL_BYTES = 4096; //    what may follow it

/** Leaves at `path` the form's file alone. Returns its name and the field `purpose`, or what is wrong with the form. */
export async function findUpload(
  path: string,
  boundary: string,
): Promise<{ filename: string; purpose: string } | string> {
  const { head, tail, tailAt } = await readEnds(path);
  const header =
    /Content-Disposition:[^\r\n]{0,99}?name="file"[^\r\n]{0,99}?filename="([^"\r\n]*)"[\s\S]*?\r\n\r\n/i.exec(head);
  const purpose =
    /name="purpose"[^\r\n]{0,99}\r\n\r\n([^\r\n]*)/i.exec(head) ?? /name="purpose"\r\n\r\n([^\r\n]*)/i.exec(tail);
  if (!header) return "'file' is a required property";
  if (!purpose) return "'purpose' is a required property";
  const start = Buffer.byteLength(head.slice(0, header.index + header[0].length), "latin1");
  const endInTail = tail.indexOf(`\r\n--${boundary}`, Math.max(0, start - tailAt));
  if (endInTail < 0) return "The form has no end.";
  const end = tailAt + endInTail;
  if (end <= start) return "The file is empty.";
  const part = `${path}.part`;
  await pipeline(createReadStream(path, { start, end: end - 1 }), createWriteStream(part));
  await rename(part, path);
  return { filename: header[1], purpose: purpose[1] };
}

async function readEnds(path: string): Promise<{ head: string; tail: string; tailAt: number }> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const read = async (position: number, length: number) => {
      const buffer = Buffer.alloc(length);
      await handle.read(buffer, 0, length, position);
      return buffer.toString("latin1"); // a character a byte
    };
    const tailAt = Math.max(0, size - TAIL_BYTES);
    return { head: await read(0, Math.min(size, HEAD_BYTES)), tail: await read(tailAt, size - tailAt), tailAt };
  } finally {
    await handle.close();
  }
}
