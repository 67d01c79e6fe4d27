/** From a base and a checkpoint to files that other programs run: PEFT adapter, merged safetensors, GGUF, programs of ExecuTorch. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { type LlamaConfig, readLlamaConfig } from "../model/index.ts";
import type { Recipe } from "../recipe.ts";
import { type ModelMetadata, writeModelGguf } from "./gguf.ts";
import { type ExportWeights, openExportWeights } from "./merge.ts";
import { writeMergedModel } from "./merged.ts";
import { writePeftAdapter } from "./peft.ts";
import { exportPte, isPte, preparePte } from "./pte-export.ts";
import { readBpeVocabulary, type SentencePieceVocabulary, sentencePieceKeys } from "./vocabulary.ts";

/** What can be written. */
export type ExportFormat = Recipe["export"]["formats"][number];

/** One finished file (a GGUF) or folder (`adapter`, `merged`; its weights file is counted). */
export interface ExportedFile {
  readonly format: ExportFormat;
  readonly path: string;
  readonly sizeBytes: number;
  readonly tensors: number;
  /** What a reader should know, for instance matrices that stayed F16 in a Q8_0 file. */
  readonly notes: readonly string[];
}

/** What to export and where to. */
export interface ExportOptions {
  readonly base: string;
  /** The folder of an adapter or of a fully trained model; null: the base as it is. */
  readonly checkpoint: string | null;
  readonly out: string;
  readonly formats: readonly ExportFormat[];
  readonly metadata: ModelMetadata;
  /** In place of the tokenizer.json of the base, which then need not exist. */
  readonly vocabulary?: SentencePieceVocabulary;
  /** A folder of templates for .pte files, besides those of the package. */
  readonly pteTemplates?: string | null;
  /** Called when a file is begun. */
  readonly onFile?: (format: ExportFormat) => void;
}

/**
 * Writes each of `formats` below `out`: `adapter/`, `merged/`, and `model-KIND.gguf` for `gguf-KIND`,
 * `model-KIND.pte` with its tokenizer.json for `pte-KIND`. Every
 * weights file is read back and checked before it gets its name. Memory: one tensor at a time.
 * Throws UserError or FormatError before anything is written when base, checkpoint or tokenizer do not fit together.
 */
export async function exportModel(options: ExportOptions): Promise<ExportedFile[]> {
  const { base, checkpoint, formats, onFile } = options;
  const config = await readLlamaConfig(base);
  const weights = await openExportWeights({ base, checkpoint, config });
  try {
    requireAdapter(options, weights);
    for (const format of formats) if (isPte(format)) await preparePte(format, { ...options, config, weights });
    const needsVocabulary = formats.some((format) => format.startsWith("gguf"));
    const vocabulary = needsVocabulary ? await readVocabulary(options, config) : new Map();
    const files: ExportedFile[] = [];
    for (const format of formats) {
      onFile?.(format);
      files.push(await exportFormat(format, { ...options, config, weights, vocabulary }));
    }
    return files;
  } finally {
    await weights.close();
  }
}

/** What a writer of a format works with. */
export type Prepared = Omit<ExportOptions, "vocabulary"> & {
  config: LlamaConfig;
  weights: ExportWeights;
  vocabulary: Awaited<ReturnType<typeof readVocabulary>>;
};

async function exportFormat(format: ExportFormat, prepared: Prepared): Promise<ExportedFile> {
  switch (format) {
    case "adapter":
      return exportAdapter(prepared);
    case "merged":
      return exportMerged(prepared);
    case "gguf-f32":
    case "gguf-f16":
    case "gguf-q8_0":
    case "gguf-q6_k":
    case "gguf-q5_k_m":
    case "gguf-q5_0":
    case "gguf-q4_k_m":
    case "gguf-q4_0":
      return exportGguf(format, prepared);
    case "pte":
    case "pte-8da8w":
    case "pte-8da4w":
      return exportPte(format, prepared);
    default:
      return format satisfies never;
  }
}

async function exportAdapter({ out, base, weights }: Prepared): Promise<ExportedFile> {
  const path = join(out, "adapter");
  const { tensors } = await writePeftAdapter(path, weights.adapter!, basename(base));
  const { size } = await stat(join(path, "adapter_model.safetensors"));
  return { format: "adapter", path, sizeBytes: size, tensors, notes: [] };
}

async function exportMerged({ out, base, weights }: Prepared): Promise<ExportedFile> {
  const path = join(out, "merged");
  const { tensors, dtype } = await writeMergedModel(path, base, weights);
  const { size } = await stat(join(path, "model.safetensors"));
  return { format: "merged", path, sizeBytes: size, tensors, notes: [`weights in ${dtype}, as in the base`] };
}

/** `gguf-q4_k_m` and so on. */
type GgufFormat = Extract<ExportFormat, `gguf-${string}`>;

async function exportGguf(format: GgufFormat, prepared: Prepared): Promise<ExportedFile> {
  const kind = format.slice("gguf-".length);
  const path = join(prepared.out, `model-${kind}.gguf`);
  const mix = kind.toUpperCase() as Uppercase<Kind<GgufFormat>>;
  const { tensors, keptF16, sizeBytes } = await writeModelGguf({ ...prepared, path, mix });
  const notes =
    keptF16.length > 0
      ? [`${keptF16.length} matrices have rows that are no multiple of 32 and stay F16: ${keptF16.join(", ")}`]
      : [];
  return { format, path, sizeBytes, tensors, notes };
}

type Kind<Format> = Format extends `gguf-${infer K}` ? K : never;

async function readVocabulary({ base, vocabulary }: ExportOptions, { vocabularySize }: LlamaConfig) {
  return vocabulary ? sentencePieceKeys(vocabulary, vocabularySize) : readBpeVocabulary(base, vocabularySize);
}

function requireAdapter({ formats, checkpoint, base }: ExportOptions, { adapter }: ExportWeights): void {
  if (adapter || !formats.includes("adapter")) return;
  const why = checkpoint === null ? `the base ${base} is exported as it is` : `${checkpoint} is a fully trained model`;
  throw new UserError(`There is no adapter to export: ${why}. Leave "adapter" out of export.formats.`);
}
