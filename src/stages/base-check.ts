/** What training and export would refuse, found before anything is paid for. */
import { existsSync } from "node:fs";
import { UserError } from "../errors.ts";
import { checkExport, type ExportFormat, requirePrunable } from "../export/index.ts";
import { checkTargets, digestOfFolder, type LlamaConfig, readLlamaConfig } from "../model/index.ts";
import type { Recipe } from "../recipe.ts";
import { encodeExample, encodeFittingPrompt, loadTokenizer, type Tokenizer } from "../tokens/index.ts";
import { findBase, isHubName } from "./base.ts";
import type { Session } from "./session.ts";
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
  await tellOfBase({ folder, session }, base);
  await digestOfFolder(base, await readLlamaConfig(base)); // every weight is a number, and the graph has a place for each
  session.progress.finish(`✓ base: ${recipe.base} can be trained and exported`);
}

/** Sessions in which it was said: `run` checks its base before it pays, and trains in the same session. */
const told = new WeakSet<Session>();

/** Prints, once a session, what a person should know of a base that can be trained all the same. */
export async function tellOfBase(
  { folder: { recipe }, session }: { folder: { recipe: Pick<Recipe, "student" | "train"> }; session: Session },
  base: string,
): Promise<void> {
  if (told.has(session)) return;
  told.add(session);
  const about = { config: await readLlamaConfig(base), tokenizer: await loadTokenizer(base) };
  for (const note of notesOnBase(about, recipe)) session.progress.line(`! ${note}`);
}

function notesOnBase(
  { config: { maxPositions }, tokenizer }: { config: LlamaConfig; tokenizer: Tokenizer },
  { student, train }: Pick<Recipe, "student" | "train">,
): string[] {
  const { ids } = encodeFittingPrompt({ tokenizer, ...student, email: "Noon?", maxTokens: train.maxTokens });
  const thought = /<[\w:]{0,40}think[\w:]{0,40}>\s*$/i.exec(tokenizer.decode(ids))?.[0].trim();
  return [
    ...(train.maxTokens > maxPositions
      ? [
          `train.maxTokens is ${train.maxTokens}, but the base was made for ${maxPositions} positions (max_position_embeddings): what lies behind them it reads badly. Set train.maxTokens=${maxPositions}.`,
        ]
      : []),
    ...(thought === undefined
      ? []
      : [
          `the base's chat template opens a thought (${thought}) where the answer begins: the replies are trained inside it, and programs that hide thoughts would hide them. Take a base that answers at once, or end the template without ${thought}.`,
        ]),
  ];
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
