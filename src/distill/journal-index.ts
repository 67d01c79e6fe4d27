/** Where the rows of each mail stand in the journal, in a few bytes a row: 50,000 mails with 120,000 rows take under 10 MB. */
import { createReadStream } from "node:fs";

/** The bytes of one line, without its "\n". */
export interface LinePlace {
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface JournalIndex {
  /** Rows in the index. */
  readonly rows: number;
  add(emailId: string, place: LinePlace): void;
  /** The places of a mail's rows, in the order they were added. */
  places(emailId: string): LinePlace[];
}

/** Rows as three parallel arrays, those of one mail chained from its last row back. */
export function createJournalIndex(): JournalIndex {
  const lastRow = new Map<string, number>();
  let offsets = new Float64Array(1024); // bytes; exact to 2^53
  let sizes = new Uint32Array(1024); //    bytes
  let previous = new Int32Array(1024); //  the row of the same mail before, -1 for none
  let rows = 0;

  function grow(): void {
    const capacity = rows * 2;
    const [oldOffsets, oldSizes, oldPrevious] = [offsets, sizes, previous];
    offsets = new Float64Array(capacity);
    sizes = new Uint32Array(capacity);
    previous = new Int32Array(capacity);
    offsets.set(oldOffsets);
    sizes.set(oldSizes);
    previous.set(oldPrevious);
  }

  return {
    get rows() {
      return rows;
    },
    add(emailId, { offset, sizeBytes }) {
      if (rows === offsets.length) grow();
      offsets[rows] = offset;
      sizes[rows] = sizeBytes;
      previous[rows] = lastRow.get(emailId) ?? -1;
      lastRow.set(emailId, rows);
      rows++;
    },
    places(emailId) {
      const places: LinePlace[] = [];
      for (let row = lastRow.get(emailId) ?? -1; row >= 0; row = previous[row]) {
        places.push({ offset: offsets[row], sizeBytes: sizes[row] });
      }
      return places.reverse();
    },
  };
}

/** The whole lines of a file from byte `start` on, with their numbers there (from 1) and offsets; blank lines are passed over. */
export async function* scanLines(
  path: string,
  start = 0,
): AsyncGenerator<{ line: number; bytes: Buffer; offset: number }> {
  let line = 0;
  let offset = start; // of `rest` in the file
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 18 })) {
    const buffer: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let end = buffer.indexOf(0x0a); end >= 0; end = buffer.indexOf(0x0a, from)) {
      line++;
      if (end > from) yield { line, bytes: buffer.subarray(from, end), offset: offset + from };
      from = end + 1;
    }
    offset += from;
    rest = buffer.subarray(from);
  }
}
