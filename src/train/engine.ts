/** Loss and gradients of many sequences: packs them into rows, runs the graphs, sums over the runs. */
import { shapeSize } from "../formats/codecs.ts";
import {
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  gradientName,
  type Int8Matrix,
  type LlamaConfig,
  type LlamaGraph,
  type Weights,
} from "../model/portable.ts";
import type { Recipe } from "../recipe.ts";
import type { HostTensor, OpenSession, Session } from "../runtime/portable.ts";
import { type Example, lossTokens, type Row, rowFeeds, type TokenWeights } from "./pack.ts";
import { planRuns, type Run } from "./rows.ts";
import type { Trained } from "./trained.ts";
import { needsRecompute, runTokens } from "./values.ts";

/**
 * Frozen weights below this size are stored in the graph, where the runtime packs them once; larger ones are fed, one copy for all
 * sessions. Stored, SmolLM2's embedding stood five times in memory, beside 113 MB of its own; fed, packing it anew takes 2 % of a step.
 */
const storedWeightsLimitBytes = 60_000_000;

/** Called before each run with the number of tokens finished in the last one and the part of the work that is done; it may throw to stop. */
export type BetweenRuns = (finishedTokens: number, part: number) => Promise<void>;

export interface Engine {
  /**
   * The mean loss over all completion tokens of `examples` (nats) and its gradients by tensor name; the arrays are reused by the next call.
   */
  lossAndGradients(
    examples: readonly Example[],
    betweenRuns?: BetweenRuns,
  ): Promise<{ loss: number; gradients: ReadonlyMap<string, Float32Array> }>;
  /** The sum of `weights` times the nll of the completion tokens, and its gradients; the arrays are reused as above. */
  weightedGradients(
    examples: readonly Example[],
    weights: TokenWeights,
    betweenRuns?: BetweenRuns,
  ): Promise<{ loss: number; gradients: ReadonlyMap<string, Float32Array> }>;
  /** The mean loss over all completion tokens of `examples`, in nats; `betweenRuns` as above. */
  meanLoss(examples: readonly Example[], betweenRuns?: BetweenRuns): Promise<number>;
  /** log p of each completion token of `examples` after those before it. */
  logProbabilities(examples: readonly Example[], betweenRuns?: BetweenRuns): Promise<LogProbabilities>;
}

/** log p of each completion token of an example, in order. [lossTokens] */
export type LogProbabilities = ReadonlyMap<Example, Float32Array>;

/** Builds graphs over weights that the caller updates in place, each when it is first asked for; hands them to `use` and closes what it opened. */
export async function withEngine<T>(
  options: {
    config: LlamaConfig;
    base: Weights;
    trained: Trained;
    settings: Recipe["train"];
    openSession: OpenSession;
    /** Projections in int8, by weight name, in place of those of `base`; what lies in files is found by `openSession`. */
    int8?: ReadonlyMap<string, Int8Matrix>;
    /** Whether the backward pass computes what is cheap again; default: where a run's values are large. */
    recompute?: boolean;
  },
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { config, base, trained, settings, openSession, int8 } = options;
  const { rowTokens, method } = settings;
  const { recompute = needsRecompute(config, settings) } = options;
  const limits = { rowTokens, runTokens: runTokens(config, settings) };
  const kept: Weights = new Map([...base].filter(([name]) => !int8?.has(name)));
  const frozen = method === "lora" && sizeBytes(kept) < storedWeightsLimitBytes ? kept : undefined;
  const shared = { config, longest: rowTokens, adapter: trained.adapterShape, frozen, int8, recompute };
  const weights: Weights = new Map([...kept, ...trained.weights]);
  const opened = (trainable: "none" | "adapter" | "all") =>
    openLater(openSession, () => {
      const graph = buildLlamaGraph({ ...shared, trainable });
      return { onnx: graph.onnx, feeds: weightFeeds(graph, config, weights, trained) };
    });
  const training = opened(method === "lora" ? "adapter" : "all");
  const measuring = opened("none");
  const runsOf = (examples: readonly Example[]) => planRuns(examples, limits, config);
  const summed = summedGradients(training, trained, runsOf);
  const forward = forwardRuns(measuring, runsOf);
  try {
    return await use({
      lossAndGradients: (examples, betweenRuns) => summed(examples, 1 / countOf(examples), betweenRuns),
      weightedGradients: summed,
      async meanLoss(examples, betweenRuns) {
        let loss = 0;
        await forward(examples, 1 / countOf(examples), betweenRuns, (_, result) => {
          loss += Number(result.loss.data[0]);
        });
        return loss;
      },
      async logProbabilities(examples, betweenRuns) {
        const found = new Map<Example, Float32Array>();
        await forward(examples, 0, betweenRuns, (rows, { nll }) => {
          let at = 0;
          for (const example of rows.flat()) {
            const own = (nll.data as Float32Array).slice(at, at + lossTokens(example)); // a float32 output of our own graph
            found.set(
              example,
              own.map((value) => -value),
            );
            at += own.length;
          }
        });
        return found;
      },
    });
  } finally {
    await training.close();
    await measuring.close();
  }
}

