/** Llama and its LoRA adapter as functions over a graph; checkpoint names kept verbatim. */
export { type LlamaConfig, parseLlamaConfig, readLlamaConfig } from "./config.ts";
export { type AdapterShape, buildLlamaGraph, gradientName, type LlamaGraph } from "./llama.ts";
export { adapterTensors, baseTensors, parameterCount, type TensorSpec } from "./names.ts";
export { ropeFrequencies } from "./rope.ts";
export { readBaseWeights, type Weights } from "./weights.ts";
