/** The training loop: examples in, checkpoints and steps.jsonl out. Knows nothing of mail, tokenizers or files of a run. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { setImmediate as yieldToEvents } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { openJsonlAppender, readJsonl, writeJsonFile, writeJsonlFile } from "../formats/index.ts";
import {
  type AdapterShape,
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  gradientName,
  type LlamaConfig,
  type LlamaGraph,
  parameterCount,
  type TensorSpec,
  type Weights,
} from "../model/index.ts";
import { createRandom } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import { type HostTensor, type Session, withSession } from "../runtime/index.ts";
import {
  type AdapterConfig,
  checkpointName,
  resumeCheckpoint,
  type TrainState,
  writeCheckpoint,
} from "./checkpoint.ts";
import { adamW, clipFactor, globalNorm, type Moments } from "./optimizer.ts";
import { createOrder, totalSteps } from "./order.ts";
import { chunk, type Example, lossTokens, packRows, rowFeeds } from "./pack.ts";
import { learningRateAt } from "./schedule.ts";

/** Above this many parameters activations are computed again in the backward pass. */
const recomputeAboveParameters = 250_000_000;

/** Frozen weights below this size are stored in the graph and packed once by the runtime; larger ones are fed, one copy for all sessions. */
const storedWeightsLimitBytes = 400_000_000;

export interface FitOptions {
  readonly config: LlamaConfig;
  readonly base: Weights;
  /** Name of the base in adapter_config.json. */
  readonly baseName: string;
  readonly settings: Recipe["train"];
  readonly seed: number;
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly paths: { readonly steps: string; readonly checkpoints: string; readonly best: string };
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
}

export interface FitProgress {
  readonly step: number;
  readonly steps: number;
  /** Part of the current step that is done, 0–1. */
  readonly withinStep: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
  readonly trainLoss: number | null;
  readonly validationLoss: number | null;
}

/** A row of steps.jsonl. Losses are means over completion tokens, in nats. */
export interface StepRow {
  readonly step: number;
  readonly epoch: number;
  readonly loss?: number;
  readonly gradNorm?: number;
  readonly learningRate?: number;
  readonly sequences?: number;
  readonly tokens?: number;
  readonly lossTokens?: number;
  readonly seconds?: number;
  readonly validationLoss?: number;
}

export interface FitReport {
  readonly steps: number;
  readonly trainableParameters: number;
  readonly best: { readonly step: number; readonly checkpoint: string; readonly validationLoss: number };
  /** Validation loss before the first step. */
  readonly startLoss: number;
}

/**
 * Trains until the last step, or goes on from the newest checkpoint of the same data and settings. The same options give the same
 * bits wherever the process was cut. Throws UserError for settings that cannot work; on abort writes a checkpoint and throws the signal's reason.
 */
