/** The replies of a run with their mails, alone or beside another system's, as a judge gets them. */
import { existsSync } from "node:fs";
import { pasteable, UserError } from "../errors.ts";
import { digestItems, isJudgeRedacted, type PairItem } from "../judge/index.ts";
import { renderAsked } from "../mail/index.ts";
import { collectNames, createNameBook, namesOf } from "../redact/index.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { readMailbox } from "./mailbox.ts";
import { pickReplies, readPredictions, readTestReplies } from "./predict.ts";
import type { StageContext } from "./stage.ts";

/** The replies of the run with their mails. Throws UserError where a held-out mail has no reply yet. */
export async function readItems({ folder }: StageContext) {
  const { paths, recipe } = folder;
  const rows = await readTestReplies(paths, recipe);
  const predictions = await readPredictions(paths.predictions);
  const missing = rows.filter(({ id }) => !predictions.has(id));
  if (missing.length > 0) {
    throw new UserError(
      `${missing.length} of ${rows.length} held-out mails have no reply in ${paths.predictions} (${missing[0].id}, …). ` +
        `Finish them first: npx pocketreply evaluate --run ${pasteable(paths.folder)}`,
    );
  }
  const book = isJudgeRedacted(recipe) ? createNameBook(await collectNames(readMailbox(paths))) : undefined;
  const items = rows.map(({ id, threadId, email, steering, reply: reference }) => ({
    id,
    threadId,
    email: renderAsked({ email, steering }),
    reply: predictions.get(id)!.reply,
    names: namesOf(email),
    book,
    reference,
  }));
  return { items, of: rows.length === 0 ? "" : predictions.get(rows[0].id)!.model };
}

/** The run's replies beside those of the base, the teacher or another run, for the mails that both answered. */
export async function readPairs(
  context: StageContext,
  against: string,
): Promise<{ items: PairItem[]; onlyOne: number; runDigest: string; of: string; name: string }> {
  const { paths } = context.folder;
  const { items, of } = await readItems(context);
  const { name, others, extra } = await readOthers(paths, against, items);
  const both = items.filter(({ id }) => others.has(id));
  if (both.length === 0) {
    throw new UserError(
      `${paths.folder} and ${against} have no held-out mail in common, so there is nothing to compare. Give both runs the same mail, seed and test split.`,
    );
  }
  return {
    items: both.map(({ reference: _, ...item }) => ({ ...item, other: others.get(item.id)! })),
    onlyOne: items.length - both.length + extra,
    runDigest: digestItems(items),
    of,
    name,
  };
}

interface Others {
  readonly name: string;
  /** Replies by mail. */
  readonly others: ReadonlyMap<string, string>;
  /** Mails that only the other system answered. */
  readonly extra: number;
}

async function readOthers(
  paths: RunPaths,
  against: string,
  items: readonly { id: string; email: string; reference: string }[],
): Promise<Others> {
  if (against === "teacher") {
    return {
      name: "the teacher's replies",
      others: new Map(items.map(({ id, reference }) => [id, reference])),
      extra: 0,
    };
  }
  const other = against === "base" ? paths : runPaths(against);
  const path = against === "base" ? paths.basePredictions : other.predictions;
  if (!existsSync(path)) {
    throw new UserError(
      `${path} is not there. --against takes "base" (the un-tuned base of this run), "teacher" (the references), or the folder of another run that has been evaluated.`,
    );
  }
  const predictions = await readPredictions(path);
  const known = new Map(items.map(({ id, email }) => [id, email]));
  if (against !== "base") {
    const rows = await pickReplies(other, (id) => known.has(id) && predictions.has(id));
    const changed = rows.filter((row) => renderAsked(row) !== known.get(row.id));
    if (changed.length > 0) {
      throw new UserError(
        `${changed.length} mails have the same id in ${paths.folder} and ${against} but another text (${changed[0].id}, …): these runs were made from different mail.`,
      );
    }
  }
  const [first] = predictions.values();
  return {
    name: against === "base" ? (first?.model ?? "base") : `${against}: ${first?.model ?? "nothing"}`,
    others: new Map([...predictions.values()].map(({ id, reply }) => [id, reply])),
    extra: [...predictions.keys()].filter((id) => !known.has(id)).length,
  };
}
