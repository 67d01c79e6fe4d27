/** A layer and its two blocks as functions over a graph. S = B·T tokens, D width, H heads, K kv heads, Hd head size, F ffn. */
import {
  add,
  attention,
  type Dim,
  type Graph,
  gatherRows,
  type RopeTables,
  rmsNorm,
  rope,
  scale,
  swiglu,
  type Value,
} from "../graph/index.ts";
import { findArchitecture } from "./architectures/table.ts";
import type { LlamaConfig } from "./config.ts";
import { ropeTables } from "./rope.ts";

/** x Wᵀ of the projection with this name, with its adapter where it has one. */
export type Project = (x: Value, projection: string) => Value;

/** What all layers share: positions int64 [B, T], the mask of packedCausalMask, rotation tables. */
export interface RowContext {
  readonly rowTokens: Dim;
  readonly positions: Value;
  readonly mask: Value;
  readonly tables: RopeTables;
}

/** What a layer is made of. */
export interface LayerParts {
  readonly config: LlamaConfig;
  readonly layer: number;
  readonly rows: RowContext;
  readonly project: Project;
  /** A weight of the layer by its name below it, such as `input_layernorm.weight`. */
  readonly weight: (name: string) => Value;
}

/**
 * One layer: attention and MLP, each on a norm of x and added to it.  [S, D] → [S, D]
 * With `only`, int64 [N], the rows at these places alone go on after attention, which reads all of them.  [S, D] → [N, D]
 */
export function decoderLayer(g: Graph, x: Value, parts: LayerParts, only?: Value): Value {
  const { config, weight, project } = parts;
  const { normEpsilon, scales } = config;
  const norm = (input: Value, name: string) => rmsNorm(g, input, weight(`${name}.weight`), normEpsilon);
  const going = (rows: Value) => (only ? gatherRows(g, rows, only) : rows);
  const mixed = selfAttention(g, norm(x, "input_layernorm"), parts);
  const between = add(g, going(x), scale(g, project(going(mixed), "o_proj"), scales.residual));
  return add(g, between, scale(g, mlpBlock(g, norm(between, "post_attention_layernorm"), project), scales.residual));
}

/** What the heads of a normed input see, before the output projection; `weight` gives weights of the layer by their names below it.  [S, D] → [S, H·Hd] */
function selfAttention(g: Graph, x: Value, parts: LayerParts): Value {
  const { config, layer, rows, project, weight } = parts;
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
  return attention(g, { q, k, v, mask, shape: { rowTokens, heads, kvHeads, headSize } });
}

/** The gated MLP of a normed input.  [S, D] → [S, D] */
function mlpBlock(g: Graph, x: Value, project: Project): Value {
  return project(swiglu(g, project(x, "gate_proj"), project(x, "up_proj")), "down_proj"); // inside [S, F]
}

/** The rotation tables of the first `positions` positions, as constants of the graph. */
export function ropeTableValues(g: Graph, config: LlamaConfig, positions: number): RopeTables {
  const { cos, sin } = ropeTables(config, positions);
  const shape = [positions, config.headSize / 2];
  return {
    cos: g.constant("rope.cos", cos, shape),
    sin: g.constant("rope.sin", sin, shape),
    negativeSin: g.constant(
      "rope.negativeSin",
      sin.map((value) => -value),
      shape,
    ),
  };
}
