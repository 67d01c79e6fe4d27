/**
 * The torch engine beside plain PEFT under TRL, on the same card, at the same shape and on the same sequences: tokens a second, share of the
 * card's arithmetic (MFU) and memory, packed and one sequence a row. Weights and tokens are random: what is measured does not depend on them.
 *
 *   npx tsx bench/gpu.ts --python .venv/bin/python                    # Llama 3.2 1B, 64 sequences a step; .venv has bench/gpu_requirements.txt
 *   npx tsx bench/gpu.ts --python .venv/bin/python --shape 135m-3layers --steps 4 --sequences 8 --tokens 120    # a trial without a GPU
 */
import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { hashFile } from "../src/formats/index.ts";
import { writeJob } from "../src/jobs/index.ts";
import { baseTensors } from "../src/model/index.ts";
import { createRandom } from "../src/random.ts";
import { defaultRecipe } from "../src/recipe.ts";
import type { Example, FitOptions } from "../src/train/index.ts";
import { shapes, writeRandomBase } from "./train/shapes.ts";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    shape: { type: "string", default: "llama-3.2-1b" },
    steps: { type: "string", default: "10" }, //     the first two are not timed
    sequences: { type: "string", default: "64" }, // a step, as in the paper
    tokens: { type: "string", default: "500" }, //   of a sequence, mean; a third of them are the reply's
    row: { type: "string", default: "1024" }, //     tokens of a packed row, and of the longest sequence
    rows: { type: "string", default: "16" }, //      rows in one pass; less where memory ends
    peer: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const number = (name: "steps" | "sequences" | "tokens" | "row" | "rows") => Number(values[name]);
const [steps, sequences, row, rows] = [number("steps"), number("sequences"), number("row"), number("rows")];
const config = shapes[values.shape];
const run = promisify(execFile);
const here = (name: string) => new URL(name, import.meta.url).pathname;

/** What one process prints last. */
interface Measured {
  readonly device: string;
  /** Of the card, or of the process where there is none. */
  readonly peakGiB: number;
  /** What a large product of matrices reaches, in TFLOP/s. */
  readonly productTflops: number;
  /** Of each timed step. */
  readonly seconds: readonly number[];
  readonly tokens: readonly number[];
}

