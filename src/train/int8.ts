/** The frozen base in int8, made a layer at a time: a look at a few examples for the size of its activations, and whether this CPU multiplies exactly. */
import { UserError } from "../errors.ts";
import type { OnnxExternalData } from "../formats/codecs.ts";
import {
  baseTensors,
  buildCalibrationGraph,
  buildInt8Probe,
  errorsName,
  type Int8Matrix,
  inputOf,
  type LlamaConfig,
  maximaName,
  parameterCount,
  projectionName,
  projections,
  type QuantizedProjection,
  quantizeProjection,
} from "../model/portable.ts";
import type { Recipe } from "../recipe.ts";
import type { HostTensor, OpenSession } from "../runtime/portable.ts";
import { type Feeds, layerWeights, type ReadWeight, startOf } from "./layers.ts";
import { type Example, rowFeeds } from "./pack.ts";
import { planRuns } from "./rows.ts";

/** From this many parameters up "auto" means int8: below, the base is no large part of a step. */
const int8FromParameters = 100_000_000;

/** Whether these settings ask for an int8 base, on a CPU that multiplies exactly. */
export function prefersInt8(config: LlamaConfig, { baseDtype, method }: Recipe["train"]): boolean {
  if (baseDtype !== "auto") return baseDtype === "int8";
  return method === "lora" && parameterCount(baseTensors(config)) >= int8FromParameters;
}

/** A few hundred tokens are enough to know which channels are outliers; no more sequences are read than the first of these, nor runs than this. */
export const calibrationExamples = 8;
const calibrationRuns = 2;

/** The relative error of a product above which it is made finer, and above which a projection stays in float32. */
const [coarseLimit, fineLimit] = [0.015, 0.03];

/** A frozen base in int8. */
export interface Int8Base {
  /** By weight name, `model.layers.0.mlp.up_proj.weight`; the other weights are float32 as they were. */
  readonly projections: ReadonlyMap<string, Int8Matrix>;
  /** Projections that stay in float32 because even two products err too much. */
  readonly exact: readonly string[];
}

interface QuantizeOptions {
  readonly config: LlamaConfig;
  readonly readWeight: ReadWeight;
  /** Sequences by whose activations outlier channels are found and errors measured. */
  readonly examples: readonly Example[];
  readonly rowTokens: number;
  readonly openSession: OpenSession;
  /** Where large values are put instead of into memory. */
  readonly place?: (values: Int8Array | Float32Array) => Promise<OnnxExternalData>;
  /** Called before each layer with the part that is done; it may throw to stop. */
  readonly onProgress?: (part: number) => void;
}

/**
 * Quantises a base layer by layer, so that no more than the embedding and one layer of it are in memory. Each layer is run over what comes out of those
 * before it: once for the size of its activations, and again to measure each int8 product. One that is too coarse gets a second
 * product, and one that even so errs too much stays in float32.
 */
export async function quantizeBase(options: QuantizeOptions): Promise<Int8Base> {
  const { config, examples, rowTokens, readWeight, place, onProgress } = options;
  const limits = { rowTokens, runTokens: rowTokens };
  const planned = planRuns(examples.slice(0, calibrationExamples), limits, config).slice(0, calibrationRuns);
  const embedding = await readWeight("model.embed_tokens.weight");
  let runs = planned.map((run) => startOf(embedding, rowFeeds(run.rows, run.rowTokens, 1), config));
  const matrices = new Map<string, Int8Matrix>();
  const exact: string[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    onProgress?.(layer / config.layers);
    const weights = await layerWeights(config, layer, readWeight);
    const { y, quantized, errors } = await quantizeLayer(options, { layer, weights, runs });
    for (const [name, matrix] of quantized) {
      const [coarse, fine, square] = errors.get(name)!;
      const isCoarse = !isWithin(coarse, square, coarseLimit);
      if (isCoarse && !isWithin(fine, square, fineLimit)) exact.push(name.replace(/\.weight$/, ""));
      else matrices.set(name, { ...matrix, ...(place && (await placed(matrix, place))), fine: isCoarse });
    }
    runs = runs.map((feeds, i) => ({ ...feeds, x: y[i] }));
  }
  return { projections: matrices, exact };
}

/** A layer's projections all alike in int8, their errors by weight name, and what the layer makes of each run. */
async function quantizeLayer(
  { config, rowTokens: longest, openSession }: QuantizeOptions,
  { layer, weights, runs }: { layer: number; weights: Feeds; runs: readonly Feeds[] },
) {
  const over = (onnx: Uint8Array) =>
    openSession(onnx, async (session) => {
      const results: Record<string, HostTensor>[] = [];
      for (const feeds of runs) results.push(await session.run({ ...weights, ...feeds }));
      return results;
    });
  const seen = await over(buildCalibrationGraph({ config, layer, longest }));
  const quantized = new Map<string, QuantizedProjection>();
  for (const projection of projections) {
    const name = `${projectionName(layer, projection)}.weight`;
    const maxima = joined(seen, maximaName(layer, inputOf[projection]), Math.max);
    quantized.set(name, quantizeProjection(weights[name].data as Float32Array, maxima));
  }
  const compared = await over(buildCalibrationGraph({ config, layer, longest, compared: quantized }));
  const errors = new Map<string, Float32Array>();
  for (const projection of projections)
    errors.set(
      `${projectionName(layer, projection)}.weight`,
      joined(compared, errorsName(layer, projection), (a, b) => a + b),
    );
  return { y: seen.map((result) => result.y), quantized, errors };
}

/** One float32 output of several runs as one, element by element. */
function joined(
  results: readonly Readonly<Record<string, HostTensor>>[],
  name: string,
  join: (a: number, b: number) => number,
): Float32Array {
  return results
    .map((result) => result[name].data as Float32Array)
    .reduce((before, now) => before.map((value, i) => join(value, now[i])));
}

/** The large values of a matrix in their places. */
async function placed(matrix: QuantizedProjection, place: NonNullable<QuantizeOptions["place"]>) {
  const [forward, backward] = [await place(matrix.forward), await place(matrix.backward)];
  return { forward, backward, outlierColumns: await place(matrix.outlierColumns) };
}

/** False for an error that is no number. */
const isWithin = (error: number, square: number, limit: number) => error <= limit ** 2 * square;

/**
 * Whether the base is to be in int8 with these settings on this CPU. Throws UserError where int8 is asked for and cannot be; `onNote` is told
 * where "auto" would take it and cannot.
 */
export async function takesInt8(
  config: LlamaConfig,
  settings: Recipe["train"],
  { openSession, onNote }: { openSession: OpenSession; onNote?: (note: string) => void },
): Promise<boolean> {
  if (!prefersInt8(config, settings)) return false;
  if (settings.method === "full")
    throw new UserError(
      "train.baseDtype=int8 needs a frozen base: train.method=full trains every weight. Leave one out.",
    );
  if (await isInt8Exact(openSession)) return true;
  const why = "This CPU has no VNNI: its int8 products saturate, and gradients would be wrong.";
  if (settings.baseDtype === "int8") throw new UserError(`${why} Train with train.baseDtype=float32.`);
  onNote?.(`${why} The base stays in float32.`);
  return false;
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
