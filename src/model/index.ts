/** Llama and its LoRA adapter as functions over a graph; checkpoint names kept verbatim. */
export * from "./portable.ts";
export { digestOf, digestOfFolder, readBaseWeights, readLlamaConfig } from "./weights.ts";
