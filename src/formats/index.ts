/** Bytes ↔ plain data: files, JSONL, half floats, safetensors, GGUF, ONNX. */
export { type CsvRecord, readCsv, readCsvHeader } from "./csv.ts";
export {
  type ByteWriter,
  explainReadError,
  openForReading,
  readInto,
  readJsonFile,
  writeFileAtomic,
  writeFileBeside,
  writeJsonFile,
} from "./files.ts";
export {
  GGUF_TENSOR_TYPES,
  type GgufMetadata,
  type GgufReader,
  type GgufScalar,
  type GgufTensorEntry,
  type GgufTensorType,
  type GgufValue,
} from "./gguf.ts";
export { openGguf } from "./gguf-read.ts";
export { decodeGgufValues, encodeGgufValues } from "./gguf-values.ts";
export { type GgufContent, type GgufTensorSource, writeGguf } from "./gguf-write.ts";
export * from "./half.ts";
export * from "./jsonl.ts";
export * from "./model-weights.ts";
export * from "./onnx.ts";
export { openParquet, type ParquetReader } from "./parquet.ts";
export * from "./parquet-write.ts";
export * from "./quants.ts";
export * from "./quants-k.ts";
export * from "./reserve.ts";
export { openSafetensors, type TensorReader, type TensorSource, writeSafetensors } from "./safetensors.ts";
export { type FloatDtype, isObject, shapeSize, showShape, type TensorEntry } from "./safetensors-header.ts";
export { encodeWandbRun, type WandbRun } from "./wandb.ts";
