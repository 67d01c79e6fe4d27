/** The door of the codecs that need no file system: bytes in memory ↔ plain data, for the browser and for Node. */
export { bytesOf } from "./bytes.ts";
export {
  GGUF_ALIGNMENT,
  GGUF_TENSOR_TYPES,
  type GgufMetadata,
  type GgufScalar,
  type GgufTensorType,
  type GgufValue,
  ggufSizeBytes,
} from "./gguf.ts";
export { readGgufHeader } from "./gguf-header.ts";
export { decodeGgufValues, encodeGgufValues } from "./gguf-values.ts";
export * from "./half.ts";
export * from "./onnx.ts";
export * from "./quants.ts";
export * from "./quants-k.ts";
export { decodeSafetensors } from "./safetensors-decode.ts";
export {
  encodeSafetensorsHeader,
  type FloatDtype,
  isObject,
  shapeSize,
  showShape,
  type TensorEntry,
} from "./safetensors-header.ts";
