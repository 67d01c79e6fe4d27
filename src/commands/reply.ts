/** `pocketreply reply`: one mail in, a reply out. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { openReplier, readMail } from "../reply/index.ts";
import { type RunPaths, runPaths } from "../run.ts";
import type { FolderOptions, Session } from "../stages/index.ts";
import { defaultRecipeName, readRecipe } from "../stages/index.ts";
import { readMailInput } from "./mail-input.ts";
import type { ReplyOptions } from "./options.ts";

/** The verb: streams the reply to a person, or gives reply, tokens and timings to a machine. */
export async function reply(
  options: FolderOptions & ReplyOptions & { file?: string },
  session: Session,
): Promise<void> {
  const paths = runPaths(options.run);
  const { evaluate } = await readRecipe(paths, { recipe: options.recipe, overrides: options.set }, defaultRecipeName);
  const model = options.model ?? findModel(paths);
  const { bytes, name } = await readMailInput(options.file);
  const email = await readMail(bytes, name);
  const replier = await openReplier(model);
  try {
    const result = await replier.reply({
      email,
      maxTokens: options.maxTokens ?? evaluate.maxReplyTokens,
      temperature: options.temperature ?? evaluate.temperature,
      signal: session.signal,
      onText: session.stream,
    });
    session.signal.throwIfAborted();
    session.stream("\n");
    const seconds = result.firstTokenMs === null ? "" : `, first after ${Math.round(result.firstTokenMs)} ms`;
    const rate = result.tokensPerSecond === null ? "" : `, ${result.tokensPerSecond.toFixed(0)} tokens/s`;
    const cut =
      result.stopped === "length" ? ` It was cut at ${result.replyTokens} tokens; --max-tokens allows more.` : "";
    session.progress.line(`(${result.replyTokens} tokens${seconds}${rate}, ${model})${cut}`);
    session.printJson({ ...result, model });
  } finally {
    await replier.close();
  }
}

/** The kinds of GGUF in the order in which one is taken: 8 bits lose nothing that shows, more bits are slower, fewer lose most. */
const PREFERRED_KINDS = ["q8_0", "q6_k", "f16", "f32", "q5_k_m", "q5_0", "q4_k_m", "q4_0"];

/** The GGUF of a run folder's export to reply with. UserError where there is none yet. */
export function findModel(paths: RunPaths): string {
  const candidates = PREFERRED_KINDS.map((kind) => join(paths.exportFolder, `model-${kind}.gguf`));
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UserError(
    `There is no exported model in ${paths.exportFolder}. Make one with npx pocketreply quickstart (then reply needs no --run), ` +
      `finish the run with npx pocketreply export --run ${paths.folder}, or name a GGUF file with --model.`,
  );
}
