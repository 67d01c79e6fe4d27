/** The second pass of an import: rows get their threads and their owner, a sample is drawn, and what remains is written. */
import { invariant } from "../errors.ts";
import { encodeJson, readJsonl, writeFileBeside } from "../formats/index.ts";
import { createColumn, type DraftEmail, type Email, type LinePlace, type ThreadPlaces } from "../mail/index.ts";
import { hashString } from "../random.ts";
import { hashText } from "./import-clean.ts";
import type { Owner } from "./owner.ts";

/** The rows of the first pass with their places, again and again. A row's number is its line in the file of the first pass, from 0. */
export interface PlacedRows {
  /** Rows of the sample. */
  readonly count: number;
  /** Rows that the sample left out. */
  readonly leftOut: number;
  readonly threads: number;
  /** Rows that answer another row of the sample. */
  readonly answers: number;
  read(): AsyncGenerator<DraftEmail>;
  /** The number of the row with an id. */
  rowOf(id: string): number;
  /** Whether some row answers the one with this number. */
  isAnswered(row: number): boolean;
}

/** Settles which rows of `rowsPath` stay and where they belong. `sample` is null for all. */
export function placeRows(options: {
  rowsPath: string;
  places: ThreadPlaces;
  owner: Owner;
  sample: number | null;
  seed: number;
}): PlacedRows {
  const { rowsPath, places, owner, sample, seed } = options;
  const chosen = sample === null || sample >= places.count ? null : drawSample(places, sample, seed);
  const isIn = (row: number) => chosen === null || chosen[row] === 1;
  const isThread = createColumn();
  const answered = new Uint8Array(places.count);
  let [count, threads, answers] = [0, 0, 0];
  for (let row = 0; row < places.count; row++) {
    if (!isIn(row)) continue;
    count++;
    const thread = places.thread(row);
    if (isThread.get(thread) === 0) threads++;
    isThread.set(thread, 1);
    const parent = places.answers(row);
    if (parent < 0 || !isIn(parent)) continue;
    answered[parent] = 1;
    answers++;
  }
  const owners = new Set(owner.addresses);

  async function* read(): AsyncGenerator<DraftEmail> {
    let row = -1;
    for await (const { value } of readJsonl(rowsPath)) {
      const draft = value as DraftEmail; // written a moment ago by the first pass
      row++;
      if (!isIn(row)) continue;
      invariant(places.id(row) === draft.id, `row ${row} is ${draft.id}, not ${places.id(row)}`);
      const parent = places.answers(row);
      const { answers: _, source, ...rest } = draft;
      yield {
        ...rest,
        threadId: threadIdOf(places.threadName(row)),
        ...(owners.has(draft.from.address.toLowerCase()) ? { fromOwner: true } : {}),
        answers: parent >= 0 && isIn(parent) ? places.id(parent) : null,
        source,
      };
    }
  }
  const leftOut = places.count - count;
  return { count, leftOut, threads, answers, read, rowOf: places.row, isAnswered: (row) => answered[row] === 1 };
}

/**
 * Exactly `count` rows, marked by 1: whole conversations in an order by seed, so that answers stay beside what they answer; of the last
 * one only its first rows. The same seed and a larger count give the same rows and more.
 */
function drawSample(places: ThreadPlaces, count: number, seed: number): Uint8Array {
  const rows = Int32Array.from({ length: places.count }, (_, row) => row);
  const hashes = Uint32Array.from(rows, (row) => hashString(`${seed}/import/${places.threadName(row)}`));
  const nameOrder = (a: number, b: number) =>
    places.thread(a) === places.thread(b) ? 0 : places.threadName(a) < places.threadName(b) ? -1 : 1;
  rows.sort((a, b) => hashes[a] - hashes[b] || nameOrder(a, b) || a - b);
  const chosen = new Uint8Array(places.count);
  for (const row of rows.subarray(0, count)) chosen[row] = 1;
  return chosen;
}

function threadIdOf(thread: string): string {
  return thread.startsWith("row ") ? thread.slice("row ".length) : hashText(thread);
}

/** Writes emails.jsonl and gives how many are the owner's and where the line of a mail stands that some row answers. */
export async function writeEmails(
  path: string,
  rows: PlacedRows,
): Promise<{ fromOwner: number; placeOf: (id: string) => LinePlace | null }> {
  const columns = createPlaces();
  let fromOwner = 0;
  await writeFileBeside(path, async (writer) => {
    for await (const { pieces: _, sent: __, ...email } of rows.read()) {
      const line = Buffer.from(`${encodeJson(email satisfies Email)}\n`, "utf8");
      const row = rows.rowOf(email.id);
      if (rows.isAnswered(row)) columns.set(row, { offset: writer.position, sizeBytes: line.length });
      if (email.fromOwner) fromOwner++;
      await writer.write(line);
    }
  });
  return { fromOwner, placeOf: (id) => columns.get(rows.rowOf(id)) };
}

/** Places in a file of any size, by row. */
function createPlaces() {
  const [high, low, sizes] = [createColumn(), createColumn(), createColumn()];
  return {
    set(row: number, { offset, sizeBytes }: LinePlace): void {
      high.set(row, Math.floor(offset / 2 ** 32));
      low.set(row, offset % 2 ** 32);
      sizes.set(row, sizeBytes);
    },
    get(row: number): LinePlace | null {
      const sizeBytes = row < 0 ? 0 : sizes.get(row);
      return sizeBytes === 0 ? null : { offset: high.get(row) * 2 ** 32 + (low.get(row) >>> 0), sizeBytes };
    },
  };
}
