/** Merge, quantise and write a trained model in the formats that other programs run. */
export { checkExport, estimateExport, exportModel } from "./export.ts";
export { type ExportedFile, type ExportFormat, isWeighed, type PrunedVocabulary } from "./exported-file.ts";
export { type GgufReport, inspectGguf, type TensorSum } from "./gguf-inspect.ts";
export { type Importance, readImportance, writeImportance } from "./importance.ts";
export { type ExportWeights, openExportWeights, rememberWeights } from "./merge.ts";
export { renderModelfile } from "./ollama.ts";
export { isOnnx, onnxGraphPath } from "./onnx-export.ts";
export { inspectOnnx, type OnnxReport } from "./onnx-inspect.ts";
export {
  isPruned,
  readPrunedVocabulary,
  requirePrunable,
  writePrunedVocabulary,
} from "./prune.ts";
export { writePteDecoder } from "./pte-decoder.ts";
export { isPte } from "./pte-export.ts";
export { inspectPte, type PteReport } from "./pte-inspect.ts";
export { PHONE_FOLDER, type PushOptions, planPush, pushToPhone, quote } from "./push.ts";
export { inspectSafetensors, type SafetensorsReport } from "./safetensors-inspect.ts";
export { MOST_COMPARED_PARAMETERS, requireSpace } from "./space.ts";
