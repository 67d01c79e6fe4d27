/** The judge's part in a round of improve, where the recipe names one: it sees sound drafts before they teach, and the replies of the gate in pairs. */
import type { Reply } from "../distill/index.ts";
import { readJsonl } from "../formats/index.ts";
import { digestItems, isJudgeRedacted, type JudgedReply, judgePairs, judgeReplies } from "../judge/index.ts";
import { renderAsked } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import { collectNames, createNameBook, namesOf } from "../redact/index.ts";
import { compareQuality, type JudgedWins } from "./improve-gate.ts";
import { type RankedReply, withFault } from "./improve-lessons.ts";
import { readMailbox } from "./mailbox.ts";
import type { StageContext } from "./stage.ts";

/** Whether a judge takes part: one that is named, not the teacher in its place. */
const hasJudge = ({ evaluate, judge }: Recipe) => evaluate.judge !== null || judge !== null;

/**
 * Drafts as the checks ranked them, `rows` their mails; where there is a judge it sees what the checks find nothing wrong with, and what it
 * calls not usable has one fault more. A draft that it gives no verdict of stays as it is.
 */
export async function judgeDrafts(
  { folder: { paths, recipe }, session }: StageContext,
  { rows, drafts, of }: { rows: readonly Reply[]; drafts: readonly RankedReply[]; of: string },
): Promise<readonly RankedReply[]> {
  const sound = rows.flatMap((row, i) => (drafts[i].faults === 0 ? [{ row, reply: drafts[i].text }] : []));
  if (!hasJudge(recipe) || sound.length === 0) return drafts;
  const seen = await seeThrough(sound, { paths, recipe });
  session.progress.start("improve, judge of drafts");
  await judgeReplies({
    ...{ items: seen, of, recipe, signal: session.signal },
    paths: { ...paths, judged: paths.judgedDrafts, judgeReport: paths.judgeDraftsReport },
    onProgress: ({ done, total }) => session.progress.update({ done, total, unit: "drafts" }),
  });
  const unusable = new Set<string>();
  for await (const { value } of readJsonl(paths.judgedDrafts)) {
    const { id, outcome } = value as JudgedReply; // written above
    if (outcome === "not-usable") unusable.add(id);
  }
  return drafts.map((draft, i) => (unusable.has(rows[i].id) ? withFault(draft) : draft));
}

/** Which replies are better: as the judge says where there is one, each pair in both orders; else by the checks. */
export async function compareReplies(
  { folder: { paths, recipe }, session }: StageContext,
  of: { rows: readonly Reply[]; before: readonly RankedReply[]; after: readonly RankedReply[] },
): Promise<JudgedWins> {
  const { rows, before, after } = of;
  if (!hasJudge(recipe)) return compareQuality(before, after);
  const seen = await seeThrough(
    rows.map((row, i) => ({ row, reply: after[i].text })),
    { paths, recipe },
  );
  const items = seen.map((item, i) => ({ ...item, other: before[i].text }));
  session.progress.start("improve, judge");
  const { wins, losses, ties, judge } = await judgePairs({
    ...{ items, onlyOne: 0, runDigest: digestItems(items), of: "after the round", against: "before the round" },
    ...{ paths, recipe, signal: session.signal },
    onProgress: ({ done, total }) => session.progress.update({ done, total, unit: "calls" }),
  });
  return { by: judge.label, wins, losses, ties };
}

/** Replies as a judge gets them; with the address book of the mailbox where it may only see placeholders. */
async function seeThrough(
  replies: readonly { readonly row: Reply; readonly reply: string }[],
  { paths, recipe }: Pick<StageContext["folder"], "paths" | "recipe">,
) {
  const book = isJudgeRedacted(recipe) ? createNameBook(await collectNames(readMailbox(paths))) : undefined;
  return replies.map(({ row, reply }) => ({
    ...{ id: row.id, threadId: row.threadId, email: renderAsked(row) },
    ...{ reply, names: namesOf(row.email), book },
  }));
}
