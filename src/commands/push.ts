/** `pocketreply push --android`: the .pte of a run and its tokenizer onto a phone. */

import { PHONE_FOLDER, planPush, quote } from "../export/index.ts";
import { preparePush, pushStage } from "../stages/index.ts";
import type { PushFlags } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb. Throws UserError where the export has no .pte, where the file would not run, and where adb fails. */
export async function push(options: FolderOptions & PushFlags, session: Session): Promise<void> {
  const { folder = PHONE_FOLDER, adb } = options;
  const prepared = await preparePush({ ...options, folder });
  const { plan, madeWith } = prepared;
  const { model } = plan;
  const needs = `The app must be built with ${madeWith ?? "the version of ExecuTorch that made the file"}.`;
  if (options.print) {
    const steps = planPush(plan);
    for (const { args } of steps) session.print([adb, ...args].map(quote).join(" "));
    session.printJson({ model, madeWith, steps, smoke: null });
    session.progress.line(needs);
    return;
  }
  const result = await pushStage(prepared, adb, session);
  session.print(
    result.smoke ?? `No smoke run: ${folder}/llama_main is not on the phone; --runner pushes one (docs/phone.md).`,
  );
  session.print(`${folder}: model and tokenizer are there. ${needs}`);
  session.printJson({ model, madeWith, ...result });
}
