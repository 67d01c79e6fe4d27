/** replies.jsonl as training takes it: each mail in the words that the student will read, split by conversations and near-duplicates. */
import { UserError } from "../errors.ts";
import { readJsonl } from "../formats/index.ts";
import { type Email, renderAsked, splitGroups } from "../mail/index.ts";
import type { Recipe } from "../recipe.ts";
import type { TrainOptions } from "../train/index.ts";

/** What training needs of a row of replies.jsonl. */
interface ReplyRow {
  readonly id: string;
  readonly threadId: string;
  readonly email: Email;
  readonly steering?: string;
  readonly reply: string;
}

/** The rows of `path`; `split` takes the place of a draw by the recipe. Throws UserError for a line that is no accepted reply, or where there is none. */
export async function readTrainingRows(
  path: string,
  { recipe, split }: { recipe: Recipe; split?: TrainOptions["split"] },
): Promise<Pick<TrainOptions, "rows" | "split">> {
  const replies = await readReplies(path);
  return {
    rows: replies.map((row) => ({ id: row.id, mail: renderAsked(row), reply: row.reply })),
    split: split ?? splitReplies(replies, recipe),
  };
}

async function readReplies(path: string): Promise<ReplyRow[]> {
  const rows: ReplyRow[] = [];
  for await (const { line, value } of readJsonl(path)) {
    const row = value as ReplyRow; // checked on the next line
    if (typeof row?.id !== "string" || typeof row.reply !== "string" || typeof row.email?.body !== "string") {
      throw new UserError(
        `${path}, line ${line}: not an accepted reply (id, email and reply are needed). Run distill again to write the file anew.`,
      );
    }
    rows.push(row);
  }
  if (rows.length === 0)
    throw new UserError(
      `${path} holds no accepted reply, so there is nothing to train on. rejected.jsonl beside it says why each was rejected.`,
    );
  return rows;
}

function splitReplies(rows: readonly ReplyRow[], { train, seed }: Recipe): TrainOptions["split"] {
  const { testFraction, validationFraction, nearDuplicateJaccard } = train;
  const texts = rows.map(({ id, threadId, email }) => ({ id, threadId, text: email.body }));
  const sides = splitGroups(texts, { testFraction, validationFraction, nearDuplicateJaccard, seed });
  const side = (name: "train" | "validation" | "test") =>
    rows.flatMap(({ id }) => (sides.get(id) === name ? [id] : []));
  return { train: side("train"), validation: side("validation"), test: side("test") };
}
