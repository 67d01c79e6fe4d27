/** What a file is, by its first bytes; its name decides only where these leave it open. */
import { isMailField } from "../../mail/index.ts";
import { looksLikeMbox } from "./mbox.ts";

/** The kinds of file that are known: mail, tables, what holds others, and what is named to the person but not read. */
export type FileKind =
  | ("mbox" | "eml" | "emlx" | "msg" | "jsonl" | "csv" | "parquet" | "zip" | "empty")
  | ("outlookStore" | "compressed");

/** Bytes of a file's head that are enough to tell. */
export const HEAD_BYTES = 4096;

/**
 * The kind of the file that begins with `head` (gzip undone), or null. Strict: one among others, of which a table needs its ending and a mail two
 * fields of mail headers; a file that the person names may be anything that begins like a header.
 */
export function kindOfFile(head: Buffer, path: string, { isStrict = false } = {}): FileKind | null {
  const text = head
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart();
  if (text === "") return "empty";
  const name = path.toLowerCase().replace(/\.gz$/, "");
  if (head.toString("latin1", 0, 4) === "PAR1" || name.endsWith(".parquet")) return "parquet";
  if (text.startsWith("PK\u0003\u0004") || text.startsWith("PK\u0005\u0006"))
    return name.endsWith(".zip") ? "zip" : null;
  if (isCompoundFile(head)) return name.endsWith(".msg") ? "msg" : null;
  if (text.startsWith("!BDN")) return "outlookStore";
  if (isCompressed(head)) return "compressed";
  if (name.endsWith(".csv") || name.endsWith(".tsv")) return "csv";
  if (looksLikeMbox(head)) return "mbox";
  if (EMLX.test(text)) return "emlx";
  const isTable = name.endsWith(".jsonl") || name.endsWith(".ndjson");
  if (text.startsWith("{") && (isTable || !isStrict)) return "jsonl";
  if (name.endsWith(".mbox") || isTable || name.endsWith(".wdseml")) return null; // .wdseml: Thunderbird's copies for a search
  if (name.endsWith(".eml")) return "eml";
  return (isStrict ? countMailFields(text) >= 2 : HEADER.test(text)) ? "eml" : null;
}

const HEADER = /^[!-9;-~]{1,80}:[ \t]?[^\n]*\r?\n(?:[!-9;-~]{1,80}:|[ \t]|\r?\n)/;
/** Apple Mail's own: the length of the message, then the message. */
const EMLX = /^\d{1,10} *\r?\n[!-9;-~]{1,80}:/;

/** Fields of mail in the header block that `text` begins with. */
function countMailFields(text: string): number {
  let count = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === "") break;
    const name = /^([!-9;-~]{1,76})[ \t]{0,9}:/.exec(line)?.[1].toLowerCase();
    if (name === undefined && !/^[ \t]/.test(line)) return 0;
    if (name !== undefined && isMailField(name)) count++;
  }
  return count;
}

/** OLE's container, in which Outlook keeps a message, and Word a document. */
export function isCompoundFile(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
}

/** Zstandard, xz, bzip2 and LZ4, as mail servers use them; gzip is undone before. */
export function isCompressed(bytes: Uint8Array): boolean {
  return [
    [0x28, 0xb5, 0x2f, 0xfd],
    [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    [0x42, 0x5a, 0x68],
    [0x04, 0x22, 0x4d, 0x18],
  ].some((magic) => startsWith(bytes, magic));
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
