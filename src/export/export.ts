/** From a base and a checkpoint to files that other programs run: PEFT adapter, merged safetensors, GGUF, ONNX, programs of ExecuTorch. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { writeFileAtomic } from "../formats/index.ts";
import { readLlamaConfig } from "../model/index.ts";
import { loadTokenizer } from "../tokens/index.ts";
import { adapterGgufPath, writeAdapterGguf } from "./adapter-gguf.ts";
import {
  type ExportedFile,
  type ExportFormat,
  type ExportOptions,
  isWeighed,
  type Prepared as PreparedModel,
  readVocabulary,
} from "./exported-file.ts";
import { modelKeys, writeModelGguf } from "./gguf.ts";
import { type ExportWeights, openExportWeights, rememberWeights } from "./merge.ts";
import { writeMergedModel } from "./merged.ts";
import { modelfile } from "./ollama.ts";
import { checkOnnx, exportOnnx, isOnnx } from "./onnx-export.ts";
import { writePeftAdapter } from "./peft.ts";
import { pruneModel } from "./prune.ts";
import { exportPte, isPte, type PreparedPte, type PteFormat, preparePte } from "./pte-export.ts";
import { exportBytes } from "./space.ts";

/**
 * Writes each of `formats` below `out`: `adapter/`, `merged/`, and `model-KIND.gguf` for `gguf-KIND`,
 * `model-KIND.pte` with its tokenizer.json for `pte-KIND`, a folder `onnx-KIND/`. Every
 * weights file is read back and checked before it gets its name. Memory: one tensor at a time.
 * Throws UserError or FormatError before anything is written when base, checkpoint or tokenizer do not fit together.
 */
export async function exportModel(options: ExportOptions): Promise<ExportedFile[]> {
  const prepared = await prepare(options);
  try {
    const files: ExportedFile[] = [];
    for (const format of options.formats) {
      options.onFile?.(format);
      const file = await exportFormat(format, prepared);
      files.push(
        options.pruned
          ? { ...file, notes: [...file.notes, `vocabulary of ${options.pruned.kept.length} tokens`] }
          : file,
      );
    }
    return files;
  } finally {
    await prepared.weights.close();
  }
}

/** Throws what `exportModel` would throw before it writes a file of the base in these formats, so that nothing is trained that cannot be exported. */
export async function checkExport(options: Pick<ExportOptions, "base" | "formats" | "pteTemplates">): Promise<void> {
  const formats = options.formats.filter((format) => !format.startsWith("adapter")); // the one that needs no more than a training
  const { weights } = await prepare({ ...options, formats, checkpoint: null, out: "", metadata: NOTHING });
  await weights.close();
}

/** About the bytes that the formats take on disk together. */
export async function estimateExport(options: Pick<ExportOptions, "base" | "checkpoint" | "formats">): Promise<number> {
  const config = await readLlamaConfig(options.base);
  const { tensors, adapter, close } = await openExportWeights({ ...options, config });
  await close();
  const { rank = 0, modules = new Map() } = adapter ?? {};
  const targets = [...new Set([...modules.keys()].map((module) => String(module).split(".").at(-1)!))];
  return options.formats.reduce((sum, format) => sum + exportBytes(format, { config, tensors, rank, targets }), 0);
}

const NOTHING = { name: "", systemPrompt: "", dateString: "" };

/** What the writers work with, and what each program of ExecuTorch needs besides. */
type Prepared = PreparedModel & { readonly pte: ReadonlyMap<PteFormat, PreparedPte> };

