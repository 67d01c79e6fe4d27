/** Which decisions of a person the dataset holds: what training reads is replies.jsonl, as distill wrote it last. */
import { existsSync, statSync } from "node:fs";
import type { DistillReport, Rejected, Reply } from "../distill/index.ts";
import { readJsonFile, readJsonl } from "../formats/index.ts";

/** What distill has written, with a person's decisions as they were then. */
export interface TakenIn {
  /** Whether it was written with exactly these decisions (Reviews.digest), whatever became of them. */
  isOf(decisions: string | null): boolean;
  /** Whether the dataset is as it would be with this decision on the mail; null: none, perhaps taken back. */
  holds(id: string, decided: { readonly reply: string | null } | null): boolean;
  /** Reads the files anew where distill has written them since; whether it had. */
  refresh(): Promise<boolean>;
}

/** Opens what distill wrote; before it has, everything is still to come and nothing is left out. */
export async function openTakenIn(paths: { replies: string; rejected: string; report: string }): Promise<TakenIn> {
  /** Of each accepted mail. */
  let replies = new Map<string, { readonly reply: string; readonly isDecided: boolean }>();
  let rejectedByPerson = new Set<string>();
  let seen: string | null = null;
  let decisions: string | null = null;

  async function refresh(): Promise<boolean> {
    const now = existsSync(paths.report) ? String(statSync(paths.report).mtimeMs) : null;
    if (now === seen) return false;
    const accepted: typeof replies = new Map();
    const rejected = new Set<string>();
    if (now !== null) {
      decisions = ((await readJsonFile(paths.report)) as DistillReport).reviewsDigest; // all three are written by distill
      for await (const { value } of readJsonl(paths.replies)) {
        const { id, reply, review } = value as Reply;
        accepted.set(id, { reply, isDecided: review !== undefined });
      }
      for await (const { value } of readJsonl(paths.rejected))
        if ((value as Rejected).reason === "reviewer") rejected.add((value as Rejected).id);
    }
    [replies, rejectedByPerson, seen] = [accepted, rejected, now];
    return true;
  }

  await refresh();
  return {
    isOf: (digest) => seen !== null && digest === decisions,
    holds(id, decided) {
      if (seen === null) return true;
      const written = replies.get(id);
      if (decided === null) return !rejectedByPerson.has(id) && !written?.isDecided;
      return decided.reply === null ? written === undefined : written?.reply === decided.reply;
    },
    refresh,
  };
}
