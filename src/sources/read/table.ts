/** Mail in tables: JSON lines, CSV and Parquet, whose columns are named by recipe.import.fields. */
import { basename } from "node:path";
import { openParquet, readCsv } from "../../formats/index.ts";
import { openBytes } from "./bytes.ts";
import { printableName } from "./folder.ts";
import { readCappedLines } from "./lines.ts";
import type { RawMessage, ReadOptions, SkipReason } from "./raw.ts";
import { type FieldPlaces, fieldPlaces, parseRow, wantedColumns } from "./row.ts";

/**
 * Conversations by runs: rows that follow each other with an equal value are one, and each answers the row before it. Equal
 * values further on are another conversation (FinePersonas counts its ids from 0 again and again). One counter serves all
 * shards of a data set, because a conversation may go on in the next shard.
 */
export interface Runs {
  next(value: string | null): { readonly conversation: string; readonly answersPrevious: boolean } | null;
  /** What comes next follows nothing: another data set begins. */
  cut(): void;
}

export function createRuns(): Runs {
  let last: string | null = null;
  let count = 0;
  return {
    next(value) {
      const goesOn = value !== null && value === last;
      if (!goesOn) count++;
      last = value;
      return value === null ? null : { conversation: `run ${count}`, answersPrevious: goesOn };
    },
    cut() {
      last = null;
    },
  };
}

/** Streams a JSONL file (gzip too). Lines that are not JSON objects or lack a text are skipped as `brokenRow`. */
export async function* readJsonlTable(
  path: string,
  options: ReadOptions,
  runs = createRuns(),
): AsyncGenerator<RawMessage> {
  const places = fieldPlaces(options.fields);
  const bytes = await openBytes(path);
  for await (const { line, bytes: content } of readCappedLines(bytes.chunks(), options.maxMessageBytes)) {
    const place = { source: `${printableName(basename(path))}, line ${line}`, done: bytes.readBytes / bytes.sizeBytes };
    const text = content?.toString("utf8").trim();
    if (text === undefined) yield skipped(place, "tooLarge");
    else if (text !== "") yield toMessage(parseJson(text), { places, place, runs, maxBytes: options.maxMessageBytes });
  }
}

/** Streams a CSV file (gzip too) with a header row. */
export async function* readCsvTable(
  path: string,
  options: ReadOptions,
  runs = createRuns(),
): AsyncGenerator<RawMessage> {
  const places = fieldPlaces(options.fields);
  const bytes = await openBytes(path);
  let checked = false;
  const maxBytes = options.maxMessageBytes;
  for await (const { line, fields } of readCsv(path, bytes.chunks(), { maxRecordBytes: maxBytes })) {
    const place = { source: `${printableName(basename(path))}, line ${line}`, done: bytes.readBytes / bytes.sizeBytes };
    if (fields === "tooLarge") yield skipped(place, "tooLarge");
    else if (fields === "wrongColumnCount") yield skipped(place, "brokenRow");
    else {
      if (!checked) wantedColumns(path, Object.keys(fields), options.fields);
      checked = true;
      yield toMessage(fields, { places, place, runs, maxBytes });
    }
  }
}

/** Streams a Parquet file: only the columns that are wanted are read, a batch of rows at a time. */
export async function* readParquetTable(
  path: string,
  options: ReadOptions,
  runs = createRuns(),
): AsyncGenerator<RawMessage> {
  const places = fieldPlaces(options.fields);
  const reader = await openParquet(path);
  try {
    const columns = wantedColumns(path, reader.columns, options.fields);
    let number = 0;
    for await (const rows of reader.batches(columns)) {
      for (const row of rows) {
        const place = { source: `${printableName(basename(path))}, row ${++number}`, done: number / reader.rowCount };
        yield toMessage(row, { places, place, runs, maxBytes: options.maxMessageBytes });
      }
    }
  } finally {
    await reader.close();
  }
}

type Place = Pick<RawMessage, "source" | "done">;

function toMessage(
  row: unknown,
  { places, place, runs, maxBytes }: { places: FieldPlaces; place: Place; runs: Runs; maxBytes: number },
): RawMessage {
  const mail = parseRow(row, places);
  if (!mail) return skipped(place, "brokenRow");
  const { fields, labels, raw } = mail;
  const run = runs.next(mail.conversation);
  if (Buffer.byteLength(fields.body) > maxBytes) return skipped(place, "tooLarge");
  if (raw !== null) return { ...place, labels, content: { kind: "mime", bytes: Buffer.from(raw, "utf8") } };
  const threadId = fields.threadId || run?.conversation || "";
  const answersPrevious = run?.answersPrevious ?? false;
  return { ...place, labels, content: { kind: "fields", fields: { ...fields, threadId, answersPrevious } } };
}

function skipped(place: Place, reason: SkipReason): RawMessage {
  return { ...place, content: { kind: "skip", reason } };
}

/** The value of a line; undefined where it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
