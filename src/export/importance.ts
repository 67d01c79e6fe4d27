/**
 * How much each column of a model's matrices matters: the mean square of what multiplies it. Kept as llama.cpp keeps it (tools/imatrix, a GGUF), so that
 * llama-quantize reads it too:
 *
 *   general.type = "imatrix", imatrix.datasets [string], imatrix.chunk_count u32 (texts), imatrix.chunk_size u32 (tokens of the longest)
 *   NAME.in_sum2   float32 [columns]: the sum of squares over all tokens, of the matrix NAME
 *   NAME.counts    float32 [1]: tokens
 */
import { existsSync } from "node:fs";
import { type GgufValue, openGguf, writeGguf } from "../formats/index.ts";
import { baseTensors, ggufTensorName, type LlamaConfig } from "../model/index.ts";

/** What was seen along some texts. */
export interface Importance {
  /** What was read: a model and texts. Another number of them is another matrix. */
  readonly of: string;
  readonly texts: number;
  /** Of the longest text. */
  readonly longestTokens: number;
  /** By weight name: the sum of squares of each input, and over how many tokens. */
  readonly columns: ReadonlyMap<string, { readonly squares: Float32Array; readonly tokens: number }>;
}

/** What a GGUF says of the importance that weighed it: the keys of llama-quantize. */
export function importanceKeys({ texts, columns }: Importance): [string, GgufValue][] {
  return [
    ["quantize.imatrix.dataset", { type: "string", value: DATASET }],
    ["quantize.imatrix.entries_count", { type: "u32", value: columns.size }],
    ["quantize.imatrix.chunks_count", { type: "u32", value: texts }],
  ];
}

/** The importance of each column of a matrix, above 0; undefined for one that was not looked at. */
export function importanceOf({ columns }: Importance, name: string): Float32Array | undefined {
  const seen = columns.get(name);
  if (seen === undefined) return undefined;
  const means = seen.squares.map((sum) => sum / seen.tokens);
  const least = LEAST_SHARE * (means.reduce((sum, mean) => sum + mean, 0) / means.length) || 1; // of a matrix that reads zeros alone, all the same
  return means.map((mean) => Math.max(mean, least));
}

/** ours: a column that is never used counts as this share of the mean, because where all of a block count nothing it would become zeros. */
const LEAST_SHARE = 1e-6;

const DATASET = "training mails and replies of the run";

/** Writes the file. */
export async function writeImportance(path: string, importance: Importance): Promise<void> {
  const { of, texts, longestTokens, columns } = importance;
  const metadata = new Map<string, GgufValue>([
    ["general.type", { type: "string", value: "imatrix" }],
    ["imatrix.datasets", { type: "array", of: "string", value: [DATASET] }],
    ["imatrix.chunk_count", { type: "u32", value: texts }],
    ["imatrix.chunk_size", { type: "u32", value: longestTokens }],
    [OF, { type: "string", value: of }],
  ]);
  const tensors = [...columns].flatMap(([name, { squares, tokens }]) => [
    { name: `${ggufTensorName(name)}.in_sum2`, shape: [squares.length], type: "F32" as const, data: squares },
    { name: `${ggufTensorName(name)}.counts`, shape: [1], type: "F32" as const, data: Float32Array.of(tokens) },
  ]);
  await writeGguf(path, { metadata, tensors });
}

const OF = "pocketreply.importance_of";

/** Reads the file; null where there is none, or one of something else. */
export async function readImportance(path: string, of: string, config: LlamaConfig): Promise<Importance | null> {
  if (!existsSync(path)) return null;
  const { metadata, entries, readFloat32, close } = await openGguf(path);
  try {
    if (metadata.get(OF)?.value !== of) return null;
    const columns = new Map<string, { squares: Float32Array; tokens: number }>();
    for (const { name } of baseTensors(config)) {
      const ggufName = ggufTensorName(name);
      if (!entries.has(`${ggufName}.in_sum2`)) continue;
      const [tokens] = await readFloat32(`${ggufName}.counts`);
      columns.set(name, { squares: await readFloat32(`${ggufName}.in_sum2`), tokens });
    }
    const [texts, longestTokens] = ["imatrix.chunk_count", "imatrix.chunk_size"].map((key) =>
      Number(metadata.get(key)?.value),
    );
    return { of, texts, longestTokens, columns };
  } finally {
    await close();
  }
}
