/**
 * Fine-tuning beside PyTorch: whole LoRA steps (gradients, clipping, AdamW) of both at the same shape with random weights, in turns, each
 * turn a process of its own; medians, ratios, memory, the time to a first step, and what the machine's matrix products reach.
 *
 *   npx tsx bench/train.ts --shape smollm2-135m --python venv/bin/python             # torch, transformers and peft in it
 *   npx tsx bench/train.ts --shape llama-3.2-1b --ours int8 --peer bfloat16 --python venv/bin/python   # 12 GB of memory
 *   npx tsx bench/train.ts --shape pocket --ours float32                              # ours alone
 *
 * Beside other work compare seconds of a core, not of the clock: waiting for a core is in the one and not in the other.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { Job, Measured, OurJob } from "./train/job.ts";
import { peakGflops } from "./train/peaks.ts";
import { shapeConfigJson, shapes, writeRandomBase } from "./train/shapes.ts";

const { values } = parseArgs({
  options: {
    shape: { type: "string", default: "smollm2-135m" },
    ours: { type: "string", default: "float32,int8" },
    peer: { type: "string" },
    python: { type: "string" },
    sequences: { type: "string", default: "4" },
    sequence: { type: "string", default: "256" },
    completion: { type: "string", default: "60" },
    rank: { type: "string", default: "16" },
    rounds: { type: "string", default: "2" },
    runs: { type: "string", default: "3" },
    threads: { type: "string", default: `${cpus().length}` },
  },
});
const config = shapes[values.shape];
const threads = Number(values.threads);
const flags = new Set(/^flags\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1].split(" "));
const hasFastBfloat16 = flags.has("avx512_bf16") || flags.has("amx_bf16"); // elsewhere PyTorch computes it far slower than float32
const peerDtypes = values.peer ?? (hasFastBfloat16 ? "float32,bfloat16" : "float32");

const run = promisify(execFile);
const lastLine = (text: string) => JSON.parse(text.trim().split("\n").at(-1)!) as unknown;
const job = (dtype: string): Job => ({
  ...{ shape: values.shape, dtype: dtype as Job["dtype"], threads, runs: Number(values.runs) },
  ...{ sequences: Number(values.sequences), sequenceTokens: Number(values.sequence) },
  ...{ completionTokens: Number(values.completion), rank: Number(values.rank) },
});
const peerScript = new URL("train_peer.py", import.meta.url).pathname;
const oursScript = new URL("train/ours.ts", import.meta.url).pathname;
const scratch = await mkdtemp(join(tmpdir(), "pocketreply-bench-train-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
await writeRandomBase(scratch, config);
const askOurs = async (dtype: string) => {
  const ours: OurJob = { ...job(dtype), baseFolder: scratch, int8Folder: join(scratch, "int8") };
  const { stdout } = await run(process.execPath, ["--import", "tsx", oursScript, JSON.stringify(ours)]);
  return lastLine(stdout) as Measured;
};
const askPeer = async (request: object) =>
  lastLine((await run(values.python!, [peerScript, JSON.stringify(request)])).stdout);

/** One process of one trainer. */
async function measure(name: string): Promise<Measured> {
  const [who, dtype] = name.split(" ");
  if (who === "torch") return (await askPeer({ ...job(dtype), config: shapeConfigJson(config) })) as Measured;
  if (dtype !== "int8" || existsSync(join(scratch, "int8"))) return askOurs(dtype);
  const converting = await askOurs(dtype); // what comes after it finds the base converted
  console.log(
    `converting to int8: first step after ${converting.readySeconds.toFixed(1)} s, ${converting.peakGiB.toFixed(2)} GiB`,
  );
  return askOurs(dtype);
}

const kinds = ["avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8"].filter((flag) => flags.has(flag));
console.log(
  `${cpus()[0].model}, ${cpus().length} cores, ${kinds.join(" ") || "none of VNNI, bf16, AMX"}; ${threads} threads`,
);
const product = [1024, config.hiddenSize, config.ffnSize] as const;
const show = ({ wall, core }: { wall: number; core: number }) => `${wall.toFixed(0)} (a core ${core.toFixed(0)})`;
console.log(`products of ${product.join(" x ")}, GFLOP/s:`);
for (const dtype of ["float32", "int8"] as const)
  console.log(`  onnxruntime ${dtype} ${show(await peakGflops({ dtype, shape: product, threads }))}`);
if (values.python) {
  const peaks = (await askPeer({ peaks: product, threads })) as Record<string, { wall: number; core: number }>;
  for (const [dtype, peak] of Object.entries(peaks)) console.log(`  torch ${dtype} ${show(peak)}`);
}

const names = [
  ...values.ours.split(",").map((dtype) => `ours ${dtype}`),
  ...(values.python ? peerDtypes.split(",").map((dtype) => `torch ${dtype}`) : []),
];
const all = new Map<string, Measured[]>(names.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++)
  for (const name of names) all.get(name)!.push(await measure(name));

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const tokens = Number(values.sequences) * Number(values.sequence);
const rows = names.map((name) => {
  const measured = all.get(name)!;
  return {
    name,
    perSecond: tokens / median(measured.flatMap(({ seconds }) => seconds)),
    perCoreSecond: tokens / median(measured.flatMap(({ cpuSeconds }) => cpuSeconds)),
    peakGiB: Math.max(...measured.map(({ peakGiB }) => peakGiB)),
    firstStep: median(measured.map(({ readySeconds }) => readySeconds)),
    losses: measured[0].losses,
  };
});
console.log(`${values.shape}, steps of ${tokens} tokens, LoRA of rank ${values.rank}:`);
for (const { name, perSecond, perCoreSecond, peakGiB, firstStep, losses } of rows)
  console.log(
    `  ${name.padEnd(15)} ${perSecond.toFixed(1)} tokens/s, ${perCoreSecond.toFixed(1)} a core-second, ${peakGiB.toFixed(2)} GiB, ` +
      `first step after ${firstStep.toFixed(1)} s, loss ${losses[0].toFixed(3)} → ${losses.at(-1)!.toFixed(3)}`,
  );
for (const ours of rows.filter(({ name }) => name.startsWith("ours")))
  for (const peer of rows.filter(({ name }) => name.startsWith("torch")))
    console.log(
      `  ${ours.name} / ${peer.name}: ${(ours.perSecond / peer.perSecond).toFixed(2)} x in tokens a second, ` +
        `${(ours.perCoreSecond / peer.perCoreSecond).toFixed(2)} x in tokens a core-second`,
    );
