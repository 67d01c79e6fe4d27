/** How much each column of a run's model matters (`export.importanceMails`): its inputs along training mails and their replies, never along held-out ones. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type ExportWeights,
  type Importance,
  openExportWeights,
  readImportance,
  rememberWeights,
  writeImportance,
} from "../export/index.ts";
import { readJsonFile } from "../formats/index.ts";
import { renderAsked } from "../mail/index.ts";
import { baseTensors, type LlamaConfig, parameterCount, readLlamaConfig } from "../model/index.ts";
import { hashString } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import type { RunPaths } from "../run.ts";
import { encodeExample, loadTokenizer, TooLongError } from "../tokens/index.ts";
import { type Example, measureColumns, type Split } from "../train/index.ts";
import { mostContextTokens } from "./model.ts";
import { pickReplies } from "./predict.ts";

/** What is measured: a checkpoint over its base, and what of it the files will share. */
interface Measured {
  readonly paths: RunPaths;
  readonly recipe: Recipe;
  readonly base: string;
  readonly checkpoint: string;
  /** Where merged weights are remembered. */
  readonly merged?: Map<string, Float32Array>;
  /** Called before each layer with the part that is done; it may throw to stop. */
  readonly onProgress?: (part: number) => void;
}

/** Measured once and kept in export/importance.gguf; null where the run has no training mails or the recipe asks for none. */
export async function findImportance(measured: Measured): Promise<Importance | null> {
  const { paths, recipe, base, checkpoint } = measured;
  const config = await readLlamaConfig(base);
  const count = recipe.export.importanceMails ?? usualMails(config);
  if (count === 0 || !existsSync(paths.split)) return null;
  const examples = await readExamples(measured, count);
  if (examples.length === 0) return null;
  const path = join(paths.exportFolder, "importance.gguf");
  const of = JSON.stringify({ checkpoint: checkpoint.slice(paths.folder.length), mails: examples.map(({ id }) => id) });
  const kept = await readImportance(path, of, config);
  if (kept !== null) return kept;
  const weights = await openExportWeights({ base, checkpoint, config });
  try {
    const importance = { of, ...(await measure(weights, config, examples, measured)) };
    await writeImportance(path, importance);
    return importance;
  } finally {
    await weights.close();
  }
}

/** ours: on SmolLM2-135M weighing takes a quarter to a half of what 4 and 5 bits lose, on the pocket base nothing (docs/log/quantising.md). */
const usualMails = (config: LlamaConfig) => (parameterCount(baseTensors(config)) < 100_000_000 ? 0 : 32);

async function measure(
  weights: ExportWeights,
  config: LlamaConfig,
  examples: readonly Example[],
  { merged, onProgress }: Measured,
): Promise<Omit<Importance, "of">> {
  const { read } = merged ? rememberWeights(weights, merged) : weights;
  const onLayer = (layer: number) => onProgress?.(layer / config.layers);
  const columns = await measureColumns({ config, readWeight: read, examples, onLayer });
  return { texts: examples.length, longestTokens: Math.max(...examples.map(({ ids }) => ids.length)), columns };
}

/** Training mails chosen by seed, whole with their replies, as they were learnt. */
async function readExamples({ paths, recipe, base }: Measured, count: number): Promise<Example[]> {
  const { train } = (await readJsonFile(paths.split)) as Split; // written by train
  const rank = (id: string) => hashString(`${recipe.seed}/importance/${id}`);
  const chosen = new Set([...train].sort((a, b) => rank(a) - rank(b)).slice(0, count));
  const tokenizer = await loadTokenizer(base);
  const examples: Example[] = [];
  for (const row of await pickReplies(paths, (id) => chosen.has(id))) {
    const maxTokens = Math.min(recipe.train.maxTokens, mostContextTokens());
    const options = { ...recipe.student, tokenizer, email: renderAsked(row), reply: row.reply, maxTokens };
    try {
      const { ids, completionStart } = encodeExample(options);
      examples.push({ id: row.id, ids: Int32Array.from(ids), completionStart });
    } catch (error) {
      if (!(error instanceof TooLongError)) throw error; // training left it out too
    }
  }
  return examples;
}
