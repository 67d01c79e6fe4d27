/** `pocketreply reply`: one mail in, a reply out. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { parseMail, renderEmail, splitQuotes, tidyLines } from "../mail/index.ts";
import { openReplier } from "../reply/index.ts";
import { type RunPaths, runPaths } from "../run.ts";
import { defaultRecipeName, readRecipe } from "./folder.ts";
import type { ReplyOptions } from "./options.ts";
import type { FolderOptions, Session } from "./session.ts";

/** The verb: streams the reply to a person, or gives reply, tokens and timings to a machine. */
export async function reply(
  options: FolderOptions & ReplyOptions & { file?: string },
  session: Session,
): Promise<void> {
  const paths = runPaths(options.run);
  const { evaluate } = await readRecipe(paths, { recipe: options.recipe, overrides: options.set }, defaultRecipeName);
  const model = options.model ?? findModel(paths);
  const email = await readEmail(options.file);
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

/** The smallest GGUF of a run folder's export. UserError where there is none yet. */
export function findModel(paths: RunPaths): string {
  const candidates = ["model-q8_0.gguf", "model-f16.gguf", "model-f32.gguf"].map((name) =>
    join(paths.exportFolder, name),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UserError(
    `There is no exported model in ${paths.exportFolder}. Make one with npx pocketreply quickstart (then reply needs no --run), ` +
      `finish the run with npx pocketreply export --run ${paths.folder}, or name a GGUF file with --model.`,
  );
}

/** The mail as the model was trained to read it: a MIME message is parsed and cleaned as on import, anything else is taken as the text of a mail. */
async function readEmail(file: string | undefined): Promise<string> {
  const fromInput = file === undefined || file === "-";
  if (fromInput && process.stdin.isTTY) process.stderr.write("Paste a mail, then press Ctrl-D:\n");
  const bytes = fromInput ? await readInput() : await readFile(file).catch(explainRead(file));
  const name = fromInput ? "standard input" : file;
  if (bytes.toString("utf8").trim() === "") throw new UserError(`${name} is empty: there is no mail to answer.`);
  const parsed = await parseMail(asMime(bytes));
  const body = parsed === null ? "" : tidyLines(splitQuotes(parsed.text).visible);
  if (parsed === null || body === "") {
    throw new UserError(`${name} holds no text to answer: only headers, attachments, quoted text or a signature.`);
  }
  return renderEmail({ from: parsed.from, subject: parsed.subject, body });
}

/** The bytes with the headers they lack: typed or pasted text is UTF-8, and may have no headers at all. */
function asMime(bytes: Buffer): Buffer {
  const head = bytes
    .subarray(0, 64_000)
    .toString("latin1")
    .split(/\r?\n\r?\n/, 1)[0];
  const names = head.split(/\r?\n(?![ \t])/).map((line) => /^([\w-]+):/.exec(line)?.[1].toLowerCase());
  const known = /^(from|to|subject|date|message-id|received|return-path|mime-version|content-type)$/;
  const hasHeaders = names[0] !== undefined && names.some((name) => name !== undefined && known.test(name));
  if (hasHeaders && names.includes("content-type")) return bytes;
  return Buffer.concat([Buffer.from(`Content-Type: text/plain; charset=utf-8\n${hasHeaders ? "" : "\n"}`), bytes]);
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function explainRead(file: string) {
  return (error: NodeJS.ErrnoException): never => {
    const why =
      error.code === "ENOENT"
        ? "is not there"
        : error.code === "EISDIR"
          ? "is a folder"
          : `cannot be read (${error.code})`;
    throw new UserError(`The mail ${file} ${why}. Give an .eml file, or - for standard input.`);
  };
}
