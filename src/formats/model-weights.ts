/**
 * The weights of a model folder in Hugging Face layout: one `model.safetensors`, or shards named by
 * `model.safetensors.index.json`, which is { "weight_map": { "<tensor>": "<file>" } }.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FormatError, UserError } from "../errors.ts";
import { readJsonFile } from "./files.ts";
import { openSafetensors, type TensorReader } from "./safetensors.ts";
import { findEntry, isObject, sameShape, showShape, type TensorEntry } from "./safetensors-header.ts";

const INDEX_FILE = "model.safetensors.index.json";
const SINGLE_FILE = "model.safetensors";

/** Opens the weights of a model folder: `model.safetensors`, or all shards of `model.safetensors.index.json`. Says which shard is missing. */
export async function openModelWeights(folder: string): Promise<TensorReader> {
  if (existsSync(join(folder, SINGLE_FILE))) return openSafetensors(join(folder, SINGLE_FILE));
  const indexPath = join(folder, INDEX_FILE);
  if (!existsSync(indexPath)) {
    const problem = existsSync(folder) ? `holds neither ${SINGLE_FILE} nor ${INDEX_FILE}` : "does not exist";
    throw new UserError(
      `The model folder ${folder} ${problem}. A model in Hugging Face layout (safetensors) is needed here.`,
    );
  }
  const weightMap = parseIndex(indexPath, await readJsonFile(indexPath));
  const files = [...new Set(weightMap.values())].sort();
  const missing = files.filter((file) => !existsSync(join(folder, file)));
  if (missing.length > 0) {
    throw new UserError(
      `The model folder ${folder} lacks ${missing.length} of its ${files.length} weight files: ${missing.join(", ")}. Download or copy the model again.`,
    );
  }
  const shards = new Map<string, TensorReader>();
  const close = async () => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const file of files) shards.set(file, await openSafetensors(join(folder, file)));
    return joinShards(indexPath, weightMap, shards, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Throws one FormatError that lists every tensor of `wanted` that `reader` lacks or holds in another shape. */
export function requireTensors(
  reader: TensorReader,
  wanted: Iterable<{ name: string; shape: readonly number[] }>,
): void {
  const problems: string[] = [];
  for (const { name, shape } of wanted) {
    const entry = reader.entries.get(name);
    if (!entry) problems.push(`${name} is missing (expected ${showShape(shape)})`);
    else if (!sameShape(entry.shape, shape)) {
      problems.push(`${name} is ${showShape(entry.shape)} (expected ${showShape(shape)})`);
    }
  }
  if (problems.length === 0) return;
  const shown = problems.slice(0, 20).join("; ") + (problems.length > 20 ? `; and ${problems.length - 20} more` : "");
  throw new FormatError({
    path: reader.path,
    where: "its tensors",
    expected: "every tensor that config.json calls for",
    got: shown,
    fix: "The weights and config.json do not belong together, or the file is damaged.",
  });
}

function parseIndex(path: string, value: unknown): Map<string, string> {
  const weightMap = isObject(value) ? value.weight_map : undefined;
  if (!isObject(weightMap)) {
    throw new FormatError({
      path,
      where: "weight_map",
      expected: "an object of tensor names and files",
      got: JSON.stringify(weightMap),
    });
  }
  for (const [name, file] of Object.entries(weightMap)) {
    if (typeof file !== "string" || /[\\/]/.test(file)) {
      throw new FormatError({
        path,
        where: `weight_map of ${name}`,
        expected: "a file name of this folder",
        got: JSON.stringify(file),
      });
    }
  }
  return new Map(Object.entries(weightMap) as [string, string][]);
}

function joinShards(
  path: string,
  weightMap: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, TensorReader>,
  close: () => Promise<void>,
): TensorReader {
  const entries = new Map<string, TensorEntry>();
  for (const [name, file] of weightMap) {
    const entry = shards.get(file)!.entries.get(name);
    if (!entry)
      throw new FormatError({
        path,
        where: `weight_map of ${name}`,
        expected: `the tensor in ${file}`,
        got: "a file without it",
      });
    entries.set(name, entry);
  }
  return {
    path,
    entries,
    metadata: Object.assign({}, ...[...shards.values()].map((shard) => shard.metadata)),
    async readFloat32(name, shape) {
      findEntry(path, entries, name);
      return shards.get(weightMap.get(name)!)!.readFloat32(name, shape);
    },
    close,
  };
}
