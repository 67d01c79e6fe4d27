/** How much each column of a model's matrices matters to what it writes: the mean square of what multiplies it, along texts of its own kind. */
import {
  buildCalibrationGraph,
  inputOf,
  type LlamaConfig,
  projectionName,
  projections,
  squaresName,
} from "../model/portable.ts";
import { withSession } from "../runtime/index.ts";
import { type Feeds, layerWeights, type ReadWeight, startOf } from "./layers.ts";
import { type Example, rowFeeds } from "./pack.ts";

/** What was seen of one matrix. */
export interface ColumnSquares {
  /** The sum of squares of each input over all tokens.  [I] */
  readonly squares: Float32Array;
  readonly tokens: number;
}

/**
 * Runs each layer over `examples` in float32, one after the other, and sums the squares of what its projections read; by weight name,
 * `model.layers.0.mlp.up_proj.weight`. `onLayer` is called before each layer; it may throw to stop.
 */
export async function measureColumns(options: {
  config: LlamaConfig;
  readWeight: ReadWeight;
  examples: readonly Example[];
  onLayer?: (layer: number) => void;
}): Promise<Map<string, ColumnSquares>> {
  const { config, readWeight, examples, onLayer } = options;
  const embedding = await readWeight("model.embed_tokens.weight");
  // A row for each example, exactly as long: padding would count as text.
  let runs = examples.map((one): Feeds => startOf(embedding, rowFeeds([[one]], one.ids.length, 1), config));
  const longest = Math.max(...examples.map(({ ids }) => ids.length));
  const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0);
  const measured = new Map<string, ColumnSquares>();
  for (let layer = 0; layer < config.layers; layer++) {
    onLayer?.(layer);
    const weights = await layerWeights(config, layer, readWeight);
    const sums = new Map<string, Float64Array>();
    const onnx = buildCalibrationGraph({ config, layer, longest, measured: "squares" });
    runs = await withSession(onnx, {}, async (session) => {
      const after: Feeds[] = [];
      for (const feeds of runs) {
        const { y, ...squares } = await session.run({ ...weights, ...feeds });
        for (const [name, { data }] of Object.entries(squares)) {
          const sum = sums.get(name) ?? new Float64Array(data.length);
          for (let i = 0; i < sum.length; i++) sum[i] += Number(data[i]);
          sums.set(name, sum);
        }
        after.push({ ...feeds, x: y });
      }
      return after;
    });
    for (const projection of projections) {
      const squares = Float32Array.from(sums.get(squaresName(layer, inputOf[projection]))!);
      measured.set(`${projectionName(layer, projection)}.weight`, { squares, tokens });
    }
  }
  return measured;
}