export async function fit(options: FitOptions): Promise<FitReport> {
  const { config, base, settings, seed, train, validation, paths, threads, signal } = options;
  checkExamples(options);
  const trained = trainedTensors(options);
  const { specs, weights, moments, adapterShape, adapterConfig } = trained;
  const fingerprint = fingerprintOf(options);
  const resumed = await resumeCheckpoint(paths.checkpoints, {
    specs,
    weights,
    moments,
    fingerprint,
    adapter: adapterConfig !== null,
  });
  const order = createOrder(train.length, resumed?.order ?? seed);
  const sequencesPerStep = settings.batchSize * settings.accumulation;
  const steps = totalSteps(train.length, sequencesPerStep, settings.epochs);
  let best = resumed?.best ?? null;

  await keepStepsUpTo(paths.steps, resumed?.step ?? -1);
  const log = await openJsonlAppender(paths.steps);
  const frozen = settings.method === "lora" && sizeBytes(base) < storedWeightsLimitBytes ? base : undefined;
  const recompute = parameterCount(baseTensors(config)) > recomputeAboveParameters;
  const graphOptions = { config, rowTokens: settings.rowTokens, adapter: adapterShape, frozen, recompute };
  const trainGraph = buildLlamaGraph({ ...graphOptions, trainable: settings.method === "lora" ? "adapter" : "all" });
  const lossGraph = buildLlamaGraph({ ...graphOptions, trainable: "none" });
  const allWeights: Weights = new Map([...base, ...weights]);
  const clock = createClock(train, steps, sequencesPerStep, settings.epochs, order.state());

  try {
    return await withSession(lossGraph.onnx, { threads }, (lossSession) =>
      withSession(trainGraph.onnx, { threads }, async (trainSession) => {
        const meanLoss = () =>
          validate(lossSession, lossGraph, { config, weights: allWeights, adapterShape, validation, settings, signal });
        const sums = new Map(
          specs.map(({ name, shape }) => [name, { data: new Float32Array(elements(shape)), shape }]),
        );
        const outs = new Map(
          specs.map(({ name, shape }) => [name, { data: new Float32Array(elements(shape)), shape }]),
        );
        const weightFeeds = feedsOf(trainGraph, config, allWeights, adapterShape);
        let validationLoss: number | null = best?.validationLoss ?? null;
        let trainLoss: number | null = null;

        const save = async (step: number, measured: boolean) => {
          if (measured) {
            validationLoss = await meanLoss();
            await log.append({ step, epoch: order.state().epoch, validationLoss } satisfies StepRow);
            if (!best || validationLoss < best.validationLoss) best = { step, validationLoss };
          }
          const state: TrainState = { step, order: order.state(), fingerprint, best };
          await writeCheckpoint(paths.checkpoints, { specs, weights, moments, state, adapter: adapterConfig });
          if (best)
            await writeJsonFile(paths.best, {
              step: best.step,
              checkpoint: join("checkpoints", checkpointName(best.step)),
              validationLoss: best.validationLoss,
            });
        };
        if (!resumed) await save(0, true);

        for (let step = resumed?.step ?? 0; step < steps; step++) {
          const orderBefore = order.state();
          const examples = order.next(sequencesPerStep).map((index) => train[index]);
          const tokenCount = examples.reduce((sum, { ids }) => sum + ids.length, 0);
          const lossCount = examples.reduce((sum, example) => sum + lossTokens(example), 0);
          const runs = chunk(packRows(examples, settings.rowTokens), settings.rowsPerRun);
          const started = performance.now();
          for (const sum of sums.values()) sum.data.fill(0);
          let loss = 0;
          for (const [i, rows] of runs.entries()) {
            options.onProgress?.({
              step,
              steps,
              withinStep: i / runs.length,
              trainLoss,
              validationLoss,
              ...clock.now(),
            });
            await yieldToEvents();
            if (signal?.aborted) {
              const state: TrainState = { step, order: orderBefore, fingerprint, best };
              await writeCheckpoint(paths.checkpoints, { specs, weights, moments, state, adapter: adapterConfig });
              throw signal.reason;
            }
            const into = Object.fromEntries([...outs].map(([name, out]) => [gradientName(name), out]));
            const result = await trainSession.run(
              { ...weightFeeds, ...rowFeeds(rows, settings.rowTokens, 1 / lossCount) },
              into,
            );
            loss += Number(result.loss.data[0]);
            for (const [name, out] of outs) accumulate(sums.get(name)!.data, out.data);
            clock.done(rows.flat().reduce((sum, { ids }) => sum + ids.length, 0));
          }
          if (!Number.isFinite(loss))
            throw new UserError(
              `The loss became ${loss} at step ${step + 1}. Lower train.learningRate (now ${settings.learningRate}); ${paths.checkpoints} holds the last good state.`,
            );
          const gradNorm = globalNorm([...sums.values()].map(({ data }) => data));
          const learningRate = learningRateAt(step, steps, settings);
          const gradientScale = clipFactor(gradNorm, settings.maxGradNorm);
          for (const { name } of specs) {
            adamW(weights.get(name)!, sums.get(name)!.data, moments.get(name)!, {
              ...settings,
              step: step + 1,
              learningRate,
              gradientScale,
            });
          }
          trainLoss = loss;
          const seconds = Math.round(performance.now() - started) / 1000;
          await log.append({
            step: step + 1,
            epoch: orderBefore.epoch,
            loss,
            gradNorm,
            learningRate,
            sequences: examples.length,
            tokens: tokenCount,
            lossTokens: lossCount,
            seconds,
          } satisfies StepRow);
          if ((step + 1) % settings.checkpointEvery === 0 || step + 1 === steps) await save(step + 1, true);
          options.onProgress?.({ step: step + 1, steps, withinStep: 0, trainLoss, validationLoss, ...clock.now() });
        }
        if (!best) throw new Error("broken invariant: training ended without a validated checkpoint");
        return {
          steps,
          trainableParameters: specs.reduce((sum, { shape }) => sum + elements(shape), 0),
          best: { ...best, checkpoint: join("checkpoints", checkpointName(best.step)) },
          startLoss: await firstValidationLoss(paths.steps),
        };
      }),
    );
  } finally {
    await log.close();
  }
}

