/** The second pass of an import: rows get their threads and their owner, a sample is drawn, and what remains is written. */
import { encodeJson, readJsonl, writeFileBeside } from "../formats/index.ts";
import type { DraftEmail, Email, LinePlace, ThreadPlace } from "../mail/index.ts";
import { hashString } from "../random.ts";
import { hashText } from "./import-clean.ts";
import type { Owner } from "./owner.ts";

/** The rows of the first pass with their places, again and again. */
export interface PlacedRows {
  /** Rows of the sample. */
  readonly count: number;
  /** Rows that the sample left out. */
  readonly leftOut: number;
  readonly threads: number;
  /** Rows that answer another row of the sample. */
  readonly answers: number;
  read(): AsyncGenerator<DraftEmail>;
  /** The ids that some row answers. */
  readonly answered: ReadonlySet<string>;
}

/** Settles which rows of `rowsPath` stay and where they belong. `sample` is null for all. */
export function placeRows(options: {
  rowsPath: string;
  places: ReadonlyMap<string, ThreadPlace>;
  owner: Owner;
  sample: number | null;
  seed: number;
}): PlacedRows {
  const { rowsPath, places, owner, sample, seed } = options;
  const chosen = sample === null || sample >= places.size ? null : drawSample(places, sample, seed);
  const isIn = (id: string) => chosen === null || chosen.has(id);
  const threads = new Set<string>();
  const answered = new Set<string>();
  let answers = 0;
  for (const [id, place] of places) {
    if (!isIn(id)) continue;
    threads.add(place.thread);
    if (place.answers === null || !isIn(place.answers)) continue;
    answered.add(place.answers);
    answers++;
  }
  const owners = new Set(owner.addresses);

  async function* read(): AsyncGenerator<DraftEmail> {
    for await (const { value } of readJsonl(rowsPath)) {
      const row = value as DraftEmail; // written a moment ago by the first pass
      if (!isIn(row.id)) continue;
      const place = places.get(row.id)!;
      const { answers: _, source, ...rest } = row;
      yield {
        ...rest,
        threadId: threadIdOf(place.thread),
        ...(owners.has(row.from.address.toLowerCase()) ? { fromOwner: true } : {}),
        answers: place.answers !== null && isIn(place.answers) ? place.answers : null,
        source,
      };
    }
  }
  const count = chosen?.size ?? places.size;
  return { count, leftOut: places.size - count, threads: threads.size, answers, read, answered };
}

/**
 * Exactly `count` rows: whole conversations in an order by seed, so that answers stay beside what they answer; of the last one
 * only its first rows. The same seed and a larger count give the same rows and more.
 */
function drawSample(places: ReadonlyMap<string, ThreadPlace>, count: number, seed: number): Set<string> {
  const threads = new Map<string, string[]>();
  for (const [id, { thread }] of places) {
    const ids = threads.get(thread);
    if (ids) ids.push(id);
    else threads.set(thread, [id]);
  }
  const order = [...threads.keys()].map((name) => ({ name, hash: hashString(`${seed}/import/${name}`) }));
  order.sort((a, b) => a.hash - b.hash || (a.name < b.name ? -1 : 1));
  const chosen = new Set<string>();
  for (const { name } of order) {
    for (const id of threads.get(name)!) {
      if (chosen.size === count) return chosen;
      chosen.add(id);
    }
  }
  return chosen;
}

function threadIdOf(thread: string): string {
  return thread.startsWith("row ") ? thread.slice("row ".length) : hashText(thread);
}

/** Writes emails.jsonl and gives how many are the owner's and where those lines stand that some row answers. */
export async function writeEmails(
  path: string,
  rows: PlacedRows,
): Promise<{ fromOwner: number; places: ReadonlyMap<string, LinePlace> }> {
  const places = new Map<string, LinePlace>();
  let fromOwner = 0;
  await writeFileBeside(path, async (writer) => {
    for await (const { pieces: _, sent: __, ...email } of rows.read()) {
      const line = Buffer.from(`${encodeJson(email satisfies Email)}\n`, "utf8");
      if (rows.answered.has(email.id)) places.set(email.id, { offset: writer.position, sizeBytes: line.length });
      if (email.fromOwner) fromOwner++;
      await writer.write(line);
    }
  });
  return { fromOwner, places };
}
