/** Llama and its LoRA adapter as functions over a graph; checkpoint names kept verbatim. */
export { type Llama3RopeScaling, type LlamaConfig, parseLlamaConfig, readLlamaConfig } from "./config.ts";
export { type AdapterShape, buildLlamaGraph, gradientName, type LlamaGraph, type LlamaGraphOptions } from "./llama.ts";
export { adapterTensors, baseTensors, parameterCount, projectionName, projections, type TensorSpec } from "./names.ts";
export { ropeFrequencies, ropeTables } from "./rope.ts";
export { readBaseWeights, type Weights } from "./weights.ts";
