/** Merge, quantise and write a trained model in the formats that other programs run. */
export { type Adapter, type LoraPair, openAdapter } from "./adapter.ts";
export { type ExportedFile, type ExportFormat, type ExportOptions, exportModel } from "./export.ts";
export type { ModelMetadata } from "./gguf.ts";
export { type ExportWeights, mergeAdapter, openExportWeights } from "./merge.ts";
export type { SentencePieceVocabulary } from "./vocabulary.ts";
