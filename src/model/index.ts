/** Llama and its LoRA adapter as functions over a graph; checkpoint names kept verbatim. */
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
export * from "./portable.ts";
export { readBaseWeights, readLlamaConfig } from "./weights.ts";
