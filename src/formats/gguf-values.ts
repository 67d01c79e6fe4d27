/** The values of a GGUF tensor as bytes, and back, for every type that is read and written. */
import { GGUF_TENSOR_TYPES, type GgufTensorType } from "./gguf.ts";
import { decodeBf16, decodeF16, encodeBf16, encodeF16 } from "./half.ts";
import {
  dequantizeQ4_0,
  dequantizeQ4_1,
  dequantizeQ5_0,
  dequantizeQ5_1,
  dequantizeQ8_0,
  quantizeQ4_0,
  quantizeQ4_1,
  quantizeQ5_0,
  quantizeQ5_1,
  quantizeQ8_0,
} from "./quants.ts";
import {
  dequantizeQ4_K,
  dequantizeQ5_K,
  dequantizeQ6_K,
  quantizeQ4_K,
  quantizeQ5_K,
  quantizeQ6_K,
} from "./quants-k.ts";

/** The bytes of `values` in `type`; quantised types need whole blocks. */
export function encodeGgufValues(type: GgufTensorType, values: Float32Array): Uint8Array {
  switch (type) {
    case "F32":
      return bytesOf(values);
    case "F16":
      return bytesOf(encodeF16(values));
    case "BF16":
      return bytesOf(encodeBf16(values));
    case "Q8_0":
      return quantizeQ8_0(values);
    case "Q4_0":
      return quantizeQ4_0(values);
    case "Q4_1":
      return quantizeQ4_1(values);
    case "Q5_0":
      return quantizeQ5_0(values);
    case "Q5_1":
      return quantizeQ5_1(values);
    case "Q4_K":
      return quantizeQ4_K(values);
    case "Q5_K":
      return quantizeQ5_K(values);
    case "Q6_K":
      return quantizeQ6_K(values);
    default:
      return type satisfies never;
  }
}

/** The values of whole blocks of `type`, into `target` when given; `bytes` must begin at a multiple of the size of one value. */
export function decodeGgufValues(
  type: GgufTensorType,
  bytes: Uint8Array,
  target: Float32Array = new Float32Array(ggufValueCount(type, bytes.length)),
): Float32Array {
  switch (type) {
    case "F32":
      new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes);
      return target;
    case "F16":
      return decodeF16(new Uint16Array(bytes.buffer, bytes.byteOffset, target.length), target);
    case "BF16":
      return decodeBf16(new Uint16Array(bytes.buffer, bytes.byteOffset, target.length), target);
    case "Q8_0":
      return dequantizeQ8_0(bytes, target);
    case "Q4_0":
      return dequantizeQ4_0(bytes, target);
    case "Q4_1":
      return dequantizeQ4_1(bytes, target);
    case "Q5_0":
      return dequantizeQ5_0(bytes, target);
    case "Q5_1":
      return dequantizeQ5_1(bytes, target);
    case "Q4_K":
      return dequantizeQ4_K(bytes, target);
    case "Q5_K":
      return dequantizeQ5_K(bytes, target);
    case "Q6_K":
      return dequantizeQ6_K(bytes, target);
    default:
      return type satisfies never;
  }
}

function ggufValueCount(type: GgufTensorType, byteCount: number): number {
  const { blockValues, blockBytes } = GGUF_TENSOR_TYPES[type];
  return (byteCount / blockBytes) * blockValues;
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
