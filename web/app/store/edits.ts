/** What the person made of drafts: kept on this device, where they said so, until they hand it to their own computer, save it or erase it. */
import type { Edit } from "../../../src/reply/portable.ts";
import { inStore, newId } from "./database.ts";
import { readKept } from "./settings.ts";

type Row = Edit & { readonly id: string };

/** ours: as many as one request takes; the oldest go. */
const MOST = 200;

/** Told to the window when another edit is kept, which may be after the reply was copied. */
export const EDITS_CHANGED = "pocketreply-edits";

/** Every edit, oldest first; none where the browser gives no storage. */
export async function readEdits(): Promise<Edit[]> {
  return (await readRows()).map(({ id: _, ...edit }) => edit);
}

export async function keepEdit(edit: Edit): Promise<void> {
  try {
    await inStore("edits", "readwrite", (store) => store.put({ id: newId(), ...edit } satisfies Row));
    for (const { id } of (await readRows()).slice(0, -MOST))
      await inStore("edits", "readwrite", (store) => store.delete(id));
    dispatchEvent(new Event(EDITS_CHANGED));
  } catch {
    // Without room or storage the reply leaves all the same; a lesson is no promise of the app.
  }
}

export async function eraseEdits(): Promise<void> {
  await inStore("edits", "readwrite", (store) => store.clear()).catch(() => {});
}

/** Hands all of them to the computer that gave the app, and erases them here once they are there; gives how many, null where it refused. */
export async function handOverEdits(): Promise<number | null> {
  const edits = await readEdits();
  const { key } = readKept();
  const headers = { "content-type": "application/json", ...(key !== null && { authorization: `Bearer ${key}` }) };
  const body = JSON.stringify({ edits: edits.map(({ mail, ...edit }) => ({ ...edit, mail: toRequest(mail) })) });
  const response = await fetch("v1/edits", { method: "POST", headers, body }).catch(() => null);
  if (!response?.ok) return null;
  await eraseEdits();
  return edits.length;
}

/** As lines of edits.jsonl, the file of a run that they belong into. */
export async function editsFile(): Promise<Blob> {
  return new Blob(
    (await readEdits()).map((edit) => `${JSON.stringify(edit)}\n`),
    { type: "application/x-ndjson" },
  );
}

function toRequest({ body: text, date, ...rest }: Edit["mail"]) {
  return { text, ...rest, ...(date !== null && { date }) };
}

async function readRows(): Promise<Row[]> {
  const found = (await inStore("edits", "readonly", (store) => store.getAll()).catch(() => [])) as Row[]; // written above
  return found.sort((a, b) => a.at.localeCompare(b.at));
}
