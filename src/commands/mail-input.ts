/** A mail that a person hands to a verb: a file, or what is typed or piped in. */
import { readFile } from "node:fs/promises";
import { UserError } from "../errors.ts";

/** The bytes of FILE, or of standard input for `-` or nothing, and what to call them. Throws UserError where the file cannot be read. */
export async function readMailInput(file: string | undefined): Promise<{ bytes: Buffer; name: string }> {
  if (file !== undefined && file !== "-") return { bytes: await readFile(file).catch(explainRead(file)), name: file };
  if (process.stdin.isTTY) process.stderr.write("Paste a mail, then press Ctrl-D:\n");
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return { bytes: Buffer.concat(chunks), name: "standard input" };
}

function explainRead(file: string) {
  return (error: NodeJS.ErrnoException): never => {
    const why =
      error.code === "ENOENT"
        ? "is not there"
        : error.code === "EISDIR"
          ? "is a folder"
          : `cannot be read (${error.code})`;
    throw new UserError(`The mail ${file} ${why}. Give an .eml file, a text, or - for standard input.`);
  };
}
