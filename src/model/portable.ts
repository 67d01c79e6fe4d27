/** The part of this room that runs in a browser too: configuration, names, LoRA and graphs, without files. */

export type { Int8Matrix } from "../graph/index.ts";
export { findArchitecture } from "./architectures/table.ts";
export { buildCalibrationGraph, layerTensors } from "./calibration.ts";
export { LLAMA_TRAITS, type Llama3RopeScaling, type LlamaConfig, parseLlamaConfig } from "./config.ts";
export {
  buildInt8Probe,
  errorsName,
  inputOf,
  maximaName,
  type QuantizedProjection,
  quantizeProjection,
  squaresName,
} from "./int8.ts";
export { buildLlamaGraph, gradientName, type LlamaGraph, type LlamaGraphOptions } from "./llama.ts";
export {
  type AdapterShape,
  adapterTensors,
  checkTargets,
  isLoraTensor,
  type LoraStrength,
  loraNames,
  loraScale,
  PEFT_PREFIX,
  peftConfig,
  plainAlpha,
} from "./lora.ts";
export {
  baseTensors,
  parameterCount,
  projectionName,
  projectionShape,
  projections,
  type TensorSpec,
  type Weights,
} from "./names.ts";
export { ropeFrequencies, ropeTables } from "./rope.ts";
