/** Configuration and weights of a model folder. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { findInfinite, openModelWeights, readJsonFile, requireTensors, type TensorReader } from "../formats/index.ts";
import { type LlamaConfig, parseLlamaConfig } from "./config.ts";
import { openGgufWeights, readGgufPointer } from "./gguf-base.ts";
import { baseTensors, type TensorSpec, type Weights } from "./names.ts";

/** Reads and checks `folder/config.json`. Throws UserError naming the key that is missing, wrong or not supported. */
export async function readLlamaConfig(folder: string): Promise<LlamaConfig> {
  const path = join(folder, "config.json");
  return parseLlamaConfig(await readJsonFile(path), path);
}

/** Opens the weights of a base: model.safetensors, its shards, or the GGUF that the folder stands for. */
export async function openBaseWeights(folder: string, config: LlamaConfig): Promise<TensorReader> {
  const gguf = await readGgufPointer(folder);
  return gguf ? openGgufWeights(gguf.path, config) : openModelWeights(folder);
}

/**
 * Reads the weights of `folder` as float32: all, or those that are `wanted`. Throws one FormatError that lists all missing
 * tensors and wrong shapes, or names the file that is damaged; UserError where the folder holds weights that this model has no place
 * for, or values that are no numbers.
 */
export async function readBaseWeights(
  folder: string,
  config: LlamaConfig,
  wanted: (name: string) => boolean = () => true,
): Promise<Weights> {
  const weights: Weights = new Map();
  const take = (name: string, data: Float32Array) => void weights.set(name, data);
  await eachBaseTensor(folder, config, take, wanted);
  return weights;
}

/** The digest of the weights in `folder`, read one tensor at a time: what `digestOf` gives for them in memory. */
export async function digestOfFolder(folder: string, config: LlamaConfig): Promise<string> {
  const hash = createHash("sha256");
  await eachBaseTensor(folder, config, (name, data) => {
    hash.update(name).update(data);
  });
  return hash.digest("hex").slice(0, 32);
}

/** A digest of names and values, whatever files and float types they came from. */
export function digestOf(weights: Weights): string {
  const hash = createHash("sha256");
  for (const [name, data] of weights) hash.update(name).update(data);
  return hash.digest("hex").slice(0, 32);
}

async function eachBaseTensor(
  folder: string,
  config: LlamaConfig,
  take: (name: string, data: Float32Array) => void,
  wanted: (name: string) => boolean = () => true,
): Promise<void> {
  const reader = await openBaseWeights(folder, config);
  try {
    const specs = baseTensors(config);
    requireTensors(reader, specs);
    await requireNoOthers(reader, specs, config);
    for (const { name, shape } of specs) {
      if (!wanted(name)) continue;
      const data = await reader.readFloat32(name, shape);
      requireFinite(reader.path, name, data);
      take(name, data);
    }
  } finally {
    await reader.close();
  }
}

/** Tensors that older checkpoints hold though they follow from config.json. */
const derived = /\.rotary_emb\.inv_freq$/;

/** Throws UserError for weights that the graph would leave out in silence, and for a head of its own where config.json ties it. */
async function requireNoOthers(
  reader: TensorReader,
  specs: readonly TensorSpec[],
  { tiedEmbeddings, vocabularySize, hiddenSize }: LlamaConfig,
): Promise<void> {
  const known = new Set(specs.map(({ name }) => name));
  const others = [...reader.entries.keys()].filter((name) => !known.has(name) && !derived.test(name));
  const strange = others.filter((name) => name !== "lm_head.weight");
  if (strange.length > 0) {
    const shown = strange.slice(0, 5).join(", ") + (strange.length > 5 ? ` and ${strange.length - 5} more` : "");
    throw new UserError(
      `${reader.path} holds weights that a Llama with this config.json has no place for: ${shown}. Trained without them it would be another model. Use a base of the Llama architecture.`,
    );
  }
  if (!tiedEmbeddings || others.length === 0) return;
  const shape = [vocabularySize, hiddenSize];
  const head = await reader.readFloat32("lm_head.weight", shape);
  const table = await reader.readFloat32("model.embed_tokens.weight", shape);
  if (Buffer.compare(Buffer.from(head.buffer), Buffer.from(table.buffer)) === 0) return;
  throw new UserError(
    `${reader.path} has an lm_head.weight that differs from the embedding, but config.json says tie_word_embeddings: true. Set it to false there if the model was made with a head of its own, or take lm_head.weight out of the file.`,
  );
}

function requireFinite(path: string, name: string, data: Float32Array): void {
  const at = findInfinite(data);
  if (at < 0) return;
  throw new UserError(
    `${path}: ${name} holds ${data[at]} at element ${at}. A base with values that are no numbers cannot be trained; download or convert it again.`,
  );
}
