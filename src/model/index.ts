/** Llama and its LoRA adapter as functions over a graph; checkpoint names kept verbatim. */
export { type Llama3RopeScaling, type LlamaConfig, parseLlamaConfig, readLlamaConfig } from "./config.ts";
export {
  ENCODER_FAMILIES,
  type EncoderConfig,
  type EncoderFamily,
  parseEncoderConfig,
  readEncoderConfig,
} from "./encoder/config.ts";
export { buildEncoderStage, type EncoderStage } from "./encoder/graph.ts";
export { buildMatchingGraph, encoderFeeds, planEncoderStages, stageTensors } from "./encoder/run.ts";
export { type EncoderWeights, encoderTensors, openEncoderWeights } from "./encoder/weights.ts";
export { type AdapterShape, buildLlamaGraph, gradientName, type LlamaGraph, type LlamaGraphOptions } from "./llama.ts";
export { adapterTensors, baseTensors, parameterCount, projectionName, projections, type TensorSpec } from "./names.ts";
export { ropeFrequencies, ropeTables } from "./rope.ts";
export { readBaseWeights, type Weights } from "./weights.ts";
