/** Which type each tensor has in a GGUF of each kind: the rules of llama.cpp's own quantiser (src/llama-quant.cpp, `llama_tensor_get_type`) for dense models. */
import { GGUF_TENSOR_TYPES, type GgufTensorType } from "../formats/index.ts";

/** A kind of GGUF, by the name of its `general.file_type`. */
export type GgufMix = "F32" | "F16" | "Q8_0" | "Q4_0" | "Q5_0" | "Q4_K_M" | "Q5_K_M" | "Q6_K";

interface Mix {
  /** `general.file_type` (llama.h, llama_ftype). */
  readonly fileType: number;
  /** The type of most matrices. */
  readonly type: GgufTensorType;
  /** Whether attention values and the MLP's last matrix stand in Q6_K in every third layer and in the first and last eighth. */
  readonly moreBits?: boolean;
}

const MIXES: Readonly<Record<GgufMix, Mix>> = {
  F32: { fileType: 0, type: "F32" },
  F16: { fileType: 1, type: "F16" },
  Q4_0: { fileType: 2, type: "Q4_0" },
  Q8_0: { fileType: 7, type: "Q8_0" },
  Q5_0: { fileType: 8, type: "Q5_0" },
  Q4_K_M: { fileType: 15, type: "Q4_K", moreBits: true },
  Q5_K_M: { fileType: 17, type: "Q5_K", moreBits: true },
  Q6_K: { fileType: 18, type: "Q6_K" },
};

/** The number that stands for a mix in a file. */
export function fileTypeOf(mix: GgufMix): number {
  return MIXES[mix].fileType;
}

/** What decides the type of a tensor. */
export interface MixedTensor {
  /** In the GGUF. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly layers: number;
  readonly tiedEmbeddings: boolean;
  /** Whether the model's columns have an importance. */
  readonly isWeighed: boolean;
}

/** The type of a tensor: vectors are F32; a matrix whose rows are no whole blocks takes the next type that fits. */
export function tensorTypeIn(mix: GgufMix, tensor: MixedTensor): GgufTensorType {
  const { shape } = tensor;
  return shape.length === 1 ? "F32" : fittingType(wantedType(mix, tensor), shape[1]);
}

function wantedType(mix: GgufMix, { name, shape, layers, tiedEmbeddings, isWeighed }: MixedTensor): GgufTensorType {
  const { type, moreBits } = MIXES[mix];
  if (type === "F32" || type === "F16" || type === "Q8_0") return type;
  const isHead = name === (tiedEmbeddings ? "token_embd.weight" : "output.weight");
  if (isHead) return shape[1] % GGUF_TENSOR_TYPES.Q6_K.blockValues === 0 ? "Q6_K" : "Q8_0";
  const layer = /^blk\.(\d+)\.(attn_v|ffn_down)\.weight$/.exec(name);
  if (layer === null) return type;
  if (moreBits && usesMoreBits(Number(layer[1]), layers)) return "Q6_K";
  if (isWeighed && layer[2] === "ffn_down" && Number(layer[1]) < Math.floor(layers / 8))
    return WITH_MINIMUM[type] ?? type;
  return type;
}

/** `use_more_bits`: the first and the last eighth of the layers, and every third between. */
function usesMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

/** What the first layers' last matrix of the MLP takes where columns are weighed: its few large values are not to spoil a scale alone. */
const WITH_MINIMUM: Partial<Record<GgufTensorType, GgufTensorType>> = { Q4_0: "Q4_1", Q5_0: "Q5_1" };

/** What llama.cpp falls back to where a row is no multiple of 256, and of 32. */
const FALLBACKS: Partial<Record<GgufTensorType, GgufTensorType>> = { Q4_K: "Q5_0", Q5_K: "Q5_1", Q6_K: "Q8_0" };

function fittingType(type: GgufTensorType, rowValues: number): GgufTensorType {
  if (rowValues % GGUF_TENSOR_TYPES[type].blockValues === 0) return type;
  const next = FALLBACKS[type] ?? "F16";
  return rowValues % GGUF_TENSOR_TYPES[next].blockValues === 0 ? next : "F16";
}
