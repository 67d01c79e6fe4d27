/** How an encoder is cut into stages, and what each run of them is fed; and the matching of two texts. */
import { shapeSize } from "../../../formats/index.ts";
import { Graph } from "../../../graph/index.ts";
import type { TensorSpec } from "../../../model/index.ts";
import type { EncoderConfig } from "./config.ts";
import type { EncoderStage } from "./graph.ts";
import { embeddingTensors, layerTensors, relativeTensors } from "./names.ts";
import { relativeRows } from "./positions.ts";

/** An integer tensor of a run. */
export interface IntegerFeed {
  readonly data: BigInt64Array;
  readonly shape: readonly number[];
}

/** The stages of the first `layers` layers, none with more weights than `limitBytes` unless a single layer has. */
export function planEncoderStages(config: EncoderConfig, layers: number, limitBytes: number): EncoderStage[] {
  const sizeOf = (specs: readonly TensorSpec[]) => specs.reduce((sum, { shape }) => sum + 4 * shapeSize(shape), 0);
  const shared = sizeOf(relativeTensors(config));
  const cuts = [0];
  let filled = sizeOf(embeddingTensors(config)) + shared;
  for (let layer = 0; layer < layers; layer++) {
    const next = sizeOf(layerTensors(config, layer));
    if (layer > cuts.at(-1)! && filled + next > limitBytes) {
      cuts.push(layer);
      filled = shared;
    }
    filled += next;
  }
  return cuts.map((from, i) => ({ from, to: cuts[i + 1] ?? layers, isLast: i === cuts.length - 1 }));
}

/** The tensors that a stage reads. The table of relative positions is read by each. */
export function stageTensors(config: EncoderConfig, { from, to }: EncoderStage): TensorSpec[] {
  const layers = Array.from({ length: to - from }, (_, i) => layerTensors(config, from + i)).flat();
  return [...(from === 0 ? embeddingTensors(config) : []), ...(to > from ? relativeTensors(config) : []), ...layers];
}

/** The integer inputs of a run over `texts` of `tokens` ids each: `tokens`, `positions`, `rows` and what relative attention needs. */
export function encoderFeeds(
  config: EncoderConfig,
  texts: readonly (readonly number[])[],
): Record<string, IntegerFeed> {
  const length = texts[0].length;
  const total = texts.length * length;
  const tokens = new BigInt64Array(total);
  const positions = new BigInt64Array(total);
  texts.forEach((ids, text) => {
    let position = config.firstPosition;
    ids.forEach((id, i) => {
      const at = text * length + i;
      tokens[at] = BigInt(id);
      // RoBERTa counts positions over what is no padding; a text may spell "<pad>".
      const skipped = config.firstPosition > 0 && id === config.padId;
      positions[at] = BigInt(skipped ? config.padId : position++);
    });
  });
  return {
    tokens: { data: tokens, shape: [total] },
    positions: { data: positions, shape: [total] },
    ...shapeFeeds(config, length),
  };
}

function shapeFeeds(config: EncoderConfig, tokens: number): Record<string, IntegerFeed> {
  const list = (...values: number[]) => ({ data: BigInt64Array.from(values, BigInt), shape: [values.length] });
  const rows = list(-1, tokens, config.hiddenSize);
  if (config.relative === null) return { rows };
  const ascending = relativeRows(config, tokens);
  const shape = [ascending.length];
  return {
    rows,
    "relative.ascending": { data: ascending, shape },
    "relative.descending": { data: ascending.toReversed(), shape },
    "skew.start": list(tokens - 1),
    "skew.end": list(tokens - 1 + tokens * (2 * tokens - 2)),
    "skew.shape": list(0, 0, tokens, 2 * tokens - 2),
    "skew.tokens": list(tokens),
  };
}

/**
 * The greedy matching of two texts (BERTScore, arXiv:1904.09675 §3).
 * Inputs `candidate` [M, D] and `reference` [N, D], rows of length 1; outputs `precision` [M], the best match of each row of the candidate,
 * and `recall` [N], that of each row of the reference.
 */
export function buildMatchingGraph(width: number): Uint8Array {
  const g = new Graph();
  const candidate = g.input("candidate", "float32", ["M", width]);
  const reference = g.input("reference", "float32", ["N", width]);
  const [similarity] = g.emit({
    opType: "Gemm",
    inputs: [candidate, reference],
    outputs: [{ shape: ["M", "N"] }],
    attributes: { transB: { int: 1 } },
  });
  for (const [name, axis, dim] of [
    ["precision", 1, "M"],
    ["recall", 0, "N"],
  ] as const) {
    const [best] = g.emit({
      opType: "ReduceMax",
      inputs: [similarity, g.integers([axis])],
      outputs: [{ shape: [dim] }],
      attributes: { keepdims: { int: 0 } },
    });
    g.output(name, best);
  }
  return g.toOnnx("matching");
}
