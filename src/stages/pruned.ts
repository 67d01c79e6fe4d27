/** The smaller vocabulary of a run's exports (`export.prune`): what its own mails and replies are written in, and the commonest tokens besides. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type PrunedVocabulary, readPrunedVocabulary, writePrunedVocabulary } from "../export/index.ts";
import { readJsonl } from "../formats/index.ts";
import { type Email, renderAsked, renderEmail } from "../mail/index.ts";
import { encodeFittingPrompt, loadTokenizer, type Tokenizer } from "../tokens/index.ts";
import { mostContextTokens } from "./model.ts";
import type { StageContext } from "./stage.ts";

const folderOf = (context: StageContext) => join(context.folder.paths.exportFolder, "vocabulary");

/** The vocabulary that the run's files are pruned to; null where the recipe prunes nothing. It is there once files were written. */
export async function findPruned(context: StageContext): Promise<PrunedVocabulary | null> {
  return context.folder.recipe.export.prune === null ? null : readPrunedVocabulary(folderOf(context));
}

/** The same, made where it is not there or, with `anew`, for another size. */
export async function makePruned(context: StageContext, base: string, anew: boolean): Promise<PrunedVocabulary | null> {
  const { prune } = context.folder.recipe.export;
  if (prune === null) return null;
  const folder = folderOf(context);
  if (anew) await rm(folder, { recursive: true, force: true });
  const used = async () => countUsed(context, await loadTokenizer(base));
  return (
    (await readPrunedVocabulary(folder)) ?? writePrunedVocabulary(folder, { base, used: await used(), size: prune })
  );
}

/** Every token that a mail or a reply of the run has, whole, and in its prompt cut to what fits. */
async function countUsed({ folder: { paths, recipe } }: StageContext, tokenizer: Tokenizer): Promise<Set<number>> {
  const used = new Set<number>();
  const add = (ids: readonly number[]) => ids.forEach((id) => void used.add(id));
  const maxTokens = mostContextTokens();
  const addMail = (email: string) => {
    add(tokenizer.encode(email));
    add(encodeFittingPrompt({ ...recipe.student, tokenizer, email, maxTokens }).ids);
  };
  if (existsSync(paths.emails))
    for await (const { value } of readJsonl(paths.emails)) addMail(renderEmail(value as Email)); // written by import
  for await (const { value } of readJsonl(paths.replies)) {
    const row = value as { email: Email; reply: string; steering?: string }; // written by distill
    addMail(renderAsked(row));
    add(tokenizer.encode(row.reply.trim()));
  }
  return used;
}
