/**
 * Speed and memory of one forward and backward pass at a given shape with random weights.
 *
 *   npx tsx bench/train.ts --shape pocket --method lora
 *   npx tsx bench/train.ts --shape llama-3.2-1b --runs 3        # about 11 GB of memory
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import {
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  gradientName,
  type LlamaConfig,
  parameterCount,
} from "../src/model/index.ts";
import { createRandom } from "../src/random.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { type HostTensor, withSession } from "../src/runtime/index.ts";
import { type Example, lossTokens, packRows, rowFeeds } from "../src/train/pack.ts";
import { adapterScale } from "../src/train/trained.ts";

const shared = { normEpsilon: 1e-5, tiedEmbeddings: true };
const llama3Rope = {
  ropeTheta: 500_000,
  ropeScaling: { factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 },
  maxPositions: 131_072,
};
const plainRope = { ropeTheta: 10_000, ropeScaling: null, maxPositions: 1024 };
const shapes: Record<string, LlamaConfig> = {
  "llama-3.2-1b": {
    ...shared,
    ...llama3Rope,
    hiddenSize: 2048,
    ffnSize: 8192,
    layers: 16,
    heads: 32,
    kvHeads: 8,
    headSize: 64,
    vocabularySize: 128_256,
  },
  "1b-2layers": {
    ...shared,
    ...llama3Rope,
    hiddenSize: 2048,
    ffnSize: 8192,
    layers: 2,
    heads: 32,
    kvHeads: 8,
    headSize: 64,
    vocabularySize: 8192,
  },
  pocket: {
    ...shared,
    ...plainRope,
    hiddenSize: 256,
    ffnSize: 768,
    layers: 6,
    heads: 8,
    kvHeads: 4,
    headSize: 32,
    vocabularySize: 4096,
  },
  small: {
    ...shared,
    ...plainRope,
    hiddenSize: 192,
    ffnSize: 512,
    layers: 6,
    heads: 6,
    kvHeads: 3,
    headSize: 32,
    vocabularySize: 4096,
  },
};

const { values } = parseArgs({
  options: {
    shape: { type: "string", default: "pocket" },
    method: { type: "string", default: "lora" },
    rowTokens: { type: "string", default: "1024" },
    rows: { type: "string", default: "1" },
    sequence: { type: "string", default: "240" },
    completion: { type: "string", default: "60" },
    runs: { type: "string", default: "5" },
    recompute: { type: "boolean", default: false },
    threads: { type: "string" },
  },
});
const config = shapes[values.shape];
const [rowTokens, rows, sequence, completion, runs] = [
  values.rowTokens,
  values.rows,
  values.sequence,
  values.completion,
  values.runs,
].map(Number);
const { train } = defaultRecipe();
const lora = values.method === "lora";
const adapter = lora ? { rank: train.rank, scale: adapterScale(train), targets: train.targets } : undefined;
const random = createRandom(1);
const specs = [...baseTensors(config), ...(adapter ? adapterTensors(config, adapter.targets, adapter.rank) : [])];
// A repeated block of normal draws: filling 1.2 billion weights one by one would take longer than the benchmark.
const draws = Float32Array.from({ length: 1 << 16 }, () => 0.02 * random.normal());
const weights = new Map(
  specs.map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
    if (name.includes("norm")) data.fill(1);
    else
      for (let at = 0; at < data.length; at += draws.length)
        data.set(draws.subarray(0, Math.min(draws.length, data.length - at)), at);
    return [name, data] as const;
  }),
);
const stored =
  lora && parameterCount(baseTensors(config)) < 1e8
    ? new Map([...weights].filter(([name]) => !name.includes(".lora_")))
    : undefined;

const built = performance.now();
const graph = buildLlamaGraph({
  config,
  rowTokens,
  adapter,
  trainable: lora ? "adapter" : "all",
  frozen: stored,
  recompute: values.recompute,
});
const examples = Array.from(
  { length: rows * Math.floor(rowTokens / sequence) },
  (_, i): Example => ({
    id: `${i}`,
    ids: Int32Array.from({ length: sequence }, () => random.integer(config.vocabularySize)),
    completionStart: lora ? sequence - completion : 0,
  }),
);
const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0);
const lossCount = examples.reduce((sum, example) => sum + lossTokens(example), 0);

await withSession(graph.onnx, { threads: values.threads ? Number(values.threads) : undefined }, async (session) => {
  const feeds: Record<string, HostTensor> = rowFeeds(packRows(examples, rowTokens), rowTokens, 1 / lossCount);
  const shapeOf = new Map(specs.map(({ name, shape }) => [name, shape]));
  for (const name of graph.weightInputs) feeds[name] = { data: weights.get(name)!, shape: shapeOf.get(name)! };
  const into = Object.fromEntries(
    graph.trainable.map((name) => [
      gradientName(name),
      { data: new Float32Array(weights.get(name)!.length), shape: shapeOf.get(name)! },
    ]),
  );
  const loadSeconds = (performance.now() - built) / 1000;
  const seconds: number[] = [];
  let loss = 0;
  for (let i = 0; i < runs + 1; i++) {
    const start = performance.now();
    const result = await session.run(feeds, into);
    loss = Number(result.loss.data[0]);
    if (i > 0) seconds.push((performance.now() - start) / 1000); // the first run allocates
  }
  const median = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
  console.log(
    JSON.stringify({
      shape: values.shape,
      method: values.method,
      parameters: parameterCount(baseTensors(config)),
      trainable: parameterCount(specs.filter(({ name }) => graph.trainable.includes(name))),
      tokensPerRun: tokens,
      lossTokensPerRun: lossCount,
      medianSeconds: Number(median.toFixed(3)),
      tokensPerSecond: Math.round(tokens / median),
      loadSeconds: Number(loadSeconds.toFixed(1)),
      peakMemoryGiB: Number((process.resourceUsage().maxRSS / 1024 ** 2).toFixed(2)),
      loss: Number(loss.toFixed(4)),
      cpu: cpus()[0].model,
      cores: cpus().length,
    }),
  );
});