/** Opens and checks all that the formats need. */
async function prepare(asked: ExportOptions): Promise<Prepared> {
  const { formats, pruned } = asked;
  const whole = await readLlamaConfig(asked.base);
  const read = await openExportWeights({ ...asked, config: whole });
  const opened = asked.merged ? rememberWeights(read, asked.merged) : read;
  try {
    requireAdapter(asked, opened);
    const options = pruned
      ? { ...asked, base: pruned.folder, baseName: asked.baseName ?? basename(asked.base) }
      : asked;
    const { config, weights } = pruned ? pruneModel(whole, opened, pruned.kept) : { config: whole, weights: opened };
    const { base } = options;
    const pte = new Map<PteFormat, PreparedPte>();
    for (const format of formats) {
      if (isPte(format)) pte.set(format, await preparePte(format, { ...options, config, weights }));
      if (isOnnx(format)) await checkOnnx(format, { base, config, tensors: weights.tensors });
    }
    const needsVocabulary = formats.some((format) => format.startsWith("gguf") || format === "ollama");
    if (needsVocabulary) modelKeys(config, "F32", options.metadata); // what llama.cpp cannot be told is refused here
    const vocabulary = needsVocabulary ? await readVocabulary(options, config) : new Map();
    return { ...options, config, weights, vocabulary, pte };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function exportFormat(format: ExportFormat, prepared: Prepared): Promise<ExportedFile> {
  switch (format) {
    case "adapter":
      return exportAdapter(prepared);
    case "adapter-gguf":
      return exportAdapterGguf(prepared);
    case "merged":
      return exportMerged(prepared);
    case "ollama":
      return exportOllama(prepared);
    case "gguf-f32":
    case "gguf-f16":
    case "gguf-q8_0":
    case "gguf-q6_k":
    case "gguf-q5_k_m":
    case "gguf-q5_0":
    case "gguf-q4_k_m":
    case "gguf-q4_0":
      return exportGguf(format, prepared);
    case "onnx-fp16":
    case "onnx-int8":
    case "onnx-int4":
      return exportOnnx(format, prepared);
    case "pte":
    case "pte-8da8w":
    case "pte-8da4w":
      return exportPte(format, prepared, prepared.pte.get(format)!);
    default:
      return format satisfies never;
  }
}

async function exportAdapter({ out, base, baseName, weights }: Prepared): Promise<ExportedFile> {
  const path = join(out, "adapter");
  const { tensors } = await writePeftAdapter(path, weights.adapter!, baseName ?? basename(base));
  const { size } = await stat(join(path, "adapter_model.safetensors"));
  return { format: "adapter", path, sizeBytes: size, tensors, notes: [] };
}

async function exportAdapterGguf({ out, base, config, weights, metadata }: Prepared): Promise<ExportedFile> {
  const path = adapterGgufPath(out);
  const written = await writeAdapterGguf(path, { adapter: weights.adapter!, base, config, metadata });
  return { format: "adapter-gguf", path, ...written, notes: ["for llama.cpp, over the base it was trained on"] };
}

async function exportMerged({ out, base, weights }: Prepared): Promise<ExportedFile> {
  const path = join(out, "merged");
  const { tensors, dtype } = await writeMergedModel(path, base, weights);
  const { size } = await stat(join(path, "model.safetensors"));
  return { format: "merged", path, sizeBytes: size, tensors, notes: [`weights in ${dtype}, as in the base`] };
}

/** A folder for `ollama create`: a GGUF of 8 bits and its Modelfile, which is written last. */
async function exportOllama(prepared: Prepared): Promise<ExportedFile> {
  const { base, metadata, vocabulary } = prepared;
  const path = join(prepared.out, "ollama");
  const file = "model-q8_0.gguf";
  const { tensors, sizeBytes } = await writeModelGguf({
    ...{ ...prepared, path: join(path, file), mix: "Q8_0" },
    importance: null,
  });
  const addsBos = vocabulary.get("tokenizer.ggml.add_bos_token")?.value === true;
  const tokenizer = await loadTokenizer(base);
  await writeFileAtomic(join(path, "Modelfile"), modelfile({ file, tokenizer, metadata, addsBos }));
  const notes = [
    "ollama create NAME -f Modelfile; Ollama reads turn markers in a mail as such, pocketreply reply does not",
  ];
  return { format: "ollama", path, sizeBytes, tensors, notes };
}

/** `gguf-q4_k_m` and so on. */
type GgufFormat = Extract<ExportFormat, `gguf-${string}`>;

async function exportGguf(format: GgufFormat, prepared: Prepared): Promise<ExportedFile> {
  const kind = format.slice("gguf-".length);
  const path = join(prepared.out, `model-${kind}.gguf`);
  const mix = kind.toUpperCase() as Uppercase<Kind<GgufFormat>>;
  const importance = isWeighed(format) ? prepared.importance : null;
  const { tensors, keptF16, sizeBytes } = await writeModelGguf({ ...prepared, path, mix, importance });
  const notes = importance ? [`columns weighed by ${importance.texts} training mails and replies`] : [];
  if (keptF16.length > 0)
    notes.push(`${keptF16.length} matrices have rows that are no multiple of 32 and stay F16: ${keptF16.join(", ")}`);
  return { format, path, sizeBytes, tensors, notes };
}

type Kind<Format> = Format extends `gguf-${infer K}` ? K : never;

function requireAdapter({ formats, checkpoint, base }: ExportOptions, { adapter }: ExportWeights): void {
  if (adapter || !formats.some((format) => format.startsWith("adapter"))) return;
  const why = checkpoint === null ? `the base ${base} is exported as it is` : `${checkpoint} is a fully trained model`;
  throw new UserError(`There is no adapter to export: ${why}. Leave "adapter" out of export.formats.`);
}
