/** Segments of files: any two lists of texts. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { FormatError, UserError } from "../errors.ts";

const NOT_TEXT = new Set([".json", ".csv", ".tsv", ".parquet", ".gz", ".zip", ".xml"]);

/**
 * The segments of a file: one a line (LF ends a line, as in sacreBLEU), in a .jsonl or .ndjson file a row `{"text": …}` a line. Throws
 * UserError for a file that is missing, empty, not UTF-8 (with the byte), or without text in a row (with the line).
 */
export async function readSegments(path: string): Promise<string[]> {
  const extension = extname(path).toLowerCase();
  if (NOT_TEXT.has(extension)) {
    throw new UserError(
      `${path}: ${extension} files are not read. Give text with a segment a line, or .jsonl with rows such as {"text": "…"}.`,
    );
  }
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "does not exist" : `cannot be read (${error.code})`;
    throw new UserError(
      `${path} ${reason}. Give text with a segment a line, or .jsonl with rows such as {"text": "…"}.`,
    );
  });
  if (bytes.length === 0) throw new UserError(`${path} is empty: there is nothing to score.`);
  const lines = decode(bytes, path).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return extension === ".jsonl" || extension === ".ndjson" ? lines.map((line, i) => readRow(line, i + 1, path)) : lines;
}

/** UTF-8 text, a byte order mark kept as sacreBLEU keeps it. */
function decode(bytes: Buffer, path: string): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  for (let at = text.indexOf("\ufffd"), offset = 0, from = 0; at >= 0; at = text.indexOf("\ufffd", from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes.toString("latin1", offset, offset + 3) !== "\xef\xbf\xbd") {
      const line = text.slice(0, at).split("\n").length;
      throw new FormatError({
        path,
        where: `byte ${offset} (line ${line})`,
        expected: "UTF-8 text",
        got: `the byte 0x${bytes[offset].toString(16).padStart(2, "0")}`,
        fix: "Save the file as UTF-8.",
      });
    }
    offset += 3;
    from = at + 1;
  }
  return text;
}

function readRow(line: string, number: number, path: string): string {
  const where = `line ${number}`;
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (error) {
    const got = line.trim() === "" ? "an empty line" : (error as Error).message;
    throw new FormatError({ path, where, expected: 'a JSON row such as {"text": "…"}', got });
  }
  const text = (row as { text?: unknown } | null)?.text;
  if (typeof text === "string") return text;
  const keys = row !== null && typeof row === "object" ? Object.keys(row).join(", ") || "no keys" : String(row);
  const got = text === undefined ? `a row without it (${keys})` : `${JSON.stringify(text)} in it`;
  throw new FormatError({ path, where, expected: 'a string under the key "text"', got });
}

/** Several files with the same number of segments. Throws UserError, naming both counts, where one has another number than the first. */
export async function readParallel(paths: readonly string[]): Promise<string[][]> {
  const files: string[][] = [];
  for (const path of paths) {
    const segments = await readSegments(path);
    if (files.length > 0 && segments.length !== files[0].length) {
      throw new UserError(
        `${paths[0]} has ${count(files[0].length)}, ${path} has ${count(segments.length)}. Line n of one is compared with line n of the other, so both need the same number of lines. ` +
          "A text that holds a line break itself can only stand in a .jsonl file.",
      );
    }
    files.push(segments);
  }
  return files;
}

const count = (segments: number) => (segments === 1 ? "1 segment" : `${segments} segments`);