/** The mean loss over all completion tokens of `examples`, in nats. */
async function validate(
  session: Session,
  graph: LlamaGraph,
  options: {
    config: LlamaConfig;
    weights: Weights;
    adapterShape?: AdapterShape;
    validation: readonly Example[];
    settings: Recipe["train"];
    signal?: AbortSignal;
  },
): Promise<number> {
  const { config, weights, adapterShape, validation, settings, signal } = options;
  const weightFeeds = feedsOf(graph, config, weights, adapterShape);
  const count = validation.reduce((sum, example) => sum + lossTokens(example), 0);
  let loss = 0;
  for (const rows of chunk(packRows(validation, settings.rowTokens), settings.rowsPerRun)) {
    await yieldToEvents();
    signal?.throwIfAborted();
    const result = await session.run({ ...weightFeeds, ...rowFeeds(rows, settings.rowTokens, 1 / count) });
    loss += Number(result.loss.data[0]);
  }
  return loss;
}

interface Trained {
  readonly specs: readonly TensorSpec[];
  readonly weights: Weights;
  readonly moments: ReadonlyMap<string, Moments>;
  readonly adapterShape?: AdapterShape;
  readonly adapterConfig: AdapterConfig | null;
}

/** The tensors that will move, at their starting values, with zero moments. Full training works on a copy of the base. */
function trainedTensors({ config, base, baseName, settings, seed }: FitOptions): Trained {
  const zeros = (specs: readonly TensorSpec[]) =>
    new Map(
      specs.map(({ name, shape }) => [
        name,
        { m: new Float32Array(elements(shape)), v: new Float32Array(elements(shape)) },
      ]),
    );
  if (settings.method === "full") {
    const specs = baseTensors(config);
    return {
      specs,
      weights: new Map(specs.map(({ name }) => [name, base.get(name)!.slice()])),
      moments: zeros(specs),
      adapterConfig: null,
    };
  }
  const { rank, alpha, rsLora, targets } = settings;
  const specs = adapterTensors(config, targets, rank);
  return {
    specs,
    weights: new Map(specs.map((spec) => [spec.name, initialAdapter(spec, seed)])),
    moments: zeros(specs),
    adapterShape: { rank, targets, scale: adapterScale(settings) },
    adapterConfig: { rank, alpha, rsLora, targets, base: baseName },
  };
}

/** What multiplies B·A: alpha / √rank with rsLoRA (arXiv:2312.03732), alpha / rank without. The paper's 16, 16 give 4. */
export function adapterScale({ rank, alpha, rsLora }: Pick<Recipe["train"], "rank" | "alpha" | "rsLora">): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

