/**
 * The ceiling: the teacher asked again. A second distillation of the held-out mails, by the same endpoint, prompts and rules but with another
 * seed, says how like itself the teacher is; no student can be expected to come nearer.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { distillEmails, type Rejected, type Reply } from "../distill/index.ts";
import { isOnThisMachine } from "../endpoint/index.ts";
import { UserError } from "../errors.ts";
import { readJsonl, writeJsonlFile } from "../formats/index.ts";
import type { Recipe } from "../recipe.ts";
import { readMailbox } from "./mailbox.ts";
import type { StageContext } from "./stage.ts";

/** How the ceiling came about, or why there is none. */
export type CeilingReport =
  | {
      readonly status: "made";
      /** Mails to which the teacher's best second reply was below the threshold; it is scored as it is. */
      readonly belowThreshold: number;
      /** Mails to which there is no second reply; an empty one is scored. */
      readonly unanswered: number;
    }
  | { readonly status: "skipped"; readonly reason: string };

/** The teacher's second replies to `rows` in their order, or null and why not. Resumable: every call is journalled in ceiling/. */
export async function askTeacherAgain(
  { folder, session }: StageContext,
  rows: readonly Reply[],
): Promise<{ report: CeilingReport; replies: string[] | null }> {
  const { recipe, paths } = folder;
  const skip = (reason: string) => ({ report: { status: "skipped", reason } as const, replies: null });
  const reason = reasonToSkip(recipe, rows.length);
  if (reason !== null) return skip(reason);
  const at = (name: string) => join(paths.ceiling, name);
  await mkdir(paths.ceiling, { recursive: true });
  const emails = at("emails.jsonl");
  await writeJsonlFile(
    emails,
    rows.map(({ email }) => email),
  );
  session.progress.start("evaluate, the teacher asked again");
  try {
    await distillEmails({
      emails,
      mailbox: () => readMailbox(paths),
      paths: {
        attempts: at("attempts.jsonl"),
        replies: at("replies.jsonl"),
        rejected: at("rejected.jsonl"),
        preferences: at("preferences.jsonl"),
        report: at("distill.json"),
      },
      recipe: { ...recipe, seed: recipe.seed + 1, distill: unlimited(recipe.distill, rows.length) },
      signal: session.signal,
      onProgress: ({ done, total }) => session.progress.update({ done, total, unit: "mails" }),
    });
  } catch (error) {
    if (!(error instanceof UserError) || recipe.evaluate.ceiling === "on") throw error;
    return skip(`the teacher could not be asked again: ${error.message.split("\n")[0]}`);
  }
  return readAgain(at("replies.jsonl"), at("rejected.jsonl"), rows);
}

/** All held-out mails are answered again, whatever stopped the first distillation. */
function unlimited(distill: Recipe["distill"], mails: number): Recipe["distill"] {
  return { ...distill, sample: mails, accept: null, budgetUsd: null, budgetMinutes: null };
}

function reasonToSkip({ evaluate, teacher, judge }: Recipe, mails: number): string | null {
  if (evaluate.ceiling === "off") return "evaluate.ceiling is off";
  if (evaluate.ceiling === "on") return null;
  const paid = [teacher, judge ?? teacher].find(({ baseUrl }) => !isOnThisMachine(baseUrl));
  if (paid === undefined) return null;
  return `${paid.model} at ${new URL(paid.baseUrl).host} may cost money: some ${2 * mails} calls for ${mails} mails. Ask for them with evaluate.ceiling=on`;
}

async function readAgain(repliesPath: string, rejectedPath: string, rows: readonly Reply[]) {
  const accepted = new Map<string, string>();
  const best = new Map<string, string | null>();
  for await (const { value } of readJsonl(repliesPath)) accepted.set((value as Reply).id, (value as Reply).reply); // both written by distill just now
  for await (const { value } of readJsonl(rejectedPath)) best.set((value as Rejected).id, (value as Rejected).reply);
  const replies = rows.map(({ id }) => accepted.get(id) ?? best.get(id) ?? "");
  const unanswered = rows.filter(({ id }) => !accepted.has(id) && (best.get(id) ?? null) === null).length;
  const belowThreshold = rows.length - accepted.size - unanswered;
  return { report: { status: "made", belowThreshold, unanswered } as const, replies };
}
