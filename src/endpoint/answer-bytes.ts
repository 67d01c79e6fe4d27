/** The bytes of an answer as text: compression that nobody asked for is undone, and a byte order mark is no part of it. */
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

/** Decodes a body. Throws an error with code "TOO_LARGE" where it unpacks to more than `maxBytes`, "ECONNRESET" where it is cut. */
export function readAnswerText(bytes: Buffer, encoding: string | undefined, maxBytes: number): string {
  return unpack(bytes, encoding?.trim().toLowerCase(), maxBytes)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}

function unpack(bytes: Buffer, encoding: string | undefined, maxOutputLength: number): Buffer {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // also where no header says so
  try {
    if (isGzip) return gunzipSync(bytes, { maxOutputLength });
    if (encoding === "deflate") return inflateSync(bytes, { maxOutputLength });
    if (encoding === "br") return brotliDecompressSync(bytes, { maxOutputLength });
    return bytes;
  } catch (error) {
    const isLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    const message = isLarge ? `the answer is larger than ${maxOutputLength} bytes` : "the compressed answer is cut";
    throw Object.assign(new Error(message), { code: isLarge ? "TOO_LARGE" : "ECONNRESET" });
  }
}
