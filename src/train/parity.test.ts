/** The trainer against PyTorch + PEFT + transformers on one fixed packed batch, for each architecture: golden/README files say how made. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { openSafetensors, type TensorReader } from "../formats/index.ts";
import {
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  type LlamaConfig,
  loraScale,
  PEFT_PREFIX,
  readBaseWeights,
  readLlamaConfig,
  type Weights,
} from "../model/index.ts";
import { defaultRecipe, type Recipe } from "../recipe.ts";
import { type HostTensor, type OpenSession, withSession } from "../runtime/index.ts";
import { type Engine, withEngine } from "./engine.ts";
import { type Example, lossTokens, packRows, rowFeeds } from "./pack.ts";
import { takeStep } from "./step.ts";
import { startTrained, type Trained } from "./trained.ts";

const openSession: OpenSession = (model, use) => withSession(model, { threads: 1 }, use);

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

const places = ["train", ...["qwen2", "qwen3", "granite", "smollm3"].map((name) => `architectures/${name}`)];

describe.each(places)("golden/%s", (at) => {
  let config: LlamaConfig;
  let base: Weights;
  let golden: Golden;
  let truth: TensorReader;
  let adapterStart: Weights;
  let settings: Recipe["train"];

  beforeAll(async () => {
    const folder = fileURLToPath(new URL(`../../golden/${at}/`, import.meta.url));
    config = await readLlamaConfig(`${folder}base`);
    base = await readBaseWeights(`${folder}base`, config);
    golden = JSON.parse(await readFile(`${folder}golden.json`, "utf8")) as Golden;
    truth = await openSafetensors(`${folder}golden.safetensors`);
    const { hyper, rowTokens } = golden;
    settings = { ...defaultRecipe().train, ...hyper, rowTokens, rank: 4, alpha: 4, schedule: "linear" };
    const reader = await openSafetensors(`${folder}adapter/adapter_model.safetensors`);
    adapterStart = new Map();
    for (const { name } of adapterTensors(config, settings.targets, settings.rank))
      adapterStart.set(name, await reader.readFloat32(PEFT_PREFIX + name));
    await reader.close();
    return () => truth.close();
  });

  /** The golden row taken apart into its sequences: `rowFeeds` must put the same row together again. */
  function sequences(): Example[] {
    const { tokens, segments, lossPositions } = golden.batch;
    const count = Math.max(...segments);
    return Array.from({ length: count }, (_, i) => {
      const from = segments.indexOf(i + 1);
      const ids = Int32Array.from(tokens.filter((_, at) => segments[at] === i + 1));
      return { id: `${i}`, ids, completionStart: lossPositions.find((at) => at >= from)! + 1 - from };
    });
  }

  /** What training starts from, with the golden's adapter where it trains one. */
  function trainedOf(method: "lora" | "full"): Trained {
    const trained = startTrained({ config, base, baseName: "tiny", settings: { ...settings, method }, seed: 1 });
    if (method === "lora") for (const [name, data] of adapterStart) trained.weights.get(name)!.set(data);
    return trained;
  }

  function withTrainer<T>(
    method: "lora" | "full",
    use: (engine: Engine, trained: Trained) => Promise<T>,
    recompute = false,
  ): Promise<T> {
    const trained = trainedOf(method);
    const options = { config, base, trained, settings: { ...settings, method }, openSession, recompute };
    return withEngine(options, (engine) => use(engine, trained));
  }

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

  async function expectGradients(method: "lora" | "full", recompute: boolean): Promise<void> {
    await withTrainer(
      method,
      async (engine, trained) => {
        const { loss, gradients } = await engine.lossAndGradients(sequences());
        expectClose(Float32Array.of(loss), await truth.readFloat32(`${method}.loss`), "loss");
        expect([...gradients.keys()]).toEqual(trained.specs.map(({ name }) => name));
        for (const [name, gradient] of gradients)
          expectClose(gradient, await truth.readFloat32(`${method}.gradient.${name}`), name);
        expectClose(
          Float32Array.of(await engine.meanLoss(sequences())),
          await truth.readFloat32(`${method}.loss`),
          "mean loss",
        );
      },
      recompute,
    );
  }

  test("rowFeeds packs the golden's row", () => {
    const feeds = rowFeeds([sequences()], golden.rowTokens, 1);
    const packed = Object.fromEntries(
      Object.entries(feeds).map(([name, { data }]) => [name, Array.from(data, Number)]),
    );
    const { tokens, segments } = golden.batch; // its padding holds random tokens, ours zeros: nobody looks at them
    expect(packed).toMatchObject({ ...golden.batch, tokens: tokens.map((id, at) => (segments[at] === 0 ? 0 : id)) });
  });

  describe("full training", () => {
    test("loss and every gradient of the base equal PyTorch's", () => expectGradients("full", false));
  });

  describe("LoRA on the seven projections", () => {
    test.each([false, true])("loss and every gradient equal PEFT's, recompute: %s", (recompute) =>
      expectGradients("lora", recompute),
    );

    test("logits and losses by token equal PEFT's, with frozen weights fed or stored in the graph", async () => {
      const { rank, targets } = settings;
      const adapter = { rank, targets, scale: loraScale(settings) };
      const weights = new Map([...base, ...adapterStart]);
      const specs = [...baseTensors(config), ...adapterTensors(config, targets, rank)];
      const fed = Object.fromEntries(specs.map(({ name, shape }) => [name, { data: weights.get(name)!, shape }]));
      for (const frozen of [undefined, base]) {
        const graph = {
          config,
          longest: golden.rowTokens,
          adapter,
          trainable: "none",
          withLogits: true,
          frozen,
        } as const;
        await openSession(buildLlamaGraph(graph).onnx, async (session) => {
          const result = await session.run({ ...fed, ...rowFeeds([sequences()], golden.rowTokens, 1) });
          expectClose(result.logits.data, await truth.readFloat32("lora.logits"), "logits");
          expectClose(result.nll.data, await truth.readFloat32("lora.nll"), "nll");
        });
      }
    });

    test("log-probabilities and weighted gradients: PyTorch's, whatever the weights' sign", async () => {
      const examples = sequences();
      const nll = await truth.readFloat32("lora.nll");
      await withTrainer("lora", async (engine) => {
        const found = await engine.logProbabilities(examples);
        const inRow = packRows(examples, golden.rowTokens).flat();
        expectClose(
          Float32Array.from(inRow.flatMap((example) => [...found.get(example)!].map((value) => -value))),
          nll,
          "nll",
        );

        const mean = new Map(examples.map((example) => [example, found.get(example)!.map(() => -1 / nll.length)]));
        const { loss, gradients } = await engine.weightedGradients(examples, mean);
        expect(-loss).toBeCloseTo((await truth.readFloat32("lora.loss"))[0], 5);
        for (const [name, gradient] of gradients) {
          const negative = gradient.map((value) => -value);
          expectClose(negative, await truth.readFloat32(`lora.gradient.${name}`), name);
        }
      });
    });

    test("each token's own weight reaches its own gradient: single tokens sum up to the whole", async () => {
      const examples = sequences();
      await withTrainer("lora", async (engine) => {
        const weightOf = (example: Example, i: number) => (example.id === "0" ? -0.5 : 0.25) * (i + 1);
        const weigh = (keep: (id: string, i: number) => boolean) =>
          new Map(
            examples.map((example) => [
              example,
              Array.from({ length: lossTokens(example) }, (_, i) => (keep(example.id, i) ? weightOf(example, i) : 0)),
            ]),
          );
        const gradients = async (weights: ReturnType<typeof weigh>) =>
          new Map([...(await engine.weightedGradients(examples, weights)).gradients].map(([n, d]) => [n, d.slice()]));
        const whole = await gradients(weigh(() => true));
        const first = await gradients(weigh((id, i) => id === "0" && i % 2 === 0));
        const rest = await gradients(weigh((id, i) => !(id === "0" && i % 2 === 0)));
        for (const [name, data] of whole) {
          expect(first.get(name)!.some((value) => value !== 0)).toBe(true);
          const sum = data.map((_, i) => first.get(name)![i] + rest.get(name)![i]);
          expectClose(sum, data, name);
        }
      });
    });

    test("ten steps of clipping, warm-up, decay and AdamW end at PyTorch's weights and moments", async () => {
      const { weights, moments } = await withTrainer("lora", async (engine, trained) => {
        for (const [done, expected] of golden.steps.entries()) {
          const examples = sequences();
          const step = await takeStep({ engine, trained, settings, examples, done, steps: golden.hyper.steps });
          if ("skipped" in step) throw new Error(`step ${done + 1} was skipped: ${step.skipped}`);
          expect(step.learningRate).toBeCloseTo(expected.learningRate, 12);
          expect(step.loss / expected.loss).toBeCloseTo(1, 4);
          expect(step.gradNorm / expected.gradNorm).toBeCloseTo(1, 4);
        }
        return trained;
      });
      // Adam divides by √v, which magnifies rounding where v is tiny: 1e-3 of the largest element after ten steps.
      for (const [name, { m, v }] of moments) {
        expectClose(weights.get(name)!, await truth.readFloat32(`after.${name}`), name, 1e-3);
        expectClose(m, await truth.readFloat32(`after.m.${name}`), `m of ${name}`, 1e-3);
        expectClose(v, await truth.readFloat32(`after.v.${name}`), `v of ${name}`, 1e-3);
      }
    });
  });
});
