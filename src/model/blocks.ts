/** The two blocks of a Llama layer as functions over a graph. S = B·T tokens, D width, H heads, K kv heads, Hd head size, F ffn. */
import { attention, type Graph, type RopeTables, rope, swiglu, type Value } from "../graph/index.ts";
import type { LlamaConfig } from "./config.ts";

/** x Wᵀ of the projection with this name, with its adapter where it has one. */
export type Project = (x: Value, projection: string) => Value;

/** What all layers share: positions int64 [B, T], the mask of packedCausalMask, rotation tables. */
export interface RowContext {
  readonly rowTokens: number;
  readonly positions: Value;
  readonly mask: Value;
  readonly tables: RopeTables;
}

/** Self-attention of a normed input.  [S, D] → [S, D] */
export function attentionBlock(
  g: Graph,
  x: Value,
  options: { config: LlamaConfig; rows: RowContext; project: Project },
): Value {
  const { config, rows, project } = options;
  const { heads, kvHeads, headSize } = config;
  const { rowTokens, positions, mask, tables } = rows;
  const turn = (input: Value, count: number) => rope(g, input, { positions, tables, heads: count, rowTokens });
  const q = turn(project(x, "q_proj"), heads); //       [S, H·Hd]
  const k = turn(project(x, "k_proj"), kvHeads); //     [S, K·Hd]
  const v = project(x, "v_proj");
  return project(attention(g, { q, k, v, mask, shape: { rowTokens, heads, kvHeads, headSize } }), "o_proj");
}

/** The gated MLP of a normed input.  [S, D] → [S, D] */
export function mlpBlock(g: Graph, x: Value, project: Project): Value {
  return project(swiglu(g, project(x, "gate_proj"), project(x, "up_proj")), "down_proj"); // inside [S, F]
}
