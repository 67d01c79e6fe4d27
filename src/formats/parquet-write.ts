/** Parquet, written as a stream: one row group in memory at a time. The only importer of hyparquet-writer. */
import type { SchemaElement } from "hyparquet";
import { ByteWriter, parquetWriteRows } from "hyparquet-writer";
import { writeFileBeside } from "./files.ts";

/** A column of text, numbers or structures, as the Parquet schema names it. */
export type ParquetElement = SchemaElement;

/** A text column. */
export function stringColumn(name: string, { nullable = true } = {}): ParquetElement {
  return {
    name,
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
    ...repetition(nullable),
  };
}

/** A column of 64-bit integers; values are bigint. */
export function int64Column(name: string, { nullable = true } = {}): ParquetElement {
  return { name, type: "INT64", ...repetition(nullable) };
}

/** A column of 64-bit floats. */
export function doubleColumn(name: string, { nullable = true } = {}): ParquetElement {
  return { name, type: "DOUBLE", ...repetition(nullable) };
}

/** A structure of `fields`, as the elements it is made of. */
export function structColumn(name: string, fields: readonly (readonly ParquetElement[])[]): ParquetElement[] {
  return [{ name, ...repetition(true), num_children: fields.length }, ...fields.flat()];
}

/** A list of what `element` describes (its own name becomes "element"), as the three levels that the format wants. */
export function listColumn(name: string, [first, ...rest]: readonly ParquetElement[]): ParquetElement[] {
  return [
    { name, ...repetition(true), num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { ...first, name: "element" },
    ...rest,
  ];
}

function repetition(nullable: boolean): Pick<ParquetElement, "repetition_type"> {
  return { repetition_type: nullable ? "OPTIONAL" : "REQUIRED" };
}

/**
 * Writes `rows` (objects by column name) to a Parquet file, Snappy-packed; the file appears when it is complete. `metadata`
 * are words kept in the footer, such as where the rows came from.
 */
export async function writeParquet(
  path: string,
  options: {
    columns: readonly (readonly ParquetElement[])[];
    rows: Iterable<Record<string, unknown>> | AsyncIterable<Record<string, unknown>>;
    rowGroupRows?: number;
    metadata?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { columns, rows, rowGroupRows = 5000, metadata = {} } = options;
  const schema = [{ name: "schema", num_children: columns.length }, ...columns.flat()];
  await writeFileBeside(path, async (file) => {
    const writer = new ByteWriter();
    const flush = async () => {
      const bytes = new Uint8Array(writer.buffer.slice(0, writer.index));
      writer.index = 0;
      await file.write(bytes);
    };
    Object.assign(writer, { flush, finish: flush });
    await parquetWriteRows({
      writer,
      schema,
      rows: inOrder(rows),
      columns: columns.map(([{ name }]) => ({ name })),
      rowGroupSize: rowGroupRows,
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy: "pocketreply",
    });
  });
}

/** As an asynchronous iterable, so that each row group is on the disk before the next is gathered. */
async function* inOrder<T>(rows: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* rows;
}
