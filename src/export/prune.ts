/** `export.prune`: a model whose vocabulary has fewer tokens, and so fewer rows of embeddings and head. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { isObject, readJsonFile, writeJsonFile } from "../formats/index.ts";
import type { LlamaConfig } from "../model/index.ts";
import { loadTokenizer, type TokenizerJson } from "../tokens/index.ts";
import type { ExportFormat, PrunedVocabulary } from "./exported-file.ts";
import type { ExportWeights } from "./merge.ts";
import { chooseKeptTokens, newIds, pruneTokenizer } from "./prune-vocabulary.ts";
import { writeCompanions } from "./tokenizer-files.ts";

/** Throws UserError for a format that has the base's vocabulary built in. */
export function requirePrunable(formats: readonly ExportFormat[]): void {
  const fixed = formats.filter((format) => format.startsWith("pte"));
  if (fixed.length === 0) return;
  throw new UserError(
    `${fixed.join(", ")} cannot be pruned: a .pte is made for one size of vocabulary. Leave out export.prune, or leave ${fixed.length === 1 ? "it" : "them"} out of export.formats; a run exports both ways one after the other in two folders.`,
  );
}

/** Adapters hold no row of a vocabulary and are laid over the base as it is. */
export function isPruned(format: ExportFormat): boolean {
  return !format.startsWith("adapter");
}

/**
 * Writes `folder`: configuration, tokenizer and licences of `base` with a vocabulary of about `size` tokens, those `used` among them;
 * kept.json, the ids they have in the base, comes last.
 */
export async function writePrunedVocabulary(
  folder: string,
  { base, used, size }: { base: string; used: ReadonlySet<number>; size: number },
): Promise<PrunedVocabulary> {
  await loadTokenizer(base); // refuses what is no byte-level BPE
  const json = (await readJsonFile(join(base, "tokenizer.json"))) as TokenizerJson;
  const kept = chooseKeptTokens(json, used, size);
  const ids = newIds(kept);
  await writeCompanions(folder, base);
  await writeJsonFile(
    join(folder, "tokenizer.json"),
    pruneTokenizer((await readJsonFile(join(folder, "tokenizer.json"))) as TokenizerJson, kept),
  );
  await change(folder, "tokenizer_config.json", (config) => {
    if (!isObject(config.added_tokens_decoder)) return config;
    const moved = Object.entries(config.added_tokens_decoder).flatMap(([id, token]) =>
      ids.has(Number(id)) ? [[ids.get(Number(id))!, token]] : [],
    );
    return { ...config, added_tokens_decoder: Object.fromEntries(moved) };
  });
  await change(folder, "generation_config.json", (config) => moveIds(config, ids));
  const config = (await readJsonFile(join(base, "config.json"))) as Record<string, unknown>; // readLlamaConfig has checked it
  await writeJsonFile(join(folder, "config.json"), { ...moveIds(config, ids), vocab_size: kept.length });
  await writeJsonFile(join(folder, "kept.json"), kept);
  return { folder, kept };
}

/** What `writePrunedVocabulary` wrote; null where it has not finished. */
export async function readPrunedVocabulary(folder: string): Promise<PrunedVocabulary | null> {
  const path = join(folder, "kept.json");
  return existsSync(path) ? { folder, kept: (await readJsonFile(path)) as number[] } : null; // written above
}

/** The model with the kept rows of its embeddings and its head. */
export function pruneModel(
  config: LlamaConfig,
  weights: ExportWeights,
  kept: readonly number[],
): { config: LlamaConfig; weights: ExportWeights } {
  const { hiddenSize } = config;
  const hasRows = (name: string) => name === "model.embed_tokens.weight" || name === "lm_head.weight";
  const read = async (name: string) => {
    const values = await weights.read(name);
    if (!hasRows(name)) return values;
    const rows = new Float32Array(kept.length * hiddenSize);
    for (const [i, id] of kept.entries())
      rows.set(values.subarray(id * hiddenSize, (id + 1) * hiddenSize), i * hiddenSize);
    return rows;
  };
  const tensors = weights.tensors.map(({ name, shape }) => ({
    name,
    shape: hasRows(name) ? [kept.length, hiddenSize] : shape,
  }));
  return { config: { ...config, vocabularySize: kept.length }, weights: { ...weights, tensors, read } };
}

/** Every id that a configuration of transformers names (bos_token_id, …); one that is not kept is left out. */
function moveIds(config: Record<string, unknown>, ids: ReadonlyMap<number, number>): Record<string, unknown> {
  const entries = Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    if (!key.endsWith("_token_id") || value === null) return [[key, value]];
    if (Array.isArray(value)) return [[key, value.flatMap((id) => ids.get(id) ?? [])]];
    return ids.has(value as number) ? [[key, ids.get(value as number)]] : [];
  });
  return Object.fromEntries(entries);
}

async function change(
  folder: string,
  name: string,
  to: (json: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const path = join(folder, name);
  if (existsSync(path)) await writeJsonFile(path, to((await readJsonFile(path)) as Record<string, unknown>));
}
