/** What the owner of the mailbox really answered: pairs.jsonl, read a mail at a time. */
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { readJsonl } from "../formats/index.ts";

/** The real answers of a run. Whoever opens them closes them. */
export interface Answered {
  /** null where none is known. */
  read(emailId: string): Promise<string | null>;
  close(): Promise<void>;
}

/** Notes where each answer stands; of several to one mail the first. No file is no answer. */
export async function openAnswered(path: string): Promise<Answered> {
  if (!existsSync(path)) return { read: async () => null, close: async () => {} };
  const places = new Map<string, { offset: number; sizeBytes: number }>();
  for await (const { value, offset, sizeBytes } of readJsonl(path)) {
    const { id } = (value as { email: { id: string } }).email; // written by import
    if (!places.has(id)) places.set(id, { offset, sizeBytes });
  }
  const file = await open(path, "r");
  return {
    async read(emailId) {
      const place = places.get(emailId);
      if (place === undefined) return null;
      const { buffer } = await file.read(Buffer.alloc(place.sizeBytes), 0, place.sizeBytes, place.offset);
      return (JSON.parse(buffer.toString("utf8")) as { reply: string }).reply;
    },
    close: () => file.close(),
  };
}
