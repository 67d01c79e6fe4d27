/** The frozen base in int8: a look at a few examples for the size of its activations, and whether this CPU multiplies exactly. */
import {
  baseTensors,
  buildInt8Probe,
  buildLlamaGraph,
  foldedInputs,
  type Int8Base,
  type LlamaConfig,
  maximaName,
  quantizeBase,
  type Weights,
} from "../model/portable.ts";
import type { HostTensor, OpenSession } from "../runtime/portable.ts";
import { type Example, packRows, rowFeeds } from "./pack.ts";

/** A few hundred tokens are enough to know which channels are outliers; more rows than this are not read. */
const calibrationRows = 2;

/** Runs the base once over the first rows of `examples` and quantises its projections by what it saw. */
export async function int8Base(options: {
  config: LlamaConfig;
  base: Weights;
  examples: readonly Example[];
  rowTokens: number;
  openSession: OpenSession;
}): Promise<Int8Base> {
  const { config, base, examples, rowTokens, openSession } = options;
  const graph = buildLlamaGraph({ config, rowTokens, trainable: "none", withMaxima: true });
  const feeds: Record<string, HostTensor> = {};
  for (const { name, shape } of baseTensors(config)) feeds[name] = { data: base.get(name)!, shape };
  const maxima = new Map<string, Float32Array>();
  await openSession(graph.onnx, async (session) => {
    for (const row of packRows(examples, rowTokens).slice(0, calibrationRows)) {
      const seen = await session.run({ ...feeds, ...rowFeeds([row], rowTokens, 1) });
      for (let layer = 0; layer < config.layers; layer++) {
        for (const projection of foldedInputs) {
          const name = maximaName(layer, projection);
          const sofar = maxima.get(name);
          const now = seen[name].data as Float32Array; // a float32 output of our own graph
          maxima.set(name, sofar ? sofar.map((value, i) => Math.max(value, now[i])) : now.slice());
        }
      }
    }
  });
  return quantizeBase(config, base, maxima);
}

/**
 * Whether this CPU multiplies uint8 by int8 without saturating: below AVX512-VNNI and AVX-VNNI the runtime adds pairs of products in 16
 * bits, where two of 255 · 127 do not fit.
 */
export async function isInt8Exact(openSession: OpenSession): Promise<boolean> {
  const { onnx, inputs, expected } = buildInt8Probe();
  const data = new Float32Array(2 * inputs).fill(1);
  const { y } = await openSession(onnx, (session) => session.run({ x: { data, shape: [2, inputs] } }));
  return Array.from(y.data, Number).every((value) => Math.abs(value / expected - 1) < 1e-3);
}
