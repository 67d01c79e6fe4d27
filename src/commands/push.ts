/** `pocketreply push --android`: the .pte of a run and its tokenizer onto a phone. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { inspectPte, PHONE_FOLDER, planPush, pushToPhone, quote } from "../export/index.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import { type FolderOptions, findBase, readRecipe, type Session } from "../stages/index.ts";
import { encodeChat, loadTokenizer } from "../tokens/index.ts";
import type { PushFlags } from "./options.ts";

const SMOKE_MAIL = "From: Alex\nSubject: Meeting\n\nCan we move our meeting to Thursday at 3 pm?";

/** The verb. Throws UserError where the export has no .pte, where the file would not run, and where adb fails. */
export async function push(options: FolderOptions & PushFlags, session: Session): Promise<void> {
  const paths = runPaths(options.run);
  const model = options.model ?? findPte(paths);
  const tokenizer = join(dirname(model), "tokenizer.json");
  if (!existsSync(tokenizer))
    throw new UserError(`${tokenizer} does not exist: the runner on the phone needs it beside the model.`);
  const { madeWith, problems } = await inspectPte(model);
  if (problems.length > 0) throw new UserError(`${model} would not run on a phone: ${problems.join("; ")}.`);
  const { runner = null, serial = null, folder = PHONE_FOLDER, adb } = options;
  const plan = { model, tokenizer, runner, serial, folder, prompt: await smokePrompt(options, paths) };
  const needs = `The app must be built with ${madeWith ?? "the version of ExecuTorch that made the file"}.`;
  if (options.print) {
    const steps = planPush(plan);
    for (const { args } of steps) session.print([adb, ...args].map(quote).join(" "));
    session.printJson({ model, madeWith, steps, smoke: null });
    session.progress.line(needs);
    return;
  }
  const onStep = (what: string) => session.progress.line(`push: ${what}`);
  const result = await pushToPhone(plan, { adb, signal: session.signal, onStep });
  session.print(
    result.smoke ?? `No smoke run: ${folder}/llama_main is not on the phone; --runner pushes one (docs/phone.md).`,
  );
  session.print(`${folder}: model and tokenizer are there. ${needs}`);
  session.printJson({ model, madeWith, ...result });
}

/** The run's .pte: 8 bits where there are both. */
function findPte({ exportFolder, folder }: RunPaths): string {
  const found = ["8da8w", "8da4w"]
    .map((kind) => join(exportFolder, `model-${kind}.pte`))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UserError(
    `There is no .pte in ${exportFolder}. Make one: npx pocketreply export --run ${folder} 'export.formats=[pte]'`,
  );
}

/** A mail in the frame that the model was trained with; the phone's runner takes the text as it is, special tokens included. */
async function smokePrompt(options: FolderOptions & PushFlags, paths: RunPaths): Promise<string> {
  const recipe = await readRecipe(paths, { recipe: options.recipe, overrides: options.set }, defaultRecipeName);
  const tokenizer = await loadTokenizer(await findBase(recipe.base, paths));
  const { systemPrompt, dateString } = recipe.student;
  const messages = [
    { role: "system", content: systemPrompt },
    { role: "user", content: SMOKE_MAIL },
  ] as const;
  return tokenizer.decode(encodeChat(tokenizer, { messages, dateString, addGenerationPrompt: true }));
}
