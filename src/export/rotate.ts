/**
 * A model turned so that 8 bits lose less, its logits unchanged (QuaRot, arXiv:2404.00456 §4; SpinQuant, arXiv:2405.16406 §3). A few channels of
 * the residual stream are far larger than all others, and one scale a token spends its 8 bits on them; turned by an orthogonal matrix,
 * all channels are of one size. Everything is folded into weights, so the program stays as it is:
 *
 *   Q [D, D] turns the residual stream: embeddings · Q; each matrix that reads the stream, its norm's weights drawn in, · Q; Qᵀ · each that writes to it.
 *   RMSNorm with weights 1 gives the turned vector for a turned one, because the turn leaves its length.
 *   R [headSize, headSize] turns what heads hand on: Rᵀ · the rows of v_proj of a head, the columns of o_proj of a head · R.
 */
import { invariant } from "../errors.ts";
import { openWasm, WASM_PAGE_BYTES } from "../formats/index.ts";
import type { LlamaConfig, TensorSpec } from "../model/index.ts";
import { createRandom } from "../random.ts";
import type { ExportWeights } from "./merge.ts";
import { ROTATE_WASM } from "./rotate.wasm.ts";

/** The turned model; its head is a matrix of its own. Reads and closes `weights`. */
export function rotateModel(
  config: LlamaConfig,
  weights: ExportWeights,
): { config: LlamaConfig; weights: ExportWeights } {
  const { hiddenSize, headSize, heads, kvHeads } = config;
  const stream = createRotation(hiddenSize);
  const inHead = createRotation(headSize);
  const read = async (name: string): Promise<Float32Array> => {
    const role = name.split(".").at(-2)!;
    if (role in NORM_READ_BY || role === FINAL_NORM) return new Float32Array(hiddenSize).fill(1);
    const values = await weights.read(name === HEAD && config.tiedEmbeddings ? EMBEDDINGS : name);
    if (HEAD_NORMS.has(role)) return values; // they read a head's queries and keys, which are not turned
    const rows = values.length / hiddenSize;
    if (name === EMBEDDINGS) stream(values, { outer: rows, inner: 1 });
    else if (WRITERS.has(role)) {
      if (role === "o_proj") inHead(values, { outer: hiddenSize * heads, inner: 1 });
      stream(values, { outer: 1, inner: rows });
    } else {
      scaleColumns(values, await weights.read(normBefore(name, role)));
      stream(values, { outer: rows, inner: 1 });
      if (role === "v_proj") inHead(values, { outer: kvHeads, inner: hiddenSize });
    }
    return values;
  };
  const head: TensorSpec[] = config.tiedEmbeddings ? [{ name: HEAD, shape: [config.vocabularySize, hiddenSize] }] : [];
  return {
    config: { ...config, tiedEmbeddings: false },
    weights: { ...weights, adapter: null, tensors: [...weights.tensors, ...head], read },
  };
}

const [EMBEDDINGS, HEAD, FINAL_NORM] = ["model.embed_tokens.weight", "lm_head.weight", "norm"];
const HEAD_NORMS = new Set(["q_norm", "k_norm"]);
const WRITERS = new Set(["o_proj", "down_proj"]);
const NORM_READ_BY: Readonly<Record<string, readonly string[]>> = {
  input_layernorm: ["q_proj", "k_proj", "v_proj"],
  post_attention_layernorm: ["gate_proj", "up_proj"],
};

function normBefore(name: string, role: string): string {
  if (name === HEAD) return `model.${FINAL_NORM}.weight`;
  const [norm] = Object.entries(NORM_READ_BY).find(([, readers]) => readers.includes(role))!; // every other matrix of a Llama
  return `${name.split(".").slice(0, 3).join(".")}.${norm}.weight`;
}

function scaleColumns(values: Float32Array, factors: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] *= factors[i % factors.length];
}

/**
 * Turns, in place, every line along the middle axis of values [outer, size, inner] by one orthogonal matrix: signs by chance, then
 * a Hadamard matrix of the largest power of two in `size`, by butterflies, times a cosine transform of the odd rest. float64 inside, in WebAssembly
 * (scripts/wasm/rotate.as.ts).
 */
function createRotation(size: number): (values: Float32Array, shape: { outer: number; inner: number }) => void {
  const rest = oddPart(size);
  const random = createRandom(`rotation of ${size}`);
  const scale = Math.sqrt(rest / size);
  const signs = Float64Array.from({ length: size }, () => (random.integer(2) === 0 ? scale : -scale));
  const matrixAt = 8 * size;
  const blockAt = 16 * Math.ceil((matrixAt + 8 * rest * rest) / 16);
  const spareAt = blockAt + 8 * TOGETHER * size;
  const valuesAt = spareAt + 8 * TOGETHER * rest;
  const { memory, exports } = openWasm<Exports>(ROTATE_WASM, valuesAt);
  new Float64Array(memory.buffer, 0, size).set(signs);
  new Float64Array(memory.buffer, matrixAt, rest * rest).set(cosineMatrix(rest));
  return (values, { outer, inner }) => {
    invariant(values.length === outer * size * inner, `${values.length} values are not [${outer}, ${size}, ${inner}]`);
    // Lines one behind the other (inner 1), many a call, or side by side in memory, those of one of `outer` a call.
    const [lines, step] = inner === 1 ? [Math.max(TOGETHER, Math.floor(VALUES_A_CALL / size)), size] : [inner, 1];
    const some = Math.min(lines * size, values.length);
    const missing = valuesAt + 4 * some - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
    for (let at = 0; at < values.length; at += some) {
      const part = values.subarray(at, at + some);
      const inside = new Float32Array(memory.buffer, valuesAt, part.length);
      inside.set(part);
      exports.turn(valuesAt, part.length / size, size, rest, inner, step, 0, matrixAt, blockAt, spareAt);
      part.set(inside);
    }
  };
}

/** Lines that are turned together, as the code has it; values of a call. */
const [TOGETHER, VALUES_A_CALL] = [32, 1 << 18];

interface Exports {
  turn(...places: readonly number[]): void;
}

function oddPart(size: number): number {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest;
}

/** The orthonormal cosine transform (DCT-II).  [size, size] */
function cosineMatrix(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const scale = Math.sqrt((i === 0 ? 1 : 2) / size);
    for (let j = 0; j < size; j++) matrix[i * size + j] = scale * Math.cos((Math.PI / size) * (j + 0.5) * i);
  }
  return matrix;
}
