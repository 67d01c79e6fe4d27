/** The two blocks of a layer as functions over a graph. S = B·T tokens, D width, H heads, K kv heads, Hd head size, F ffn. */
import { attention, type Dim, type Graph, type RopeTables, rope, scale, swiglu, type Value } from "../graph/index.ts";
import { findArchitecture } from "./architectures/table.ts";
import type { LlamaConfig } from "./config.ts";

/** x Wᵀ of the projection with this name, with its adapter where it has one. */
export type Project = (x: Value, projection: string) => Value;

/** What all layers share: positions int64 [B, T], the mask of packedCausalMask, rotation tables. */
export interface RowContext {
  readonly rowTokens: Dim;
  readonly positions: Value;
  readonly mask: Value;
  readonly tables: RopeTables;
}

/** Self-attention of a normed input; `weight` gives weights of the layer by their names below it.  [S, D] → [S, D] */
export function attentionBlock(
  g: Graph,
  x: Value,
  options: { config: LlamaConfig; layer: number; rows: RowContext; project: Project; weight: (name: string) => Value },
): Value {
  const { config, layer, rows, project, weight } = options;
  const { heads, kvHeads, headSize, scales, modelType, unrotatedLayers } = config;
  const { rowTokens, positions, mask, tables } = rows;
  const prepare = findArchitecture(modelType)?.prepareHeads;
  const turn = (input: Value, name: "q" | "k", count: number) => {
    const prepared = prepare?.(g, input, { name, count, config, weight }) ?? input;
    if (unrotatedLayers.includes(layer)) return prepared;
    return rope(g, prepared, { positions, tables, heads: count, rowTokens });
  };
  const stretch = scales.attention === null ? 1 : scales.attention * Math.sqrt(headSize); // attention divides by √Hd
  const q = scale(g, turn(project(x, "q_proj"), "q", heads), stretch); //       [S, H·Hd]
  const k = turn(project(x, "k_proj"), "k", kvHeads); //                          [S, K·Hd]
  const v = project(x, "v_proj");
  return project(attention(g, { q, k, v, mask, shape: { rowTokens, heads, kvHeads, headSize } }), "o_proj");
}

/** The gated MLP of a normed input.  [S, D] → [S, D] */
export function mlpBlock(g: Graph, x: Value, project: Project): Value {
  return project(swiglu(g, project(x, "gate_proj"), project(x, "up_proj")), "down_proj"); // inside [S, F]
}
