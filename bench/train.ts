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
  loraScale,
  parameterCount,
} from "../src/model/index.ts";
import { createRandom } from "../src/random.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { type HostTensor, withSession } from "../src/runtime/index.ts";
import { type Example, lossTokens, packRows, rowFeeds } from "../src/train/pack.ts";
import { randomWeights, shapes } from "./train-shapes.ts";

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
const adapter = lora ? { rank: train.rank, scale: loraScale(train), targets: train.targets } : undefined;
const random = createRandom(1);
const specs = [...baseTensors(config), ...(adapter ? adapterTensors(config, adapter.targets, adapter.rank) : [])];
const weights = randomWeights(specs);
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