type RunsOf = (examples: readonly Example[]) => readonly Run[];

const countOf = (examples: readonly Example[]) => examples.reduce((sum, example) => sum + lossTokens(example), 0);

/** Runs that give gradients, summed over arrays that are kept. */
function summedGradients(training: LaterSession, trained: Trained, runsOf: RunsOf) {
  const buffers = () =>
    trained.specs.map(({ name, shape }) => ({ name, shape, data: new Float32Array(shapeSize(shape)) }));
  const [sums, parts] = [buffers(), buffers()];
  const outputs = (into: typeof sums) => Object.fromEntries(into.map((tensor) => [gradientName(tensor.name), tensor]));
  const [intoSums, intoParts] = [outputs(sums), outputs(parts)];
  return async (examples: readonly Example[], weights: number | TokenWeights, betweenRuns?: BetweenRuns) => {
    const runs = runsOf(examples);
    let loss = 0;
    let finishedTokens = 0;
    for (const [i, { rows, rowTokens }] of runs.entries()) {
      await betweenRuns?.(finishedTokens, i / runs.length);
      const { session, feeds } = await training.ready();
      const result = await session.run(
        { ...feeds, ...rowFeeds(rows, rowTokens, weights) },
        i === 0 ? intoSums : intoParts,
      );
      loss += Number(result.loss.data[0]);
      if (i > 0) for (const [tensor, { data }] of sums.entries()) accumulate(data, parts[tensor].data);
      finishedTokens = rows.flat().reduce((sum, { ids }) => sum + ids.length, 0);
    }
    await betweenRuns?.(finishedTokens, 1);
    return { loss, gradients: new Map(sums.map(({ name, data }) => [name, data])) };
  };
}

/** Runs without gradients, `each` with what came out. */
function forwardRuns(measuring: LaterSession, runsOf: RunsOf) {
  return async (
    examples: readonly Example[],
    weight: number,
    betweenRuns: BetweenRuns | undefined,
    each: (rows: readonly Row[], result: Readonly<Record<string, HostTensor>>) => void,
  ): Promise<void> => {
    const runs = runsOf(examples);
    for (const [i, { rows, rowTokens }] of runs.entries()) {
      await yieldToEvents();
      await betweenRuns?.(0, i / runs.length);
      const { session, feeds } = await measuring.ready();
      each(rows, await session.run({ ...feeds, ...rowFeeds(rows, rowTokens, weight) }));
    }
  };
}

/** A session that is opened when it is first asked for, and anew where it is outdated. */
interface LaterSession {
  ready(): Promise<OpenedSession>;
  close(): Promise<void>;
}

interface OpenedSession {
  readonly session: Session;
  readonly feeds: Record<string, HostTensor>;
}

function openLater(
  openSession: OpenSession,
  build: () => { onnx: Uint8Array; feeds: Record<string, HostTensor> },
): LaterSession {
  let ready: Promise<OpenedSession> | undefined;
  let closed: Promise<void> | undefined;
  let release = (): void => undefined;
  const open = () =>
    new Promise<OpenedSession>((resolve, reject) => {
      const { onnx, feeds } = build();
      closed = openSession(onnx, (session) => {
        free(onnx); // and now the session does
        resolve({ session, feeds });
        return new Promise<void>((done) => {
          release = done;
        });
      });
      closed.catch(reject);
    });
  const close = async () => {
    release();
    await closed;
  };
  return {
    async ready() {
      if ((await ready)?.session.isOutdated?.()) {
        await close();
        ready = undefined;
      }
      ready ??= open();
      return ready;
    },
    close,
  };
}

/** Gives memory back at once, not when a collection comes. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
    structuredClone(buffer, { transfer: [buffer] }); // which leaves nothing here, and the copy to the next collection
}

function weightFeeds(graph: LlamaGraph, config: LlamaConfig, weights: Weights, { adapterShape }: Trained) {
  const adapter = adapterShape ? adapterTensors(config, adapterShape.targets, adapterShape.rank) : [];
  const wanted = new Set(graph.weightInputs);
  const feeds: Record<string, HostTensor> = {};
  for (const { name, shape } of [...baseTensors(config), ...adapter]) {
    if (wanted.has(name)) feeds[name] = { data: weights.get(name)!, shape };
  }
  return feeds;
}

/** Lets timers and signals run: the runtime blocks the thread while it computes. */
function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function accumulate(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += part[i];
}

function sizeBytes(weights: Weights): number {
  return [...weights.values()].reduce((sum, data) => sum + data.byteLength, 0);
}
