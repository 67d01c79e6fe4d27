/** What a GGUF is: for a person who got one, and before one is given to others. */
import { stat } from "node:fs/promises";
import { type GgufMetadata, openGguf, shapeSize } from "../formats/index.ts";
import { findEndOfTurn, partAddedTokens } from "../tokens/index.ts";

/** Tensors of one type. */
export interface TensorSum {
  readonly type: string;
  readonly tensors: number;
  readonly values: number;
  readonly bytes: number;
}

/** The report. What the file does not say is null. */
export interface GgufReport {
  readonly kind: "gguf";
  readonly path: string;
  readonly fileBytes: number;
  readonly architecture: string | null;
  readonly name: string | null;
  readonly license: string | null;
  readonly isAdapter: boolean;
  readonly adapterAlpha: number | null;
  readonly contextLength: number | null;
  readonly vocabularySize: number | null;
  readonly preTokenizer: string | null;
  /** Names of the tokens at which a reply ends, as the file names them. */
  readonly ends: readonly string[];
  readonly hasTemplate: boolean;
  readonly systemPrompt: string | null;
  readonly tensors: readonly TensorSum[];
  readonly parameters: number;
  readonly bitsPerWeight: number;
  readonly problems: readonly string[];
}

/** Reads the header of a GGUF and says what would keep it from answering. Throws FormatError for another kind of file. */
export async function inspectGguf(path: string): Promise<GgufReport> {
  const { metadata, entries, close } = await openGguf(path);
  await close();
  const text = (key: string) => textOf(metadata, key);
  const number = (key: string) => numberOf(metadata, key);
  const architecture = text("general.architecture");
  const sums = new Map<string, TensorSum>();
  for (const { type, typeId, shape, sizeBytes } of entries.values()) {
    const name = type ?? `ggml type ${typeId}`;
    const { tensors, values, bytes } = sums.get(name) ?? { tensors: 0, values: 0, bytes: 0 };
    sums.set(name, { type: name, tensors: tensors + 1, values: values + shapeSize(shape), bytes: bytes + sizeBytes });
  }
  const tensors = [...sums.values()].sort((a, b) => b.bytes - a.bytes);
  const parameters = tensors.reduce((sum, { values }) => sum + values, 0);
  const tokens = listOf<string>(metadata, "tokenizer.ggml.tokens");
  const isAdapter = text("general.type") === "adapter";
  const ends = endIds(metadata).map((id) => tokens[id] ?? `${id}`);
  return {
    kind: "gguf",
    path,
    fileBytes: (await stat(path)).size,
    architecture,
    name: text("general.name"),
    license: text("general.license"),
    isAdapter,
    adapterAlpha: number("adapter.lora.alpha"),
    contextLength: number(`${architecture}.context_length`),
    vocabularySize: tokens.length || null,
    preTokenizer: text("tokenizer.ggml.pre"),
    ends: [...new Set(ends)],
    hasTemplate: text("tokenizer.chat_template") !== null,
    systemPrompt: text("pocketreply.system_prompt"),
    tensors,
    parameters,
    bitsPerWeight: (8 * tensors.reduce((sum, { bytes }) => sum + bytes, 0)) / Math.max(1, parameters),
    problems: isAdapter
      ? adapterProblems(metadata)
      : modelProblems(metadata, entries.get("token_embd.weight")?.shape[0]),
  };
}

function adapterProblems(metadata: GgufMetadata): string[] {
  if (numberOf(metadata, "adapter.lora.alpha") !== null) return [];
  return ["it names no adapter.lora.alpha: llama.cpp would apply it with strength 0"];
}

function modelProblems(metadata: GgufMetadata, embeddingRows: number | undefined): string[] {
  const problems: string[] = [];
  const tokens = listOf<string>(metadata, "tokenizer.ggml.tokens");
  const types = listOf<number>(metadata, "tokenizer.ggml.token_type");
  const template = textOf(metadata, "tokenizer.chat_template");
  if (embeddingRows === undefined) problems.push("it has no token_embd.weight");
  else if (embeddingRows !== tokens.length)
    problems.push(`the vocabulary has ${tokens.length} tokens, the embedding ${embeddingRows} rows`);
  if (template === null) {
    problems.push("it has no chat template (tokenizer.chat_template): programs would make up one of their own");
    return problems;
  }
  const ends = endIds(metadata);
  const added = tokens.flatMap((content, id) =>
    types[id] === CONTROL || types[id] === USER_DEFINED ? [{ content, id }] : [],
  );
  const { markers } = partAddedTokens(
    added.map(({ content, id }) => ({ content, id, special: types[id] === CONTROL })),
    { template, ends: ends.map((id) => tokens[id] ?? null) },
  );
  const specialTokens = {
    bos: nameOf(metadata, tokens, "bos"),
    eos: nameOf(metadata, tokens, "eos"),
    all: markers.map(({ content }) => content),
  };
  const end = findEndOfTurn({ template, specialTokens });
  if (end !== null && !ends.includes(tokens.indexOf(end)))
    problems.push(
      `the template ends a turn with ${end}, which neither eos, eot nor eom names: programs that know no better run on`,
    );
  const open = markers.filter(({ id }) => types[id] === USER_DEFINED).map(({ content }) => content);
  if (open.length > 0)
    problems.push(
      `${open.join(", ")} ${open.length === 1 ? "is" : "are"} written by the template but found in any text (user-defined): a mail can hold ${open.length === 1 ? "it" : "them"}`,
    );
  return problems;
}

/** `tokenizer.ggml.token_type` (llama.h, llama_token_type). */
const CONTROL = 3;
const USER_DEFINED = 4;

function endIds(metadata: GgufMetadata): number[] {
  return ["eos", "eot", "eom"].flatMap((name) => numberOf(metadata, `tokenizer.ggml.${name}_token_id`) ?? []);
}

function nameOf(metadata: GgufMetadata, tokens: readonly string[], name: string): string | null {
  return tokens[numberOf(metadata, `tokenizer.ggml.${name}_token_id`) ?? -1] ?? null;
}

function textOf(metadata: GgufMetadata, key: string): string | null {
  const value = metadata.get(key)?.value;
  return typeof value === "string" ? value : null;
}

function numberOf(metadata: GgufMetadata, key: string): number | null {
  const value = metadata.get(key)?.value;
  return typeof value === "number" ? value : null;
}

function listOf<T>(metadata: GgufMetadata, key: string): readonly T[] {
  const value = metadata.get(key)?.value;
  return Array.isArray(value) ? (value as T[]) : [];
}
