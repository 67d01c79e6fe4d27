/**
 * The tokenizer of the base as other programs are to have it: what the chat template writes is special, whatever the base's file says, and
 * the end of a turn is among the ids that end a text.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject, readJsonFile, writeFileAtomic, writeJsonFile } from "../formats/index.ts";
import { loadTokenizer, type TokenizerJson } from "../tokens/index.ts";

/** Files of the base that belong to every copy of it. */
const COPIED = ["special_tokens_map.json", "chat_template.jinja", "tokenizer.model"];
const LICENCE_FILE = /^(licen[cs]e|notice|use_policy)(\.(txt|md))?$/i;

/** Writes beside a model's weights what every copy of it needs but config.json: tokenizer, ends of a text, licence files. */
export async function writeCompanions(folder: string, base: string): Promise<void> {
  const licences = (await readdir(base)).filter((name) => LICENCE_FILE.test(name)).sort();
  for (const name of [...COPIED, ...licences]) {
    if (existsSync(join(base, name))) await writeFileAtomic(join(folder, name), await readFile(join(base, name)));
  }
  if (!existsSync(join(base, "tokenizer.json"))) return;
  await writeTokenizerJson(folder, base);
  await writeTokenizerConfig(folder, base);
  await writeGenerationConfig(folder, base);
}

/** Writes `folder`/tokenizer.json: the base's own bytes where its markers are special there. */
export async function writeTokenizerJson(folder: string, base: string): Promise<void> {
  const { specialTokens } = await loadTokenizer(base);
  const path = join(base, "tokenizer.json");
  const json = (await readJsonFile(path)) as TokenizerJson; // loadTokenizer has checked it
  const isUnmarked = ({ content, special }: { content: string; special?: boolean }) =>
    special !== true && specialTokens.all.includes(content);
  const target = join(folder, "tokenizer.json");
  if (!json.added_tokens?.some(isUnmarked)) return writeFileAtomic(target, await readFile(path));
  const added_tokens = json.added_tokens.map((token) => (isUnmarked(token) ? { ...token, special: true } : token));
  return writeJsonFile(target, { ...json, added_tokens });
}

/** Writes `folder`/tokenizer_config.json, where the base has one: transformers takes the flags of added tokens from there. */
async function writeTokenizerConfig(folder: string, base: string): Promise<void> {
  const path = join(base, "tokenizer_config.json");
  if (!existsSync(path)) return;
  const { specialTokens } = await loadTokenizer(base);
  const json = (await readJsonFile(path)) as { added_tokens_decoder?: Record<string, Record<string, unknown>> };
  const known = isObject(json.added_tokens_decoder) ? json.added_tokens_decoder : {};
  const isUnmarked = ({ content, special }: Record<string, unknown>) =>
    special !== true && specialTokens.all.includes(String(content));
  const target = join(folder, "tokenizer_config.json");
  if (!Object.values(known).some(isUnmarked)) return writeFileAtomic(target, await readFile(path));
  const marked = Object.entries(known).map(([id, token]) => [
    id,
    isUnmarked(token) ? { ...token, special: true } : token,
  ]);
  return writeJsonFile(target, { ...json, added_tokens_decoder: Object.fromEntries(marked) });
}

/** Writes `folder`/generation_config.json with the end of a turn in eos_token_id: the base's own bytes where it stands there. */
async function writeGenerationConfig(folder: string, base: string): Promise<void> {
  const path = join(base, "generation_config.json");
  const known = existsSync(path) ? ((await readJsonFile(path)) as Record<string, unknown>) : {};
  const ends = [known.eos_token_id ?? []].flat();
  const { endIds } = await loadTokenizer(base);
  const target = join(folder, "generation_config.json");
  if (endIds.length === 0 || ends.includes(endIds[0])) {
    if (existsSync(path)) await writeFileAtomic(target, await readFile(path));
    return;
  }
  await writeJsonFile(target, { ...known, eos_token_id: [...new Set([...endIds, ...ends])] });
}
