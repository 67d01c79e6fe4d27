/** Llama and its LoRA adapter as functions over a graph; checkpoint names kept verbatim. */
export { isGgufBase, readGgufPointer, writeGgufBase } from "./gguf-base.ts";
export {
  ggufTensorName,
  hasMovedRows,
  interleaveRotaryRows,
  ROPE_FACTORS,
  separateRotaryRows,
} from "./gguf-names.ts";
export * from "./portable.ts";
export { digestOf, digestOfFolder, openBaseWeights, readBaseWeights, readLlamaConfig } from "./weights.ts";
