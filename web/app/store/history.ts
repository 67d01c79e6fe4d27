/** Replies that were copied or shared, on this device alone, newest first; erased in one step. */
import { inStore, newId } from "./database.ts";

/** One reply with its mail. */
export interface PastReply {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly subject: string;
  readonly from: string;
  readonly mail: string;
  readonly reply: string;
}

/** ours: what a person may still look for. */
const MOST = 200;

/** Every past reply, newest first; none where the browser gives no storage. */
export async function readHistory(): Promise<PastReply[]> {
  const found = await inStore("history", "readonly", (store) => store.getAll()).catch(() => []);
  return (found as PastReply[]).sort((a, b) => b.at.localeCompare(a.at)); // written below
}

/** Keeps a reply, and lets the oldest go. */
export async function keepReply(reply: Omit<PastReply, "id" | "at">): Promise<void> {
  const past: PastReply = { ...reply, id: newId(), at: new Date().toISOString() };
  try {
    await inStore("history", "readwrite", (store) => store.put(past));
    for (const { id } of (await readHistory()).slice(MOST))
      await inStore("history", "readwrite", (store) => store.delete(id));
  } catch {
    // Without room or storage the reply is copied all the same; a history is no promise of the app.
  }
}

/** Erases every past reply. */
export async function eraseHistory(): Promise<void> {
  await inStore("history", "readwrite", (store) => store.clear());
}
