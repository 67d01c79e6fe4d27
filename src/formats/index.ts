/** Bytes ↔ plain data: files, JSONL, CSV, Parquet, half floats, safetensors, GGUF, ONNX. */
export {
  type AnswerRow,
  collectAnswers,
  digestQuestion,
  earlierAnswers,
  openAnswers,
  type Question,
  type ReadRow,
  readAnswers,
} from "./answers.ts";
export { bytesOf } from "./bytes.ts";
export { readCsv } from "./csv.ts";
export {
  type ByteWriter,
  explainReadError,
  hashFile,
  openForReading,
  padTo,
  readInto,
  readJsonFile,
  readTextFile,
  writeFileAtomic,
  writeFileBeside,
  writeJsonFile,
} from "./files.ts";
export { findInfinite } from "./finite.ts";
export { GGUF_TENSOR_TYPES, type GgufMetadata, type GgufTensorType, type GgufValue } from "./gguf.ts";
export { openGguf } from "./gguf-read.ts";
export { decodeGgufValues, encodeGgufValues } from "./gguf-values.ts";
export { type GgufTensorSource, writeGguf } from "./gguf-write.ts";
export { decodeBf16, encodeF16 } from "./half.ts";
export {
  arrangeJsonlFile,
  type JsonlAppender,
  openJsonlAppender,
  openReservedAppender,
  readJsonl,
  writeJsonlFile,
} from "./jsonl.ts";
export { openModelWeights, requireTensors } from "./model-weights.ts";
export {
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxDataType,
  type OnnxExternalData,
  type OnnxInitializer,
  type OnnxNode,
  onnxDataTypes,
} from "./onnx.ts";
export { ONNX_BLOCK, quantizeOnnx4, quantizeOnnx8 } from "./onnx-blocks.ts";
export { type OnnxSummary, summarizeOnnx } from "./onnx-read.ts";
export { openParquet } from "./parquet.ts";
export {
  doubleColumn,
  int64Column,
  listColumn,
  type ParquetElement,
  stringColumn,
  structColumn,
  writeParquet,
} from "./parquet-write.ts";
export type {
  PteMethod,
  PteProgram,
} from "./pte.ts";
export { encodeScalesBf16, packInt4, quantizeHqq, unpackInt4 } from "./pte-quants.ts";
export { openPte, type PteReader } from "./pte-read.ts";
export { parseXnnpackBlob, type XnnpackConstant } from "./pte-xnnpack.ts";
export { reserveDisk, stopWhenFull } from "./reserve.ts";
export { openSafetensors, type TensorReader, type TensorSource, writeSafetensors } from "./safetensors.ts";
export { type FloatDtype, isObject, shapeSize, showShape } from "./safetensors-header.ts";
export { encodeScalarEvents } from "./tensorboard.ts";
export { encodeWandbRun, type WandbRun } from "./wandb.ts";
export { openWasm, WASM_PAGE_BYTES } from "./wasm.ts";
export { cutText, encodeJson, wellFormed } from "./well-formed.ts";
