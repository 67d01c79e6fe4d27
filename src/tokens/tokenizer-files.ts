/**
 * The tokenizer of a model folder: `tokenizer.json`, and where present `tokenizer_config.json`, `special_tokens_map.json`,
 * `generation_config.json` and `chat_template.jinja`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, UserError } from "../errors.ts";
import { createTokenizer, type Tokenizer, type TokenizerConfig, type TokenizerJson } from "./tokenizer.ts";

/** Reads the tokenizer of a model folder. Throws UserError for a missing file or a tokenizer of an unsupported kind. */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = join(folder, "tokenizer.json");
  const json = await readJson(path);
  if (json === undefined) {
    throw new UserError(
      `${path} does not exist. A model folder needs the tokenizer.json and tokenizer_config.json of its model.`,
    );
  }
  const named = ((await readJson(join(folder, "special_tokens_map.json"))) ?? {}) as TokenizerConfig; // older models name begin and end there alone
  const config = { ...named, ...((await readJson(join(folder, "tokenizer_config.json"))) ?? {}) } as TokenizerConfig;
  const generation = ((await readJson(join(folder, "generation_config.json"))) ?? {}) as {
    eos_token_id?: number | number[] | null;
  };
  const template = await readOptional(join(folder, "chat_template.jinja"));
  return createTokenizer({
    json: json as TokenizerJson,
    config,
    chatTemplate: template ?? undefined,
    endIds: [generation.eos_token_id ?? []].flat(),
    path,
  });
}

async function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new UserError(`${path} cannot be read (${error.code}).`);
  });
}

async function readJson(path: string): Promise<unknown> {
  const text = await readOptional(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError({ path, where: "the whole file", expected: "JSON", got: (error as Error).message });
  }
}
