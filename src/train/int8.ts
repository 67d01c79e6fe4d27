/** The frozen base in int8: a look at a few examples for the size of its activations, and whether this CPU multiplies exactly. */
import {
  baseTensors,
  buildInt8Probe,
  buildLlamaGraph,
  errorsName,
  type Int8Base,
  type LlamaConfig,
  type LlamaGraphOptions,
  parameterCount,
  projectionName,
  projections,
  quantizeBase,
  type Weights,
} from "../model/portable.ts";
import type { Recipe } from "../recipe.ts";
import type { HostTensor, OpenSession } from "../runtime/portable.ts";
import { type Example, rowFeeds } from "./pack.ts";
import { planRuns } from "./rows.ts";

/** From this many parameters up "auto" means int8: below, the base is no large part of a step. */
const int8FromParameters = 100_000_000;

/** Whether these settings ask for an int8 base, on a CPU that multiplies exactly. */
export function prefersInt8(config: LlamaConfig, { baseDtype, method }: Recipe["train"]): boolean {
  if (baseDtype !== "auto") return baseDtype === "int8";
  return method === "lora" && parameterCount(baseTensors(config)) >= int8FromParameters;
}

/** A few hundred tokens are enough to know which channels are outliers; no more sequences and runs than this are read. */
const [calibrationExamples, calibrationRuns] = [8, 2];

/** The relative error of a product above which it is made finer, and above which a projection stays in float32. */
const [coarseLimit, fineLimit] = [0.015, 0.03];

/** The int8 base, and the projections that are not in it because their errors are too large. */
export interface CheckedInt8Base extends Int8Base {
  readonly finer: readonly string[];
  readonly exact: readonly string[];
}

/**
 * Runs the base over the first of `examples`, quantises its projections by what it saw, and runs it once more to measure each: one
 * whose product is too coarse gets a second one, and one that even so errs too much stays in float32.
 */
export async function int8Base(options: CalibrationOptions): Promise<CheckedInt8Base> {
  const { config, base } = options;
  const maxima = await outputsOf(options, { withMaxima: true }, (before, now) =>
    before.map((value, i) => Math.max(value, now[i])),
  );
  const quantized = quantizeBase(config, base, maxima);
  const errors = await outputsOf(options, { compared: quantized.projections }, (before, now) =>
    before.map((value, i) => value + now[i]),
  );
  return chosen(options, quantized, errors);
}

interface CalibrationOptions {
  readonly config: LlamaConfig;
  readonly base: Weights;
  readonly examples: readonly Example[];
  readonly rowTokens: number;
  readonly openSession: OpenSession;
}

/** What the float32 base gives out by name over the rows of the calibration, put together by `join`. */
async function outputsOf(
  { config, base, examples, rowTokens, openSession }: CalibrationOptions,
  wanted: Pick<LlamaGraphOptions, "withMaxima" | "compared">,
  join: (before: Float32Array, now: Float32Array) => Float32Array,
): Promise<Map<string, Float32Array>> {
  const graph = buildLlamaGraph({ config, longest: rowTokens, trainable: "none", ...wanted });
  const feeds: Record<string, HostTensor> = {};
  for (const { name, shape } of baseTensors(config)) feeds[name] = { data: base.get(name)!, shape };
  const outputs = new Map<string, Float32Array>();
  await openSession(graph.onnx, async (session) => {
    const runs = planRuns(examples.slice(0, calibrationExamples), { rowTokens, runTokens: rowTokens }, config);
    for (const run of runs.slice(0, calibrationRuns)) {
      const results = await session.run({ ...feeds, ...rowFeeds(run.rows, run.rowTokens, 1) });
      for (const [name, { data }] of Object.entries(results)) {
        const now = data as Float32Array; // a float32 output of our own graph
        const before = outputs.get(name);
        outputs.set(name, before ? join(before, now) : now.slice());
      }
    }
  });
  return outputs;
}

/** Each projection as coarse as its errors allow. */
function chosen({ config, base }: CalibrationOptions, whole: Int8Base, errors: Map<string, Float32Array>) {
  const [finer, exact]: string[][] = [[], []];
  const matrices = new Map(whole.projections);
  const rest = new Map(whole.rest);
  for (let layer = 0; layer < config.layers; layer++)
    for (const projection of projections) {
      const module = projectionName(layer, projection);
      const name = `${module}.weight`;
      const [coarse, fine, square] = errors.get(errorsName(layer, projection))!;
      if (isWithin(coarse, square, coarseLimit)) continue;
      if (isWithin(fine, square, fineLimit)) {
        finer.push(module);
        matrices.set(name, { ...matrices.get(name)!, fine: true });
      } else {
        exact.push(module);
        matrices.delete(name);
        rest.set(name, base.get(name)!);
      }
    }
  return { projections: matrices, rest, finer, exact };
}

/** False for an error that is no number. */
const isWithin = (error: number, square: number, limit: number) => error <= limit ** 2 * square;

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
