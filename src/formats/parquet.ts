/**
 * Parquet, read as a stream: chosen columns, a bounded number of rows at a time. The only importer of hyparquet.
 *
 *   "PAR1" | row group 0: column chunk 0 (pages), column chunk 1, … | row group 1 | … | footer (Thrift) | its length, u32 | "PAR1"
 *
 * The footer is at the end, so a file that was cut short has none and is known at once. A row group may hold a whole file;
 * rows are therefore read in batches sized by the bytes a row has, and pages before a batch are passed over unpacked.
 */
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { compressors as unpackers } from "hyparquet-compressors";
import { FormatError, UserError } from "../errors.ts";
import { openForReading, readInto } from "./files.ts";

/** An open Parquet file. */
export interface ParquetReader {
  readonly path: string;
  /** Names of the top columns, in order. */
  readonly columns: readonly string[];
  readonly rowCount: number;
  /**
   * All rows, with the named columns only, a batch at a time. 64-bit integers come as numbers where they fit, else as bigint;
   * missing values as null. Throws FormatError naming the rows where the file is damaged.
   */
  batches(columns: readonly string[]): AsyncGenerator<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

const BATCH_BYTES = 8 << 20; //         unpacked bytes of the chosen columns in one batch, about
const MAX_BATCH_ROWS = 4096; //         also where the footer claims that rows weigh nothing
const MAX_PAGE_BYTES = 1 << 29; //      writers make pages of about 1 MB; a page that claims more than this is an attack or damage
const MAX_CHUNK_BYTES = 1 << 30; //     a column of one row group, packed: it is held while its rows are read
const MAX_FOOTER_BYTES = 1 << 27;
const MAGIC = "PAR1";

/** Opens a Parquet file and reads its footer. Throws FormatError for a file that is none or was cut short. */
export async function openParquet(path: string): Promise<ParquetReader> {
  const handle = await openForReading(path);
  try {
    const { size } = await handle.stat();
    await checkEnds(path, size, async (offset, length) => {
      const bytes = Buffer.alloc(length);
      await readInto(handle, bytes, offset);
      return bytes;
    });
    const file: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const length = Math.max(0, end - start);
        if (start < 0 || end > size || length > MAX_CHUNK_BYTES)
          throw new RangeError(`bytes ${start} to ${end} of ${size}`);
        const bytes = new Uint8Array(length);
        await readInto(handle, bytes, start);
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
      throw damaged(path, "footer", error);
    });
    const columns = topColumns(metadata);
    const rowCount = Number(metadata.num_rows);
    return {
      path,
      columns,
      rowCount,
      batches: (wanted) => readBatches({ path, file, metadata, columns: wanted }),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function checkEnds(
  path: string,
  size: number,
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<void> {
  const head = size >= 4 ? (await read(0, 4)).toString("latin1") : "";
  if (head !== MAGIC) {
    throw new FormatError({
      path,
      where: "byte 0",
      expected: `"${MAGIC}"`,
      got: "something else",
      fix: "This is not a Parquet file.",
    });
  }
  const tail = size >= 12 ? await read(size - 8, 8) : Buffer.alloc(8);
  const footerBytes = tail.readUInt32LE(0);
  if (tail.toString("latin1", 4) === MAGIC && footerBytes <= Math.min(size - 12, MAX_FOOTER_BYTES)) return;
  throw new FormatError({
    path,
    where: `byte ${Math.max(0, size - 4)} (the end)`,
    expected: `a footer and "${MAGIC}"`,
    got: "other bytes",
    fix: "The file was cut short or damaged: fetch it again.",
  });
}

function topColumns({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let at = 1; // behind the root
  const skip = (index: number): number => {
    let next = index + 1;
    for (let child = 0; child < (schema[index]?.num_children ?? 0) && next < schema.length; child++) next = skip(next);
    return next;
  };
  for (let child = 0; child < (schema[0]?.num_children ?? 0) && at < schema.length; child++) {
    names.push(schema[at].name);
    at = skip(at);
  }
  return names;
}

async function* readBatches(options: {
  path: string;
  file: AsyncBuffer;
  metadata: FileMetaData;
  columns: readonly string[];
}): AsyncGenerator<readonly Record<string, unknown>[]> {
  const { path, file, metadata, columns } = options;
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupRows = Number(group.num_rows);
    let unpackedBytes = 0;
    for (const { meta_data: chunk } of group.columns) {
      if (!chunk || !columns.includes(chunk.path_in_schema[0])) continue;
      unpackedBytes += Number(chunk.total_uncompressed_size);
      if (Number(chunk.total_compressed_size) <= MAX_CHUNK_BYTES) continue;
      throw new UserError(
        `${path} holds a row group of ${groupRows.toLocaleString("en")} rows whose column ${chunk.path_in_schema[0]} has ${Number(chunk.total_compressed_size).toLocaleString("en")} packed bytes: more than can be read at a time. Write the file with smaller row groups.`,
      );
    }
    const batchRows = Math.max(
      1,
      Math.min(MAX_BATCH_ROWS, Math.floor((BATCH_BYTES / Math.max(1, unpackedBytes)) * groupRows)),
    );
    for (let from = groupStart; from < groupStart + groupRows; from += batchRows) {
      const to = Math.min(from + batchRows, groupStart + groupRows);
      yield await readRows({ path, file, metadata, columns, from, to });
    }
    groupStart += groupRows;
  }
}

async function readRows(options: {
  path: string;
  file: AsyncBuffer;
  metadata: FileMetaData;
  columns: readonly string[];
  from: number;
  to: number;
}): Promise<readonly Record<string, unknown>[]> {
  const { path, file, metadata, columns, from, to } = options;
  const where = `rows ${from} to ${to - 1}`;
  const rows = await parquetReadObjects({
    ...{ file, metadata, columns: [...columns], rowStart: from, rowEnd: to },
    ...{ compressors: cappedUnpackers, useOffsetIndex: true },
  }).catch((error: Error) => {
    throw damaged(path, where, error);
  });
  if (rows.length !== to - from || rows.some((row) => row === undefined)) {
    throw damaged(path, where, new Error(`${rows.length} rows`));
  }
  for (const row of rows) {
    for (const name of columns) {
      const value = row[name] as unknown;
      if (value === undefined) row[name] = null;
      else if (typeof value === "bigint" && BigInt(Number(value)) === value) row[name] = Number(value);
    }
  }
  return rows;
}

function damaged(path: string, where: string, error: Error): Error {
  if (error instanceof UserError) return error;
  return new FormatError({
    path,
    where,
    expected: "sound Parquet pages",
    got: error.message.slice(0, 200),
    fix: "The file is damaged, or packed in a way that is not known here: fetch it again, or write it with Snappy.",
  });
}

/** The unpackers, which make a buffer of the size that a page header claims: a claim without measure is refused before that. */
const cappedUnpackers: Compressors = Object.fromEntries(
  Object.entries(unpackers).map(([codec, unpack]) => [
    codec,
    (packed: Uint8Array, unpackedBytes: number) => {
      if (!(unpackedBytes >= 0 && unpackedBytes <= MAX_PAGE_BYTES)) {
        throw new RangeError(`a page of ${packed.length} bytes that claims to unpack to ${unpackedBytes}`);
      }
      return unpack(packed, unpackedBytes);
    },
  ]),
);
