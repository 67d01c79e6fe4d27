/**
 * CSV (RFC 4180) read as a stream: a header row, then records whose quoted fields may hold line breaks. csv-parse takes each
 * record apart; where a record ends is found here, so that a record without end is passed over without being held and the
 * records behind it are still read.
 */
import { parse } from "csv-parse/sync";
import { FormatError } from "../errors.ts";

/** One record of a CSV file. */
export interface CsvRecord {
  /** The line it begins on, from 1. */
  readonly line: number;
  /** Its fields by the names of the header row; a word where there are none to give. */
  readonly fields: Readonly<Record<string, string>> | "tooLarge" | "wrongColumnCount";
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;

/**
 * Streams the records of a CSV text (comma, semicolon or tab, found in the header row; UTF-8 or windows-1252). Throws
 * FormatError for UTF-16, for a header row that names a column twice or holds no text, and for a quote that is never closed.
 */
export async function* readCsv(
  path: string,
  chunks: AsyncIterable<Buffer>,
  { maxRecordBytes }: { maxRecordBytes: number },
): AsyncGenerator<CsvRecord> {
  let header: { names: readonly string[]; delimiter: string } | null = null;
  const splitter = createRecordSplitter(path, maxRecordBytes);
  for await (const chunk of chunks) for (const record of splitter.push(chunk)) yield* take(record);
  for (const record of splitter.end()) yield* take(record);

  function* take({ line, bytes }: RawRecord): Generator<CsvRecord> {
    if (bytes !== null && isBlank(bytes)) return;
    if (header === null) {
      header = readHeader(path, line, bytes);
      splitter.setDelimiter(header.delimiter);
      return;
    }
    if (bytes === null) {
      yield { line, fields: "tooLarge" };
      return;
    }
    const { names, delimiter } = header;
    const values = parseRecord(decode(bytes), delimiter);
    const fields = Object.fromEntries(names.map((name, i) => [name, values[i]]));
    yield { line, fields: values.length === names.length ? fields : "wrongColumnCount" };
  }
}

function readHeader(path: string, line: number, bytes: Buffer | null): { names: readonly string[]; delimiter: string } {
  const where = `line ${line}`;
  const expected = "a header row that names the columns";
  if (bytes === null) throw new FormatError({ path, where, expected, got: "a line without end" });
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff) || bytes.includes(0)) {
    throw new FormatError({ path, where, expected: "UTF-8", got: "UTF-16 or binary data", fix: "Save it as UTF-8." });
  }
  const text = decode(bytes).replace(/^\ufeff/, "");
  const delimiter = detectDelimiter(text);
  const names = parseRecord(text, delimiter).map((name) => name.trim());
  const twice = names.find((name, i) => name !== "" && names.indexOf(name) !== i);
  if (twice !== undefined) throw new FormatError({ path, where, expected, got: `two columns called "${twice}"` });
  if (names.every((name) => name === "")) throw new FormatError({ path, where, expected, got: "no names" });
  return { names, delimiter };
}

function detectDelimiter(header: string): string {
  const bare = header.replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t"].map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}

function parseRecord(text: string, delimiter: string): string[] {
  const [values = [""]] = parse(text, { delimiter, relax_quotes: true, relax_column_count: true }) as string[][];
  return values;
}

/** UTF-8 where it is valid, else windows-1252, which every byte is. */
function decode(bytes: Buffer): string {
  try {
    return strict.decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === RETURN);
}

interface RawRecord {
  readonly line: number;
  /** Without its line end; null where it is larger than the limit. */
  readonly bytes: Buffer | null;
}

/** Cuts bytes into records: a line end outside quotes ends one. A quote opens only at the start of a field, and "" inside is a quote. */
function createRecordSplitter(path: string, maxBytes: number) {
  let delimiter = -1; // any of the three until the header is read
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  let line = 1;
  let startLine = 1;
  let quotedSince: number | null = null; // the line on which the open quote stands
  let before = NEWLINE; // the byte before the one looked at
  let justClosed = false; // it was a quote that closed a field: one more is a quote inside it

  const opens = () =>
    before === NEWLINE ||
    (delimiter < 0 ? before === 0x2c || before === 0x3b || before === 0x09 : before === delimiter);

  function add(bytes: Buffer): void {
    sizeBytes += bytes.length;
    if (sizeBytes > maxBytes) parts = [];
    else parts.push(Buffer.from(bytes));
  }

  function finish(): RawRecord {
    const whole = sizeBytes > maxBytes ? null : Buffer.concat(parts);
    const record = { line: startLine, bytes: whole?.at(-1) === RETURN ? whole.subarray(0, -1) : whole };
    parts = [];
    sizeBytes = 0;
    startLine = line;
    return record;
  }

  return {
    setDelimiter(character: string): void {
      delimiter = character.charCodeAt(0);
    },
    *push(chunk: Buffer): Generator<RawRecord> {
      let from = 0;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at];
        if (byte === QUOTE) {
          const closes = quotedSince !== null;
          if (closes) quotedSince = null;
          else if (opens() || justClosed) quotedSince = line;
          justClosed = closes;
          before = byte;
          continue;
        }
        justClosed = false;
        if (byte === NEWLINE) {
          line++;
          if (quotedSince === null) {
            add(chunk.subarray(from, at));
            from = at + 1;
            before = NEWLINE;
            yield finish();
            continue;
          }
        }
        before = byte;
      }
      add(chunk.subarray(from));
    },
    *end(): Generator<RawRecord> {
      if (quotedSince !== null) {
        throw new FormatError({
          path,
          where: `line ${quotedSince}`,
          expected: `a quoted field that ends with "`,
          got: "the end of the file",
          fix: "Close the quote, or fetch the file again if it was cut short.",
        });
      }
      if (sizeBytes > 0) yield finish();
    },
  };
}
