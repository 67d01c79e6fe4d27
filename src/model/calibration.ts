/** One layer over rows of activations, as a graph: what goes into its projections, and how far int8 products are off. */
import {
  add,
  channelMaxima,
  channelSquares,
  Graph,
  type Int8Matrix,
  int8Errors,
  matmulT,
  packedCausalMask,
  product,
  type Value,
} from "../graph/index.ts";
import { decoderLayer, ropeTableValues } from "./blocks.ts";
import type { LlamaConfig } from "./config.ts";
import { errorsName, inputOf, maximaName, squaresName } from "./int8.ts";
import { baseTensors, projectionName, type TensorSpec } from "./names.ts";

/** The weights of one layer. */
export function layerTensors(config: LlamaConfig, layer: number): TensorSpec[] {
  return baseTensors(config).filter(({ name }) => name.startsWith(`model.layers.${layer}.`));
}

/**
 * Inputs: `x` float32 [S, D], what comes into the layer for rows of at most `longest` tokens; `positions` and `segments` int64 [B, T]; the
 * layer's weights by name. Outputs: `y` [S, D], and by `maximaName` the largest magnitude of each channel of what its projections read
 * [I], or by `squaresName` the sum of its squares [I]; with `compared`, by `errorsName`, the errors of those matrices [3] instead.
 */
export function buildCalibrationGraph(options: {
  config: LlamaConfig;
  layer: number;
  longest: number;
  measured?: "maxima" | "squares";
  compared?: ReadonlyMap<string, Int8Matrix>;
}): Uint8Array {
  const { config, layer, longest, measured = "maxima", compared } = options;
  const [nameOf, measure] = measured === "maxima" ? [maximaName, channelMaxima] : [squaresName, channelSquares];
  const g = new Graph();
  const weights = new Map(
    layerTensors(config, layer).map(({ name, shape }) => [name, g.input(name, "float32", shape)] as const),
  );
  const positions = g.input("positions", "int64", ["B", "T"]);
  const segments = g.input("segments", "int64", ["B", "T"]);
  const x = g.input("x", "float32", [product("B", "T"), config.hiddenSize]);
  const project = (input: Value, projection: string) => {
    const name = projectionName(layer, projection);
    if (!compared && isFirstReader(projection)) g.output(nameOf(layer, projection), measure(g, input));
    const y = matmulT(g, input, weights.get(`${name}.weight`)!);
    const matrix = compared?.get(`${name}.weight`);
    if (matrix) g.output(errorsName(layer, projection), int8Errors(g, { x: input, y, name, matrix }));
    const bias = weights.get(`${name}.bias`);
    return bias ? add(g, y, bias) : y;
  };
  const rows = {
    ...{ rowTokens: "T", positions, mask: packedCausalMask(g, segments, positions) },
    tables: ropeTableValues(g, config, longest),
  };
  const weight = (name: string) => weights.get(`model.layers.${layer}.${name}`)!;
  const y = decoderLayer(g, x, { config, layer, rows, project, weight });
  if (!compared) g.output("y", y);
  return g.toOnnx("calibration");
}

const isFirstReader = (projection: string) => (Object.values(inputOf) as string[]).includes(projection);