/** PEFT's start: A uniform in ±1/√in (Kaiming with a = √5), B zero. Each tensor has its own seed, so targets do not disturb each other. */
function initialAdapter({ name, shape }: TensorSpec, seed: number): Float32Array {
  const data = new Float32Array(elements(shape));
  if (name.endsWith(".lora_B.weight")) return data;
  const random = createRandom(`${seed}/${name}`);
  const bound = 1 / Math.sqrt(shape[1]);
  return data.map(() => (2 * random.next() - 1) * bound);
}

function feedsOf(
  graph: LlamaGraph,
  config: LlamaConfig,
  weights: Weights,
  adapter?: AdapterShape,
): Record<string, HostTensor> {
  const specs = [...baseTensors(config), ...(adapter ? adapterTensors(config, adapter.targets, adapter.rank) : [])];
  const wanted = new Set(graph.weightInputs);
  return Object.fromEntries(
    specs.filter(({ name }) => wanted.has(name)).map(({ name, shape }) => [name, { data: weights.get(name)!, shape }]),
  );
}

function checkExamples({ train, validation, settings }: FitOptions): void {
  if (train.length === 0)
    throw new UserError("There is no reply to train on. Run distill first, or look at rejected.jsonl for the reasons.");
  if (validation.length === 0)
    throw new UserError(
      `There is no reply to validate on: ${train.length} replies are too few for train.validationFraction. Distill more mail, or raise it.`,
    );
  const longest = [...train, ...validation].reduce((max, { ids }) => Math.max(max, ids.length), 0);
  if (longest > settings.rowTokens) {
    throw new UserError(
      `A sequence has ${longest} tokens, but train.rowTokens is ${settings.rowTokens}. Set train.rowTokens to at least train.maxTokens (${settings.maxTokens}).`,
    );
  }
}

/** A hash of everything that decides the result: data, settings, shape, seed and a sample of the base. */
function fingerprintOf({ config, base, settings, seed, train, validation }: FitOptions): string {
  const hash = createHash("sha256").update(JSON.stringify({ config, settings, seed }));
  for (const { id, ids, completionStart } of [...train, ...validation])
    hash.update(`${id} ${completionStart} `).update(ids);
  for (const [name, data] of base) hash.update(name).update(data.subarray(0, 1024));
  return hash.digest("hex").slice(0, 16);
}

/** Drops rows of steps.jsonl after `step`: they will be computed again. */
async function keepStepsUpTo(path: string, step: number): Promise<void> {
  const kept: unknown[] = [];
  if (step >= 0) for await (const { value } of readJsonl(path)) if ((value as StepRow).step <= step) kept.push(value);
  await writeJsonlFile(path, kept);
}

async function firstValidationLoss(path: string): Promise<number> {
  for await (const { value } of readJsonl(path)) {
    const row = value as StepRow;
    if (row.validationLoss !== undefined) return row.validationLoss;
  }
  throw new Error(`broken invariant: ${path} has no validation loss`);
}

function accumulate(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += part[i];
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function sizeBytes(weights: Weights): number {
  return [...weights.values()].reduce((sum, data) => sum + data.byteLength, 0);
}

/** Tokens a second over the last 20 seconds or so, and the time left. */
function createClock(
  train: readonly Example[],
  steps: number,
  sequencesPerStep: number,
  epochs: number,
  at: { epoch: number; taken: number },
) {
  const perEpoch = train.reduce((sum, { ids }) => sum + ids.length, 0);
  let left = perEpoch * (epochs - at.epoch) - (perEpoch * at.taken) / train.length;
  let rate = 0;
  let last = performance.now();
  return {
    done(tokens: number) {
      const now = performance.now();
      const current = (tokens * 1000) / Math.max(1, now - last);
      const weight = rate === 0 ? 1 : 1 - Math.exp(-(now - last) / 20_000);
      rate += weight * (current - rate);
      left -= tokens;
      last = now;
    },
    now: () => ({ tokensPerSecond: rate, secondsLeft: rate > 0 ? Math.max(0, left / rate) : Number.NaN }),
  };
}
