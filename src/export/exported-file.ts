/** What an export is asked for, and what it wrote. */
import type { LlamaConfig } from "../model/index.ts";
import type { Recipe } from "../recipe.ts";
import type { ModelMetadata } from "./gguf.ts";
import type { Importance } from "./importance.ts";
import type { ExportWeights } from "./merge.ts";
import { readBpeVocabulary, type SentencePieceVocabulary, sentencePieceKeys } from "./vocabulary.ts";

/** What can be written. */
export type ExportFormat = Recipe["export"]["formats"][number];

/** Whether importance changes what is written in a format: 8 bits and more are near enough without. */
export function isWeighed(format: ExportFormat): boolean {
  return /^gguf-q[456]_/.test(format);
}

/** One finished file (a GGUF) or folder (`adapter`, `merged`; its weights file is counted). */
export interface ExportedFile {
  readonly format: ExportFormat;
  readonly path: string;
  readonly sizeBytes: number;
  readonly tensors: number;
  /** What a reader should know, for instance matrices that stayed F16 in a Q8_0 file. */
  readonly notes: readonly string[];
}

/** A pruned vocabulary: the folder with its tokenizer and configuration, and which tokens of the base it has. */
export interface PrunedVocabulary {
  readonly folder: string;
  /** The base's id of each token. */
  readonly kept: readonly number[];
}

/** What a writer of a format works with. */
export type Prepared = Omit<ExportOptions, "vocabulary"> & {
  config: LlamaConfig;
  weights: ExportWeights;
  vocabulary: Awaited<ReturnType<typeof readVocabulary>>;
};

/** What to export and where to. */
export interface ExportOptions {
  readonly base: string;
  /** The folder of an adapter or of a fully trained model; null: the base as it is. */
  readonly checkpoint: string | null;
  readonly out: string;
  readonly formats: readonly ExportFormat[];
  readonly metadata: ModelMetadata;
  /** How an adapter names its base; the folder's name where nothing else is known. */
  readonly baseName?: string;
  /** In place of the tokenizer.json of the base, which then need not exist. */
  readonly vocabulary?: SentencePieceVocabulary;
  /** A folder of templates for .pte files, besides those of the package. */
  readonly pteTemplates?: string | null;
  /** A smaller vocabulary for what has rows of one; adapters have none. */
  readonly pruned?: PrunedVocabulary | null;
  /** How much each column matters, for the formats that `isWeighed` names; none: ggml's plain quantisers. */
  readonly importance?: Importance | null;
  /** Where merged weights are remembered from one export of a checkpoint to the next. */
  readonly merged?: Map<string, Float32Array>;
  /** Called when a file is begun. */
  readonly onFile?: (format: ExportFormat) => void;
}

export async function readVocabulary({ base, vocabulary }: ExportOptions, { vocabularySize }: LlamaConfig) {
  return vocabulary ? sentencePieceKeys(vocabulary, vocabularySize) : readBpeVocabulary(base, vocabularySize);
}
