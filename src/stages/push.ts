/** The stage push: the .pte of a run and its tokenizer onto a phone. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { pasteable, UserError } from "../errors.ts";
import { inspectPte, type PushOptions, pushToPhone } from "../export/index.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { encodeChat, loadTokenizer } from "../tokens/index.ts";
import { findBase } from "./base.ts";
import { readRecipe } from "./folder.ts";
import { type FolderOptions, fillSession, type Session } from "./session.ts";

const SMOKE_MAIL = "From: Alex\nSubject: Meeting\n\nCan we move our meeting to Thursday at 3 pm?";

/** What goes onto the phone, and the version of ExecuTorch that the app there must be built with. */
export interface PreparedPush {
  readonly plan: PushOptions;
  readonly madeWith: string | null;
}

/** Finds model, tokenizer and a mail to try. Throws UserError where the export has no .pte, and where the file would not run. */
export async function preparePush(
  options: FolderOptions & { model?: string; runner?: string; serial?: string; folder: string },
): Promise<PreparedPush> {
  const paths = runPaths(options.run);
  const model = options.model ?? findPte(paths);
  const tokenizer = join(dirname(model), "tokenizer.json");
  if (!existsSync(tokenizer))
    throw new UserError(`${tokenizer} does not exist: the runner on the phone needs it beside the model.`);
  const { madeWith, problems } = await inspectPte(model);
  if (problems.length > 0) throw new UserError(`${model} would not run on a phone: ${problems.join("; ")}.`);
  const { runner = null, serial = null, folder } = options;
  return { plan: { model, tokenizer, runner, serial, folder, prompt: await smokePrompt(options, paths) }, madeWith };
}

/** Puts it there by `adb`; what the model answered to the mail, where a runner is on the phone. Throws UserError where adb fails. */
export function pushStage({ plan }: PreparedPush, adb: string, session: Partial<Session> = {}) {
  const { progress, signal } = fillSession(session);
  return pushToPhone(plan, { adb, signal, onStep: (what) => progress.line(`push: ${what}`) });
}

/** The run's .pte: 8 bits where there are both. */
function findPte({ exportFolder, folder }: RunPaths): string {
  const found = ["8da8w", "8da4w"]
    .map((kind) => join(exportFolder, `model-${kind}.pte`))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UserError(
    `There is no .pte in ${exportFolder}. Make one: npx pocketreply export --run ${pasteable(folder)} 'export.formats=[pte]'`,
  );
}

/** A mail in the frame that the model was trained with; the phone's runner takes the text as it is, special tokens included. */
async function smokePrompt(options: FolderOptions, paths: RunPaths): Promise<string> {
  const recipe = await readRecipe(paths, { recipe: options.recipe, overrides: options.set ?? [] }, defaultRecipeName);
  const tokenizer = await loadTokenizer(await findBase(recipe.base, paths));
  const { systemPrompt, dateString } = recipe.student;
  const messages = [
    { role: "system", content: systemPrompt },
    { role: "user", content: SMOKE_MAIL },
  ] as const;
  return tokenizer.decode(encodeChat(tokenizer, { messages, dateString, addGenerationPrompt: true }));
}
