/** attempts.jsonl, read while another process may be writing it: whole lines only, and nothing is changed. */
import { existsSync, readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { invariant } from "../errors.ts";
import { openForReading } from "../formats/index.ts";
import { parseRow } from "./journal.ts";
import { createJournalIndex, type JournalIndex, scanLines } from "./journal-index.ts";
import type { AttemptRow, JournalSettings } from "./journal-rows.ts";
import { createTotals, type JournalTotals } from "./journal-totals.ts";

export interface JournalReader {
  /** Of the rows read so far. */
  readonly totals: JournalTotals;
  /** What shaped the calls; null while there is no journal. */
  readonly settings: JournalSettings | null;
  /** All rows of a mail, in the order they were written. */
  read(emailId: string): AttemptRow[];
  /** Reads on: the mails that have new rows. "all" where the file was begun anew. Throws FormatError naming a line that is no row. */
  refresh(): Promise<ReadonlySet<string> | "all">;
  close(): Promise<void>;
}

/** Opens the journal at `path`, which may not be there yet. */
export async function openJournalReader(path: string): Promise<JournalReader> {
  let index: JournalIndex = createJournalIndex();
  let sums = createTotals();
  let settings: JournalSettings | null = null;
  let file: { handle: FileHandle; inode: number } | null = null;
  let lines = 0;
  let sizeBytes = 0; // of the lines read

  /** Whether the file that was read is gone: deleted, made anew, or cut. */
  async function isAnother(): Promise<boolean> {
    if (!existsSync(path)) return file !== null;
    const handle = await openForReading(path);
    const { ino, size } = await handle.stat();
    if (file !== null && ino === file.inode && size >= sizeBytes) {
      await handle.close();
      return false;
    }
    const wasOpen = file !== null;
    await file?.handle.close();
    file = { handle, inode: ino };
    return wasOpen;
  }

  return {
    get totals() {
      return sums.totals;
    },
    get settings() {
      return settings;
    },
    async refresh() {
      const anew = await isAnother();
      if (anew) {
        index = createJournalIndex();
        sums = createTotals();
        lines = 0;
        sizeBytes = 0;
      }
      if (!existsSync(path)) return anew ? "all" : new Set();
      const changed = new Set<string>();
      const before = lines;
      for await (const { line, bytes, offset } of scanLines(path, sizeBytes)) {
        lines = before + line;
        const row = parseRow(bytes, lines, path);
        if ("emailId" in row) {
          index.add(row.emailId, { offset, sizeBytes: bytes.length });
          changed.add(row.emailId);
        } else if ("journal" in row) settings = row.settings;
        sums.add(row);
        sizeBytes = offset + bytes.length + 1;
      }
      return anew ? "all" : changed;
    },
    read(emailId) {
      const places = index.places(emailId);
      if (places.length === 0) return [];
      invariant(file !== null, `${path} is indexed but not open`);
      const rows: AttemptRow[] = [];
      for (const place of places) {
        const bytes = Buffer.allocUnsafe(place.sizeBytes);
        readSync(file.handle.fd, bytes, 0, place.sizeBytes, place.offset); // a few kB: waiting for a thread costs ten times the reading
        rows.push(JSON.parse(bytes.toString("utf8")) as AttemptRow);
      }
      return rows;
    },
    async close() {
      await file?.handle.close();
      file = null;
    },
  };
}
