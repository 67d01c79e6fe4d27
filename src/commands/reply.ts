/** `pocketreply reply`: one mail in, a reply out. */
import { openReplier, readMail } from "../reply/index.ts";
import { runPaths } from "../run.ts";
import { defaultRecipeName } from "../shipped.ts";
import {
  type FolderOptions,
  findAdapted,
  findModel,
  mostContextTokens,
  readRecipe,
  type Session,
} from "../stages/index.ts";
import { readMailInput } from "./mail-input.ts";
import type { ReplyOptions } from "./options.ts";

/** The verb: streams the reply to a person, or gives reply, tokens and timings to a machine. */
export async function reply(
  options: FolderOptions & ReplyOptions & { file?: string },
  session: Session,
): Promise<void> {
  const paths = runPaths(options.run);
  const { evaluate } = await readRecipe(paths, { recipe: options.recipe, overrides: options.set }, defaultRecipeName);
  const adapted = options.model === undefined ? await findAdapted(paths) : null;
  const { model, adapter } = adapted ?? { model: options.model ?? findModel(paths), adapter: options.adapter };
  const { bytes, name } = await readMailInput(options.file);
  const email = await readMail(bytes, name);
  const replier = await openReplier(model, { adapter, mostContextTokens: mostContextTokens() });
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
    session.progress.line(
      `(${result.replyTokens} tokens${seconds}${rate}, ${adapter === undefined ? model : `${model} with ${adapter}`})${cut}`,
    );
    session.printJson({ ...result, model });
  } finally {
    await replier.close();
  }
}
