/**
 * BERTScore beside bert_score (with --python): the largest difference of any precision, recall and F1, and the speed of both on the same
 * pairs, threads and weights, in turn. The encoder is a folder of yours, or one of the shape of bert-base-uncased with random weights. It stays
 * open; loading is timed apart. One line of JSON a layer, times are medians. Seconds on the clock count on an idle machine; on a busy one take
 * --threads 1 and compare seconds of the processor.
 *
 *   npx tsx bench/bertscore.ts
 *   npx tsx bench/bertscore.ts --python python3 --pairs 500 --runs 3 --threads 2     # a Python with bert_score and torch
 *   npx tsx bench/bertscore.ts --python python3 --encoder all-MiniLM-L6-v2 --layers 3,5,6 --idf --mail runs/mine/emails.jsonl --pairs 1000 --runs 1
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeSafetensors } from "../src/formats/index.ts";
import { encoderTensors, parseEncoderConfig, withBertScorer } from "../src/metrics/index.ts";
import { createRandom } from "../src/random.ts";
import { mailPairs, replyPairs } from "./reply-pairs.ts";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "500" },
    runs: { type: "string", default: "3" },
    threads: { type: "string", default: String(cpus().length) },
    layers: { type: "string", default: "9" },
    idf: { type: "boolean", default: false },
    encoder: { type: "string" },
    mail: { type: "string", multiple: true }, // emails.jsonl of an import
    python: { type: "string" },
  },
});
const [pairs, runs, threads] = [values.pairs, values.runs, values.threads].map(Number);
const { idf } = values;
const { candidates, references } = values.mail ? await mailPairs(values.mail, pairs) : replyPairs(pairs);

const folder = mkdtempSync(join(tmpdir(), "bench-bertscore-"));
try {
  const encoder = values.encoder ?? join(folder, "bert-base-shaped");
  if (values.encoder === undefined) await writeEncoder(encoder);
  writeFileSync(join(folder, "texts.json"), JSON.stringify({ candidates, references }));
  const python = values.python === undefined ? null : startPython(values.python, encoder);
  for (const layer of values.layers.split(",").map(Number)) await compare(encoder, layer, python);
  python?.stop();
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(encoder: string, layer: number, python: ReturnType<typeof startPython> | null): Promise<void> {
  const startMs = performance.now();
  const [ours, theirs, loadSeconds, signature] = await withBertScorer({ encoder, layer, threads }, async (scorer) => {
    const loadSeconds = (performance.now() - startMs) / 1000;
    const run = async (count: number) => {
      scorer.forget();
      const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
      const texts = { candidates: candidates.slice(0, count), references: [references.slice(0, count)] };
      const [score] = await scorer.score([texts], { idf });
      const { user, system } = process.cpuUsage(startCpu);
      return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6, score };
    };
    await run(20); // warms both up
    const { loadSeconds: pythonLoads = 0 } = (await python?.run({ count: 20, layer, idf })) ?? {};
    const ours: Awaited<ReturnType<typeof run>>[] = [];
    const theirs: PythonRun[] = [];
    for (let i = 0; i < runs; i++) {
      ours.push(await run(pairs));
      if (python) theirs.push({ ...(await python.run({ count: pairs, layer, idf })), loadSeconds: pythonLoads });
    }
    return [ours, theirs, loadSeconds, ours[0].score.signature] as const;
  });
  const timed = (runs: readonly { seconds: number; cpuSeconds: number }[]) => ({
    seconds: round(median(runs.map(({ seconds }) => seconds))),
    cpuSeconds: round(median(runs.map(({ cpuSeconds }) => cpuSeconds))),
  });
  const mine = {
    ...timed(ours),
    loadSeconds: round(loadSeconds),
    peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  const peer =
    theirs.length === 0
      ? null
      : { ...timed(theirs), loadSeconds: round(theirs[0].loadSeconds), peakMemoryMB: theirs[0].peakMemoryMB };
  const against = peer && {
    python: peer,
    ratio: round(peer.seconds / mine.seconds),
    cpuRatio: round(peer.cpuSeconds / mine.cpuSeconds),
    largestDifference: Math.max(
      ...(["precision", "recall", "f1"] as const).map((key, k) =>
        ours[0].score.segments.reduce((most, all, i) => Math.max(most, Math.abs(all[key] - theirs[0].values[k][i])), 0),
      ),
    ),
  };
  console.log(
    JSON.stringify({
      pairs,
      runs,
      threads,
      signature,
      ours: mine,
      ...against,
      node: process.version,
      cpu: cpus()[0].model,
      cores: cpus().length,
    }),
  );
}

/** A folder in Hugging Face layout: the shape of bert-base-uncased, random weights, a vocabulary of the words of the texts. */
async function writeEncoder(path: string): Promise<void> {
  mkdirSync(path);
  const words = [...candidates, ...references].flatMap((text) => text.toLowerCase().match(/[a-z]+|[^a-z\s]/g) ?? []);
  const letters = Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => [letter, `##${letter}`]).flat();
  const known = [...new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...letters, ...words])];
  const tokens = Array.from({ length: 30_522 }, (_, i) => known[i] ?? `[unused${i}]`);
  const config = {
    model_type: "bert",
    architectures: ["BertModel"],
    vocab_size: tokens.length,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    max_position_embeddings: 512,
    type_vocab_size: 2,
    hidden_act: "gelu",
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
  };
  writeFileSync(join(path, "config.json"), JSON.stringify(config));
  writeFileSync(join(path, "vocab.txt"), `${tokens.join("\n")}\n`);
  writeFileSync(
    join(path, "tokenizer_config.json"),
    JSON.stringify({ tokenizer_class: "BertTokenizer", do_lower_case: true, model_max_length: 512 }),
  );
  const random = createRandom("bench-bertscore");
  const noise = Float32Array.from({ length: 1 << 20 }, () => 0.04 * random.normal());
  await writeSafetensors(
    join(path, "model.safetensors"),
    encoderTensors(parseEncoderConfig(config, "config.json"), 12).map(({ name, shape }) => ({
      name,
      shape,
      dtype: "F32" as const,
      data: () => {
        const start = random.integer(noise.length);
        const size = shape.reduce((product, dim) => product * dim, 1);
        const isScale = /LayerNorm\.weight$/.test(name);
        return Float32Array.from(
          { length: size },
          (_, i) => noise[(start + i * 7) & (noise.length - 1)] + (isScale ? 1 : 0),
        );
      },
    })),
    { format: "pt" },
  );
}

interface PythonRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly loadSeconds: number;
  readonly peakMemoryMB: number;
  /** Precision, recall and F1 of every pair. */
  readonly values: readonly (readonly number[])[];
}

/** scripts/bench-bertscore.py; it scores when asked. */
function startPython(executable: string, encoder: string) {
  const script = fileURLToPath(new URL("../scripts/bench-bertscore.py", import.meta.url));
  const child: ChildProcess = spawn(executable, [script, encoder, join(folder, "texts.json"), String(threads)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    async run(what: { count: number; layer: number; idf: boolean }): Promise<PythonRun> {
      child.stdin!.write(`${JSON.stringify(what)}\n`);
      const line = await lines.next();
      if (line.done) throw new Error(`${executable} ended before it answered`);
      return JSON.parse(line.value) as PythonRun; // written by the script
    },
    stop: () => child.stdin!.end(),
  };
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