const scratch = await mkdtemp(join(tmpdir(), "pocketreply-bench-gpu-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
const baseFolder = join(scratch, "base");
await writeRandomBase(baseFolder, config);
const random = createRandom(1);
const examples = Array.from({ length: steps * sequences }, (_, i): Example => {
  const length = Math.min(row, Math.max(16, Math.round(number("tokens") * (0.4 + 1.2 * random.next()))));
  const ids = Int32Array.from({ length }, () => 1 + random.integer(config.vocabularySize - 1)); // 0 pads the peer's rows
  return { id: `${i}`, ids, completionStart: length - Math.ceil(length / 3) };
});

/** A job folder of ours; `packed` or not: then each row of its plan is one sequence. */
async function writeOurs(packed: boolean): Promise<string> {
  const folder = join(scratch, packed ? "packed" : "unpacked");
  const { train } = defaultRecipe();
  const fit: FitOptions = {
    ...{ config, base: new Map(), baseDigest: "random", baseName: "random", seed: 1 },
    settings: {
      ...{
        ...train,
        batchSize: sequences,
        accumulation: 1,
        epochs: 1,
        rowTokens: row,
        maxTokens: row,
        rowsPerRun: rows,
      },
      ...{ checkpointEvery: 10 * steps, warmupSteps: 0, learningRate: 1e-5 },
    },
    ...{ train: examples, validation: examples.slice(0, 1) },
    paths: {
      ...{ steps: join(folder, "none", "steps.jsonl"), checkpoints: join(folder, "none", "checkpoints") },
      ...{ best: join(folder, "none", "best.json"), badBatch: join(folder, "none", "bad.json") },
    },
  };
  const job = join(folder, "job");
  await writeJob(job, { fit, baseFolder });
  if (packed) return job;
  const plan = join(job, "plan.jsonl");
  const old = await hashFile(plan);
  const lines = (await readFile(plan, "utf8")).trim().split("\n");
  const alone = lines.map((line) => {
    const step = JSON.parse(line) as { rows: number[][] }; // written by writeJob
    return JSON.stringify({ ...step, rows: step.rows.flat().map((index) => [index]) });
  });
  await writeFile(plan, `${alone.join("\n")}\n`);
  const sums = join(job, "SHA256SUMS");
  await writeFile(sums, (await readFile(sums, "utf8")).replace(old, await hashFile(plan)));
  return job;
}

async function measureOurs(packed: boolean): Promise<Measured> {
  const job = await writeOurs(packed);
  const out = join(job, "out");
  const { stdout } = await run(values.python, [here("gpu_steps.py"), join(job, "train.py"), "--out", out]);
  const last = JSON.parse(stdout.trim().split("\n").at(-1)!) as Omit<Measured, "seconds" | "tokens">;
  const taken = readFileSync(join(out, "steps.jsonl"), "utf8").trim().split("\n");
  const timed = taken.map((line) => JSON.parse(line) as { seconds?: number; tokens: number; step: number });
  const steady = timed.filter(({ seconds, step }) => seconds !== undefined && step > 2);
  return { ...last, seconds: steady.map(({ seconds }) => seconds!), tokens: steady.map(({ tokens }) => tokens) };
}

async function measurePeer(packed: boolean): Promise<Measured> {
  const data = join(scratch, "sequences.json");
  await writeFile(data, JSON.stringify(examples.map(({ ids, completionStart }) => [[...ids], completionStart])));
  const { rank, alpha, targets } = defaultRecipe().train;
  const job = { data, base: baseFolder, packed, row, rows, sequences, steps, rank, alpha, targets };
  const { stdout } = await run(values.python, [here("gpu_peer.py"), JSON.stringify(job)], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Measured;
}

/** FLOP of a token under LoRA: forward and backward through frozen products (no gradient of their weights), the head where there is loss, attention. */
function flopsPerToken(): number {
  const inLayers = baseTensors(config)
    .filter(({ name, shape }) => shape.length === 2 && name.includes(".layers."))
    .reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
  const head = config.hiddenSize * config.vocabularySize;
  const attention = 2 * config.layers * config.heads * config.headSize * (number("tokens") / 2); // mean reach of a causal mask
  return 4 * (inLayers + head / 3) + 3 * 2 * attention;
}

const dense = [
  ["H200", 989],
  ["H100", 989],
  ["A100", 312],
  ["L40S", 362],
  ["L4", 121],
] as const; // bfloat16 without sparsity, TFLOP/s, by NVIDIA's data sheets of the SXM cards
const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
console.log(
  `${values.shape}: ${sequences} sequences a step of ${number("tokens")} tokens, rows of ${row}, ${steps - 2} timed steps`,
);
for (const packed of [true, false])
  for (const [who, measure] of [
    ["ours", measureOurs],
    ["PEFT + TRL", measurePeer],
  ] as const) {
    if (who !== "ours" && !values.peer) continue;
    const { device, peakGiB, productTflops, seconds, tokens } = await measure(packed);
    const rate = sum(tokens) / sum(seconds);
    const tflops = (rate * flopsPerToken()) / 1e12;
    const peak = dense.find(([name]) => device.includes(name))?.[1];
    const mfu = peak === undefined ? "no peak known" : `MFU ${((100 * tflops) / peak).toFixed(1)} %`;
    console.log(
      `  ${who.padEnd(10)} ${packed ? "packed  " : "unpacked"} ${rate.toFixed(0)} tokens/s, ${tflops.toFixed(2)} TFLOP/s (${mfu}; a large product ${productTflops.toFixed(2)}), ${peakGiB.toFixed(2)} GiB, ${device}`,
    );
  }
