/**
 * A GGUF file as a base: a folder with the `config.json` that the file stands for and a `gguf.json` that says where the file is. The weights
 * stay where they are and are dequantised one tensor at a time, so training runs against exactly the values that llama.cpp computes with.
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { FormatError, UserError } from "../errors.ts";
import {
  hashFile,
  openGguf,
  readJsonFile,
  requireTensors,
  type TensorReader,
  writeJsonFile,
} from "../formats/index.ts";
import { type LlamaConfig, parseLlamaConfig } from "./config.ts";
import { ggufConfigJson } from "./gguf-config.ts";
import { ggufTensorName, hasMovedRows, ROPE_FACTORS, separateRotaryRows } from "./gguf-names.ts";
import { baseTensors } from "./names.ts";

const POINTER = "gguf.json";

/** gguf.json: the file with the weights, and by what it is known again. */
export interface GgufPointer {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly sha256: string;
}

/**
 * Whether `folder` is a base over the GGUF at `path` already. Throws UserError where it was made of another file, because what was trained
 * on the first would not fit the second.
 */
export async function isGgufBase(folder: string, path: string): Promise<boolean> {
  const known = await readGgufPointer(folder);
  if (known === null) return false;
  const { size, mtimeMs } = await stat(path);
  if (known.path === resolve(path) && known.sizeBytes === size && known.modifiedMs === mtimeMs) return true;
  const sha256 = await hashFile(path);
  if (known.sha256 === sha256) return false; // moved or copied: its new place is to be written down
  throw new UserError(
    `${path} is another file than the base that ${folder} was made of (SHA-256 ${sha256.slice(0, 12)}…, not ${known.sha256.slice(0, 12)}…). Put the first one back, or choose another run folder.`,
  );
}

/** Makes `folder` a base over the GGUF at `path`, but for its tokenizer. Throws UserError or FormatError for a file that is no Llama. */
export async function writeGgufBase(folder: string, path: string): Promise<void> {
  await writeJsonFile(join(folder, "config.json"), await readGgufConfig(path));
  const { size, mtimeMs } = await stat(path);
  const pointer: GgufPointer = {
    path: resolve(path),
    sizeBytes: size,
    modifiedMs: mtimeMs,
    sha256: await hashFile(path),
  };
  await writeJsonFile(join(folder, POINTER), pointer); // last: a folder with it is whole
}

/** The GGUF behind a base folder; null for a folder with weights of its own. */
export async function readGgufPointer(folder: string): Promise<GgufPointer | null> {
  const path = join(folder, POINTER);
  if (!existsSync(path)) return null;
  return (await readJsonFile(path)) as GgufPointer; // written above
}

/** Opens the tensors of a GGUF under their checkpoint names, q and k in the checkpoint's order of rows. */
export async function openGgufWeights(path: string, config: LlamaConfig): Promise<TensorReader> {
  const gguf = await openGguf(path);
  const names = new Map(baseTensors(config).map(({ name }) => [name, ggufTensorName(name)]));
  const shapes = new Map(baseTensors(config).map(({ name, shape }) => [name, shape]));
  const entries = new Map(
    [...names].flatMap(([name, ggufName]) => {
      const entry = gguf.entries.get(ggufName);
      if (!entry) return [];
      const { shape, sizeBytes, type, typeId } = entry;
      return [[name, { name, shape, sizeBytes, dtype: type ?? `ggml type ${typeId}` }]];
    }),
  );
  const reader: TensorReader = {
    path,
    entries,
    metadata: {},
    async readFloat32(name, shape) {
      if (shape) requireTensors(reader, [{ name, shape }]);
      const values = await gguf.readFloat32(names.get(name) ?? name);
      if (!hasMovedRows(config, name)) return values;
      return separateRotaryRows(values, { headSize: config.headSize, rowLength: shapes.get(name)![1] ?? 1 });
    },
    close: gguf.close,
  };
  return reader;
}

/** The config.json of the model in a GGUF, checked against its tensors: one that is not known would be left out in silence. */
async function readGgufConfig(path: string): Promise<Record<string, unknown>> {
  const gguf = await openGguf(path);
  try {
    const { metadata, entries } = gguf;
    const embedding = entries.get("token_embd.weight");
    if (!embedding) throw new FormatError({ path, where: "its tensors", expected: "token_embd.weight", got: "none" });
    const json = ggufConfigJson({
      path,
      name: basename(path),
      metadata,
      vocabularySize: embedding.shape[0],
      tiedEmbeddings: !entries.has("output.weight"),
      ropeFactors: entries.has(ROPE_FACTORS) ? await gguf.readFloat32(ROPE_FACTORS) : null,
    });
    const config = parseLlamaConfig(json, path);
    const known = new Set([...baseTensors(config).map(({ name }) => ggufTensorName(name)), ROPE_FACTORS]);
    const unknown = [...entries.keys()].filter((name) => !known.has(name));
    if (unknown.length > 0) {
      throw new UserError(
        `${path} holds ${unknown.length} tensors that a plain Llama has not (${unknown.slice(0, 3).join(", ")}${unknown.length > 3 ? ", …" : ""}); such a model cannot be a base.`,
      );
    }
    return json;
  } finally {
    await gguf.close();
  }
}
