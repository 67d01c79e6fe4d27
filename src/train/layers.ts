/** A model walked a layer at a time, so that no more than the embedding and one layer of it are in memory. */
import { type LlamaConfig, layerTensors } from "../model/portable.ts";
import type { HostTensor } from "../runtime/portable.ts";

/** Inputs of a graph by name. */
export type Feeds = Record<string, HostTensor>;

/** One weight in float32, by name: read when its layer comes, and not kept. */
export type ReadWeight = (name: string) => Float32Array | Promise<Float32Array>;

/** What the first layer reads: the rows of the embedding for the tokens of one run.  x [S, D] */
export function startOf(embedding: Float32Array, feeds: Feeds, { hiddenSize, scales }: LlamaConfig): Feeds {
  const tokens = feeds.tokens.data;
  const x = new Float32Array(tokens.length * hiddenSize);
  tokens.forEach((token, at) => {
    const from = Number(token) * hiddenSize;
    x.set(embedding.subarray(from, from + hiddenSize), at * hiddenSize);
  });
  return { ...feeds, x: { data: x.map((value) => value * scales.embedding), shape: [tokens.length, hiddenSize] } };
}

/** The weights of one layer, for its graph. */
export async function layerWeights(config: LlamaConfig, layer: number, readWeight: ReadWeight): Promise<Feeds> {
  const weights: Feeds = {};
  for (const { name, shape } of layerTensors(config, layer)) weights[name] = { data: await readWeight(name), shape };
  return weights;
}
