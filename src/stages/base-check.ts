/** What training and export would refuse, found before anything is paid for. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { checkExport, type ExportFormat, requirePrunable } from "../export/index.ts";
import { checkTargets, digestOfFolder, readLlamaConfig } from "../model/index.ts";
import { encodeExample, loadTokenizer } from "../tokens/index.ts";
import { findBase, isHubName } from "./base.ts";
import type { StageContext } from "./stage.ts";

/**
 * Throws UserError where the recipe's base cannot be trained on, or its model not written in `export.formats` and `evaluate.format`. Reads every
 * weight. Does nothing once the training is complete.
 */
export async function checkBase({ folder, session }: StageContext): Promise<void> {
  const { paths, recipe } = folder;
  if (existsSync(paths.trainReport)) return;
  session.progress.start("base");
  const base = await findBase(recipe.base, paths, session);
  checkTargets(recipe.train.targets);
  const tokenizer = await loadTokenizer(base);
  const { maxTokens } = recipe.train;
  encodeExample({
    tokenizer,
    ...recipe.student,
    email: "From: Ann\nSubject: Lunch\n\nNoon?",
    reply: "Yes.",
    maxTokens,
  });
  const formats = new Set<ExportFormat>([...recipe.export.formats, recipe.evaluate.format]);
  if (recipe.export.prune !== null) requirePrunable([...formats]);
  await checkExport({ base, formats: [...formats], pteTemplates: recipe.export.pteTemplates });
  const config = await readLlamaConfig(base);
  await digestOfFolder(base, config); // every weight is a number, and the graph has a place for each
  session.progress.finish(`✓ base: ${recipe.base} can be trained and exported`);
}

/** As `checkBase`, for who only makes a dataset: says what is wrong and goes on. Nothing is downloaded for it. */
export async function warnOfBase(context: StageContext): Promise<void> {
  const { folder, session } = context;
  const { paths, recipe } = folder;
  if (existsSync(paths.distillReport) || recipe.teacher.baseUrl === "builtin" || isHubName(recipe.base)) return;
  try {
    await checkBase(context);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    session.progress.line(`! train could not go on from here: ${error.message}`);
  }
}
