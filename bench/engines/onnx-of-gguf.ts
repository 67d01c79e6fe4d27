/**
 * A Q8_0 GGUF of a Llama as an ONNX model with the same bits: its blocks of 32 signed bytes with a scale are those of MatMulNBits with 8 bits,
 * where a zero is 128. Rows of q and k stand in llama.cpp's order, for which rotary embedding turns neighbours (rotary_interleaved).
 */
import { closeSync, openSync, readSync } from "node:fs";
import {
  dequantizeQ8_0,
  encodeOnnxModel,
  f16ToFloat32,
  type OnnxInitializer,
  type OnnxNode,
} from "../../src/formats/codecs.ts";
import { openGguf } from "../../src/formats/index.ts";

const BLOCK = 32;
const BLOCK_BYTES = 34;

/** The model's bytes, and what its caller has to know of it. */
export interface OnnxOfGguf {
  readonly bytes: Uint8Array;
  readonly layers: number;
  readonly kvHeads: number;
  readonly headSize: number;
}

/** Positions at most: the app's context. */
const POSITIONS = 1024;

export async function onnxOfGguf(path: string): Promise<OnnxOfGguf> {
  const gguf = await openGguf(path);
  const number = (key: string) => Number(gguf.metadata.get(`llama.${key}`)?.value);
  const layers = number("block_count");
  const heads = number("attention.head_count");
  const kvHeads = number("attention.head_count_kv");
  const headSize = number("rope.dimension_count");
  const epsilon = { float: number("attention.layer_norm_rms_epsilon") };
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const file = openSync(path, "r");

  const node = (
    opType: string,
    inputs: string[],
    outputs: string[],
    attributes: OnnxNode["attributes"] = {},
    domain = "",
  ) => {
    nodes.push({ opType, domain, inputs, outputs, attributes });
    return outputs[0];
  };
  const floats = (name: string, shape: number[], values: Float32Array) => {
    initializers.push({ name, dtype: "float32", shape, bytes: bytesOf(values) });
    return name;
  };
  const rawBytes = (name: string) => {
    const { offset, sizeBytes, type, shape } = gguf.entries.get(name)!;
    if (type !== "Q8_0") throw new Error(`${name} is ${type}, not Q8_0`);
    const bytes = new Uint8Array(sizeBytes);
    readSync(file, bytes, 0, sizeBytes, offset);
    return { bytes, shape };
  };
  const matmul = (x: string, name: string, to: string) => {
    const { bytes, shape } = rawBytes(name);
    const [n, k] = shape;
    if (!initializers.some((one) => one.name === name)) {
      const blocks = (n * k) / BLOCK;
      const values = new Uint8Array(blocks * BLOCK);
      const scales = new Float32Array(blocks);
      const view = new DataView(bytes.buffer);
      for (let block = 0; block < blocks; block++) {
        const at = block * BLOCK_BYTES;
        scales[block] = f16ToFloat32(view.getUint16(at, true));
        for (let i = 0; i < BLOCK; i++) values[block * BLOCK + i] = view.getInt8(at + 2 + i) + 128;
      }
      initializers.push({ name, dtype: "uint8", shape: [n, k / BLOCK, BLOCK], bytes: values });
      floats(`${name}.scales`, [blocks], scales);
    }
    const attributes = {
      K: { int: k },
      N: { int: n },
      bits: { int: 8 },
      block_size: { int: BLOCK },
      accuracy_level: { int: 4 },
    };
    return node("MatMulNBits", [x, name, `${name}.scales`], [to], attributes, "com.microsoft");
  };
  const norm = async (x: string, name: string, to: string) => {
    const weights = await gguf.readFloat32(name);
    floats(name, [weights.length], weights);
    return node("SimplifiedLayerNormalization", [x, name], [to], { axis: { int: -1 }, epsilon });
  };

  const embedding = rawBytes("token_embd.weight");
  floats("embedding", [...embedding.shape], dequantizeQ8_0(embedding.bytes));
  const { cos, sin } = rotations(headSize, number("rope.freq_base"));
  floats("cos", [POSITIONS, headSize / 2], cos);
  floats("sin", [POSITIONS, headSize / 2], sin);
  let x = node("Gather", ["embedding", "ids"], ["x"]);
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    const to = (part: string) => `${part}.${layer}`;
    const h = await norm(x, name("attn_norm"), to("h"));
    for (const part of ["q", "k", "v"]) matmul(h, name(`attn_${part}`), to(part));
    node(
      "GroupQueryAttention",
      [to("q"), to("k"), to("v"), to("past.k"), to("past.v"), "last", "total", "cos", "sin"],
      [to("a"), to("present.k"), to("present.v")],
      {
        num_heads: { int: heads },
        kv_num_heads: { int: kvHeads },
        do_rotary: { int: 1 },
        rotary_interleaved: { int: 1 },
      },
      "com.microsoft",
    );
    const mixed = node("Add", [x, matmul(to("a"), name("attn_output"), to("o"))], [to("mixed")]);
    const f = await norm(mixed, name("ffn_norm"), to("f"));
    const gate = matmul(f, name("ffn_gate"), to("gate"));
    const open = node("Mul", [gate, node("Sigmoid", [gate], [to("sigmoid")])], [to("open")]);
    const wide = node("Mul", [open, matmul(f, name("ffn_up"), to("up"))], [to("wide")]);
    x = node("Add", [mixed, matmul(wide, name("ffn_down"), to("down"))], [to("x")]);
  }
  initializers.push({ name: "end", dtype: "int64", shape: [1], bytes: bytesOf(BigInt64Array.of(-1n)) });
  const end = node("Gather", [await norm(x, "output_norm.weight", "normed"), "end"], ["last.x"], { axis: { int: 1 } });
  matmul(end, gguf.entries.has("output.weight") ? "output.weight" : "token_embd.weight", "logits");
  closeSync(file);
  await gguf.close();

  const cache = Array.from({ length: layers }, (_, layer) => ["k", "v"].map((part) => `${part}.${layer}`)).flat();
  const cached = (prefix: string, length: string) =>
    cache.map((name) => ({
      name: `${prefix}.${name}`,
      dtype: "float32" as const,
      shape: [1, kvHeads, length, headSize],
    }));
  const bytes = encodeOnnxModel({
    name: "llama",
    opsets: { "": 20, "com.microsoft": 1 },
    nodes,
    initializers,
    inputs: [
      { name: "ids", dtype: "int64", shape: [1, "tokens"] },
      { name: "last", dtype: "int32", shape: [1] },
      { name: "total", dtype: "int32", shape: [] },
      ...cached("past", "past"),
    ],
    outputs: [{ name: "logits", dtype: "float32", shape: [1, 1, embedding.shape[0]] }, ...cached("present", "all")],
  });
  return { bytes, layers, kvHeads, headSize };
}

/** Cosines and sines by position and pair. */
function rotations(headSize: number, base: number) {
  const half = headSize / 2;
  const angle = (i: number) => Math.floor(i / half) * base ** ((-2 * (i % half)) / headSize);
  return {
    cos: Float32Array.from({ length: POSITIONS * half }, (_, i) => Math.cos(angle(i))),
    sin: Float32Array.from({ length: POSITIONS * half }, (_, i) => Math.sin(angle(i))),
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array) =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
