/** An exported file, opened by the program that runs it here: GGUF by llama.cpp, ONNX by ONNX Runtime, which computes for ExecuTorch too. */
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type ExportedFile,
  isOnnx,
  isPruned,
  isPte,
  onnxGraphPath,
  type PrunedVocabulary,
  renderModelfile,
  writePteDecoder,
} from "../export/index.ts";
import type { Recipe } from "../recipe.ts";
import { openProbe } from "../reply/index.ts";
import { openDecoder } from "../runtime/index.ts";
import { encodeFittingPrompt, encodeMarked, loadTokenizer } from "../tokens/index.ts";

/** A model as a file holds it; ids are those of the base, whatever vocabulary the file has. */
export interface FormatRun {
  readonly by: string;
  /** Whether the program that it is for runs it at another speed than what runs it here. */
  readonly isSlower?: boolean;
  /** The tokens that the file knows; null: all of the base's. */
  readonly kept: readonly number[] | null;
  /** The ids of the prompt of a mail, framed and tokenized by what lies in the file. */
  encodePrompt(email: string): readonly number[];
  /** Probabilities of each token of `ids` from place `from` on.  [ids.length − from][V] */
  probabilitiesAlong(ids: readonly number[], from: number): Promise<Float32Array[]>;
  /** The likeliest tokens behind `prompt`, `count` of them, or fewer up to one that ends a reply where `untilEnd` says so. */
  greedyTokens(prompt: readonly number[], count: number, untilEnd?: boolean): Promise<number[]>;
  endsReply(id: number): boolean;
}

export interface FormatRunOptions {
  readonly student: Recipe["student"];
  readonly contextTokens: number;
  /** Room that a prompt leaves for the reply. */
  readonly replyTokens: number;
  readonly base: string;
  /** The GGUF that an adapter is laid over, if there is one. */
  readonly baseGguf: string | null;
  readonly pteTemplates: string | null;
  readonly pruned: PrunedVocabulary | null;
}

/** Hands `file` (its path below `folder`) to `use`; null where nothing here runs it. */
export async function withFormat<T>(
  file: Pick<ExportedFile, "format" | "path">,
  folder: string,
  options: FormatRunOptions,
  useRun: (run: FormatRun) => Promise<T>,
): Promise<T | null> {
  const path = join(folder, file.path);
  const kept = options.pruned && isPruned(file.format) ? options.pruned.kept : null;
  const use = (run: FileRun) => useRun(kept ? withBaseIds(run, kept) : { ...run, kept });
  if (isOnnx(file.format)) return withOnnx(onnxGraphPath(path, file.format), path, options, use);
  if (isPte(file.format)) return withPte(path, options, use);
  if (file.format === "adapter-gguf")
    return options.baseGguf === null ? null : withGguf({ model: options.baseGguf, adapter: path }, options, use);
  if (file.format === "ollama") {
    const modelfile = await readFile(join(path, "Modelfile"), "utf8");
    return withGguf({ model: join(path, "model-q8_0.gguf"), modelfile }, options, use);
  }
  return file.format.startsWith("gguf-") ? withGguf({ model: path }, options, use) : null;
}

/** A model with the ids of its file. */
type FileRun = Omit<FormatRun, "kept">;

/** A pruned model behind the ids of its base; what is not kept has no probability. */
function withBaseIds(run: FileRun, kept: readonly number[]): FormatRun {
  const own = new Map(kept.map((id, i) => [id, i]));
  const toOwn = (ids: readonly number[]) => ids.map((id) => own.get(id)!);
  const toBase = (ids: readonly number[]) => ids.map((id) => kept[id]);
  return {
    by: run.by,
    kept,
    encodePrompt: (email) => toBase(run.encodePrompt(email)),
    async probabilitiesAlong(ids, from) {
      const rows = await run.probabilitiesAlong(toOwn(ids), from);
      return rows.map((row) => {
        const spread = new Float32Array(kept.at(-1)! + 1);
        for (const [i, id] of kept.entries()) spread[id] = row[i];
        return spread;
      });
    },
    greedyTokens: async (prompt, count, untilEnd) => toBase(await run.greedyTokens(toOwn(prompt), count, untilEnd)),
    endsReply: (id) => run.endsReply(own.get(id)!),
  };
}

async function withGguf<T>(
  { model, adapter, modelfile }: { model: string; adapter?: string; modelfile?: string },
  { contextTokens, replyTokens }: FormatRunOptions,
  use: (run: FileRun) => Promise<T>,
): Promise<T> {
  const probe = await openProbe(model, { contextTokens, cache: "F16", adapter });
  const encodePrompt = (email: string) =>
    modelfile === undefined
      ? probe.encodePrompt(email, contextTokens - replyTokens)
      : probe.encodeRendered(renderModelfile(modelfile, email));
  try {
    return await use({ ...probe, by: "llama.cpp", encodePrompt });
  } finally {
    await probe.close();
  }
}

async function withOnnx<T>(
  graph: string,
  folder: string,
  { student, contextTokens, replyTokens }: FormatRunOptions,
  use: (run: FileRun) => Promise<T>,
): Promise<T> {
  const tokenizer = await loadTokenizer(folder);
  const decoder = await openDecoder(graph);
  const maxTokens = contextTokens - replyTokens;
  const endsReply = (id: number) => tokenizer.endIds.includes(id);
  try {
    return await use({
      by: "ONNX Runtime",
      encodePrompt: (email) => encodeFittingPrompt({ ...student, tokenizer, email, maxTokens }).ids,
      async probabilitiesAlong(ids, from) {
        decoder.restart();
        const logits = await decoder.read(ids.slice(0, -1));
        return logits.slice(from - 1).map(softmax);
      },
      async greedyTokens(prompt, count, untilEnd = false) {
        decoder.restart();
        const tokens: number[] = [];
        for (let last = prompt; tokens.length < count; last = tokens.slice(-1)) {
          tokens.push(largest((await decoder.read(last)).at(-1)!));
          if (untilEnd && endsReply(tokens.at(-1)!)) break;
        }
        return tokens;
      },
      endsReply,
    });
  } finally {
    await decoder.close();
  }
}

/** A program of ExecuTorch, its weights and its rounding in a decoder that is there for as long as it is used. Its runner is given text, frame included. */
async function withPte<T>(path: string, options: FormatRunOptions, use: (run: FileRun) => Promise<T>): Promise<T> {
  const { base, pteTemplates, student, contextTokens, replyTokens } = options;
  const folder = `${path}.check`;
  const [whole, beside] = [await loadTokenizer(base), await loadTokenizer(dirname(path))];
  const maxTokens = contextTokens - replyTokens;
  const encodePrompt = (email: string) => {
    const { ids } = encodeFittingPrompt({ ...student, tokenizer: whole, email, maxTokens });
    return encodeMarked(beside, whole.decode(ids), whole.specialTokens.all);
  };
  try {
    const graph = await writePteDecoder({ path, base, pteTemplates, folder });
    const by = "ONNX Runtime, rounding as ExecuTorch";
    return await withOnnx(graph, base, options, (run) => use({ ...run, by, isSlower: true, encodePrompt }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function softmax(logits: Float32Array): Float32Array {
  const most = logits[largest(logits)];
  const powers = logits.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** The place of the largest value; the first of equals. */
export function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
