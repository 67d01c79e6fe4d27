/** `pocketreply serve`: the reply model over HTTP on this machine, until it is stopped. */

import { once } from "node:events";
import { runPaths } from "../run.ts";
import { startServer } from "../serve/index.ts";
import { defaultRecipeName } from "../shipped.ts";
import type { FolderOptions, Session } from "../stages/index.ts";
import { findModel, mostContextTokens, readRecipe } from "../stages/index.ts";
import type { ServeOptions } from "./options.ts";

/** The verb. */
export async function serve(options: FolderOptions & ServeOptions, session: Session): Promise<void> {
  const paths = runPaths(options.run);
  const { evaluate } = await readRecipe(paths, { recipe: options.recipe, overrides: options.set }, defaultRecipeName);
  const gguf = options.model ?? findModel(paths);
  const server = await startServer({
    gguf,
    port: options.port,
    maxReplyTokens: evaluate.maxReplyTokens,
    mostContextTokens: mostContextTokens(),
    log: (line) => session.progress.line(line),
  });
  try {
    session.print(`${server.model} (${gguf}) answers at ${server.url}\nCtrl-C stops it.`);
    session.printJson({ url: server.url, model: server.model, file: gguf });
    if (!session.signal.aborted) await once(session.signal, "abort");
  } finally {
    await server.close();
  }
}
