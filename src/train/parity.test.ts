/** The trainer against PyTorch + PEFT + transformers on one fixed packed batch: golden/train, made by scripts/goldens/train.py. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { openSafetensors, type TensorReader } from "../formats/index.ts";
import {
  type AdapterShape,
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  gradientName,
  type LlamaConfig,
  readBaseWeights,
  readLlamaConfig,
  type Weights,
} from "../model/index.ts";
import { type HostTensor, withSession } from "../runtime/index.ts";
import { adamW, clipFactor, globalNorm } from "./optimizer.ts";
import { learningRateAt } from "./schedule.ts";

const folder = fileURLToPath(new URL("../../golden/train/", import.meta.url));
const adapter: AdapterShape = {
  rank: 4,
  scale: 4 / Math.sqrt(4),
  targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
};

interface Golden {
  rowTokens: number;
  hyper: {
    learningRate: number;
    warmupSteps: number;
    steps: number;
    maxGradNorm: number;
    weightDecay: number;
    beta1: number;
    beta2: number;
    epsilon: number;
  };
  batch: Record<"tokens" | "segments" | "positions" | "lossPositions" | "targets", number[]>;
  steps: { loss: number; gradNorm: number; learningRate: number }[];
}

let config: LlamaConfig;
let base: Weights;
let golden: Golden;
let truth: TensorReader;
let adapterStart: Weights;

beforeAll(async () => {
  config = await readLlamaConfig(`${folder}base`);
  base = await readBaseWeights(`${folder}base`, config);
  golden = JSON.parse(await readFile(`${folder}golden.json`, "utf8")) as Golden;
  truth = await openSafetensors(`${folder}golden.safetensors`);
  const reader = await openSafetensors(`${folder}adapter/adapter_model.safetensors`);
  adapterStart = new Map();
  for (const { name } of adapterTensors(config, adapter.targets, adapter.rank))
    adapterStart.set(name, await reader.readFloat32(`base_model.model.${name}`));
  await reader.close();
  return () => truth.close();
});

/** Float32 against float32 with other summation orders: the differences seen are below 3e-6 of the largest element; ten times that is allowed. */
function expectClose(actual: HostTensor["data"], expected: Float32Array, what: string, tolerance = 3e-5): void {
  expect(actual.length, what).toBe(expected.length);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(Number(actual[i]) - expected[i]));
  expect(worst, `${what}: worst difference ${worst}, largest element ${largest}`).toBeLessThanOrEqual(
    tolerance * largest,
  );
}

function feeds(weights: Weights): Record<string, HostTensor> {
  const { batch, rowTokens } = golden;
  const int = (list: number[], shape: number[]): HostTensor => ({ data: BigInt64Array.from(list, BigInt), shape });
  const n = batch.targets.length;
  const result: Record<string, HostTensor> = {
    tokens: int(batch.tokens, [rowTokens]),
    positions: int(batch.positions, [1, rowTokens]),
    segments: int(batch.segments, [1, rowTokens]),
    lossPositions: int(batch.lossPositions, [n]),
    targets: int(batch.targets, [n]),
    weights: { data: new Float32Array(n).fill(1 / n), shape: [n] },
  };
  for (const { name, shape } of [...baseTensors(config), ...adapterTensors(config, adapter.targets, adapter.rank)]) {
    const data = weights.get(name);
    if (data) result[name] = { data, shape };
  }
  return result;
}

describe("full training", () => {
  test("logits, loss and every gradient of the base equal PyTorch's", async () => {
    const graph = buildLlamaGraph({ config, rowTokens: golden.rowTokens, trainable: "all", withLogits: true });
    expect(graph.trainable).toEqual(baseTensors(config).map(({ name }) => name));
    await withSession(graph.onnx, { threads: 1 }, async (session) => {
      const result = await session.run(feeds(base));
      expectClose(result.logits.data, await truth.readFloat32("full.logits"), "logits");
      expectClose(result.nll.data, await truth.readFloat32("full.nll"), "nll");
      for (const name of graph.trainable)
        expectClose(result[gradientName(name)].data, await truth.readFloat32(`full.gradient.${name}`), name);
    });
  });
});

describe("LoRA on the seven projections", () => {
  test("logits, loss and every gradient equal PEFT's, with frozen weights fed or stored in the graph", async () => {
    for (const frozen of [undefined, base]) {
      const graph = buildLlamaGraph({
        config,
        rowTokens: golden.rowTokens,
        adapter,
        trainable: "adapter",
        withLogits: true,
        frozen,
      });
      expect(graph.trainable).toEqual(adapterTensors(config, adapter.targets, adapter.rank).map(({ name }) => name));
      await withSession(graph.onnx, { threads: 1 }, async (session) => {
        const result = await session.run(feeds(new Map([...base, ...adapterStart])));
        expectClose(result.logits.data, await truth.readFloat32("lora.logits"), "logits");
        expectClose(result.loss.data, await truth.readFloat32("lora.loss"), "loss");
        for (const name of graph.trainable)
          expectClose(result[gradientName(name)].data, await truth.readFloat32(`lora.gradient.${name}`), name);
      });
    }
  });

  test("ten steps of clipping, warm-up, decay and AdamW end at PyTorch's weights and moments", async () => {
    const graph = buildLlamaGraph({ config, rowTokens: golden.rowTokens, adapter, trainable: "adapter" });
    const weights: Weights = new Map([...base].concat([...adapterStart].map(([name, data]) => [name, data.slice()])));
    const moments = new Map(
      graph.trainable.map((name) => [
        name,
        { m: new Float32Array(weights.get(name)!.length), v: new Float32Array(weights.get(name)!.length) },
      ]),
    );
    const { hyper } = golden;
    await withSession(graph.onnx, { threads: 1 }, async (session) => {
      for (const [step, expected] of golden.steps.entries()) {
        const result = await session.run(feeds(weights));
        const gradients = graph.trainable.map((name) => result[gradientName(name)].data as Float32Array);
        const gradNorm = globalNorm(gradients);
        const learningRate = learningRateAt(step, hyper.steps, { ...hyper, schedule: "linear" });
        expect(learningRate).toBeCloseTo(expected.learningRate, 12);
        expect(Number(result.loss.data[0]) / expected.loss).toBeCloseTo(1, 4);
        expect(gradNorm / expected.gradNorm).toBeCloseTo(1, 4);
        const gradientScale = clipFactor(gradNorm, hyper.maxGradNorm);
        graph.trainable.forEach((name, i) => {
          adamW(weights.get(name)!, gradients[i], moments.get(name)!, {
            ...hyper,
            step: step + 1,
            learningRate,
            gradientScale,
          });
        });
      }
    });
    // Adam divides by √v, which magnifies rounding where v is tiny: 1e-3 of the largest element after ten steps.
    for (const name of graph.trainable) {
      expectClose(weights.get(name)!, await truth.readFloat32(`after.${name}`), name, 1e-3);
      expectClose(moments.get(name)!.m, await truth.readFloat32(`after.m.${name}`), `m of ${name}`, 1e-3);
      expectClose(moments.get(name)!.v, await truth.readFloat32(`after.v.${name}`), `v of ${name}`, 1e-3);
    }
  });
});
