/**
 * A file that holds one mail, as the program that keeps it writes it:
 *   .eml, Maildir, MH   the message itself, or packed by gzip
 *   .emlx (Apple Mail)  a line with the length of the message in bytes, the message, and a property list with its flags
 *   .msg (Outlook)      properties in an OLE container; the message is put together from them
 */
import { gunzipSync } from "node:zlib";
import { isCompoundFile, isCompressed } from "./content.ts";
import { readMsg } from "./msg.ts";
import type { RawMessage } from "./raw.ts";

/** What the bytes of such a file hold; `path` shows what its name alone does: a Maildir's flags, MH's mark of what was deleted. */
export async function readOneMail(file: Buffer, path: string, maxBytes: number): Promise<RawMessage["content"]> {
  const reason = skipByName(path);
  if (reason) return { kind: "skip", reason };
  let bytes = file;
  if (file[0] === 0x1f && file[1] === 0x8b) {
    try {
      bytes = gunzipSync(file, { maxOutputLength: maxBytes });
    } catch (error) {
      const isLarge = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
      return { kind: "skip", reason: isLarge ? "tooLarge" : "unreadable" };
    }
  }
  if (bytes.length > maxBytes) return { kind: "skip", reason: "tooLarge" };
  if (isCompressed(bytes)) return { kind: "skip", reason: "compressed" };
  if (isCompoundFile(bytes)) return readMsg(bytes);
  const length = /^(\d{1,10}) *\r?\n/.exec(bytes.toString("latin1", 0, 24));
  if (length !== null && /\.emlx(\.gz)?$/i.test(path)) return readEmlx(bytes, length);
  return { kind: "mime", bytes };
}

/** Drafts and what was thrown away, as a Maildir's flags after `:2,` and MH's comma before the number say. */
function skipByName(path: string): "draft" | "trashed" | null {
  const name = path.slice(path.search(/(?<![^\\/])[^\\/]*$/));
  if (/^[,#]\d+$/.test(name)) return "trashed";
  const at = name.search(/[:;!-]2,/); // ":" is not allowed everywhere, so some programs write another mark
  if (at < 0) return null;
  const flags = name.slice(at + 3);
  if (flags.includes("D")) return "draft";
  return flags.includes("T") ? "trashed" : null;
}

const EMLX_DELETED = 1n << 1n;
const EMLX_DRAFT = 1n << 6n;

function readEmlx(bytes: Buffer, [line, digits]: RegExpExecArray): RawMessage["content"] {
  const end = line.length + Number(digits);
  const flags = /<key>flags<\/key>\s{0,99}<integer>(\d{1,19})</.exec(bytes.toString("latin1", end))?.[1];
  const bits = BigInt(flags ?? 0);
  if (bits & EMLX_DELETED) return { kind: "skip", reason: "trashed" };
  if (bits & EMLX_DRAFT) return { kind: "skip", reason: "draft" };
  return { kind: "mime", bytes: bytes.subarray(line.length, end) };
}
