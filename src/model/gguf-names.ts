/** How a checkpoint looks inside a GGUF: other tensor names, and the rows of q and k in another order (llama.cpp convert_hf_to_gguf.py). */
import { invariant } from "../errors.ts";
import { findArchitecture } from "./architectures/table.ts";
import type { LlamaConfig } from "./config.ts";

/** The GGUF name of a checkpoint tensor: `model.layers.3.self_attn.q_proj.weight` is `blk.3.attn_q.weight`. */
export function ggufTensorName(name: string): string {
  const layer = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name);
  const renamed = layer ? `blk.${layer[1]}.${LAYER_NAMES[layer[2]]}.${layer[3]}` : TOP_NAMES[name];
  invariant(renamed !== undefined && !renamed.includes("undefined"), `${name} has no name in GGUF`);
  return renamed;
}

const LAYER_NAMES: Readonly<Record<string, string>> = {
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "self_attn.q_norm": "attn_q_norm",
  "self_attn.k_norm": "attn_k_norm",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};
const TOP_NAMES: Readonly<Record<string, string>> = {
  "model.embed_tokens.weight": "token_embd.weight",
  "model.norm.weight": "output_norm.weight",
  "lm_head.weight": "output.weight",
};

/** By how much each rotary frequency is divided, for "llama3" scaling; no tensor of the checkpoint. */
export const ROPE_FACTORS = "rope_freqs.weight";

/** Whether the rows of a checkpoint tensor, or of an adapter's module, stand in another order in a GGUF of this model. */
export function hasMovedRows({ modelType }: LlamaConfig, name: string): boolean {
  return findArchitecture(modelType)?.ggufPairsNeighbours === true && /\.self_attn\.[qk]_proj(\.|$)/.test(name);
}

interface RowLayout {
  readonly headSize: number;
  readonly rowLength: number;
}

/**
 * Rows [heads × headSize, rowLength] of q or k (or of their lora_B) in llama.cpp's order: there the two members of a
 * rotary pair are neighbours, in a Hugging Face checkpoint the first halves of all pairs of a head come before the second.
 */
export function interleaveRotaryRows(rows: Float32Array, layout: RowLayout): Float32Array {
  return moveRows(rows, layout, (row, half) => [half, row]);
}

/** The way back: rows of a GGUF in the order of a Hugging Face checkpoint. */
export function separateRotaryRows(rows: Float32Array, layout: RowLayout): Float32Array {
  return moveRows(rows, layout, (row, half) => [row, half]);
}

/** `way` gives source and target of a row from its two places: among neighbours, and among halves. */
function moveRows(
  rows: Float32Array,
  { headSize, rowLength }: RowLayout,
  way: (row: number, half: number) => readonly [from: number, to: number],
): Float32Array {
  const rowCount = rows.length / rowLength;
  invariant(Number.isInteger(rowCount / headSize), `${rowCount} rows are not whole heads of ${headSize}`);
  const result = new Float32Array(rows.length);
  for (let row = 0; row < rowCount; row++) {
    const inHead = row % headSize;
    const [from, to] = way(row, row - inHead + (inHead >> 1) + (inHead & 1) * (headSize / 2));
    result.set(rows.subarray(from * rowLength, (from + 1) * rowLength), to * rowLength);
  }
  return result;
}
