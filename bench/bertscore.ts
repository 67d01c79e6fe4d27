/**
 * Speed of BERTScore with an encoder of the shape of bert-base-uncased and random weights, at its layer 9; with --python, of bert_score on the
 * same pairs, threads and weights in turn with ours. The encoder stays open; loading is timed apart. Medians, one line of JSON. Seconds on the
 * clock count on an idle machine; on a busy one take --threads 1 and compare seconds of the processor.
 *
 *   npx tsx bench/bertscore.ts
 *   npx tsx bench/bertscore.ts --python python3 --pairs 500 --runs 3 --threads 2     # a Python with bert_score and torch
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { withBertScorer } from "../src/evaluate/index.ts";
import { writeSafetensors } from "../src/formats/index.ts";
import { encoderTensors, parseEncoderConfig } from "../src/model/index.ts";
import { createRandom } from "../src/random.ts";
import { replyPairs } from "./reply-pairs.ts";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "500" },
    runs: { type: "string", default: "3" },
    threads: { type: "string", default: String(cpus().length) },
    layer: { type: "string", default: "9" },
    python: { type: "string" },
  },
});
const [pairs, runs, threads, layer] = [values.pairs, values.runs, values.threads, values.layer].map(Number);
const { candidates, references } = replyPairs(pairs);

const folder = mkdtempSync(join(tmpdir(), "bench-bertscore-"));
try {
  const encoder = join(folder, "bert-base-shaped");
  await writeEncoder(encoder);
  writeFileSync(join(folder, "texts.json"), JSON.stringify({ candidates, references }));
  const python = values.python === undefined ? null : await startPython(values.python, encoder);
  const startMs = performance.now();
  const [ours, theirs, loadSeconds] = await withBertScorer({ encoder, layer, threads }, async (scorer) => {
    const loadSeconds = (performance.now() - startMs) / 1000;
    const run = async (count: number) => {
      scorer.forget();
      const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
      const texts = { candidates: candidates.slice(0, count), references: [references.slice(0, count)] };
      const [score] = await scorer.score([texts]);
      const { user, system } = process.cpuUsage(startCpu);
      return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6, score };
    };
    await run(20); // warms both up
    await python?.run(20);
    const ours: Awaited<ReturnType<typeof run>>[] = [];
    const theirs: PythonRun[] = [];
    for (let i = 0; i < runs; i++) {
      ours.push(await run(pairs));
      if (python) theirs.push(await python.run(pairs));
    }
    return [ours, theirs, loadSeconds] as const;
  });
  python?.stop();
  const timed = (runs: readonly { seconds: number; cpuSeconds: number }[]) => ({
    seconds: round(median(runs.map(({ seconds }) => seconds))),
    cpuSeconds: round(median(runs.map(({ cpuSeconds }) => cpuSeconds))),
  });
  const f1 = ours[0].score.segments.map((values) => values.f1);
  const peer = theirs.length === 0 ? null : { ...timed(theirs), loadSeconds: round(python!.loadSeconds) };
  const mine = { ...timed(ours), loadSeconds: round(loadSeconds) };
  const against = peer && {
    python: peer,
    ratio: round(peer.seconds / mine.seconds),
    cpuRatio: round(peer.cpuSeconds / mine.cpuSeconds),
    largestDifference: theirs[0].f1.reduce((most, value, i) => Math.max(most, Math.abs(value - f1[i])), 0),
  };
  console.log(JSON.stringify({ pairs, runs, threads, layer, ours: mine, ...against, peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024), node: process.version, cpu: cpus()[0].model, cores: cpus().length })); // biome-ignore format: one line
} finally {
  rmSync(folder, { recursive: true });
}

/** A folder in Hugging Face layout: the shape of bert-base-uncased, random weights, a vocabulary of the words of the texts. */
async function writeEncoder(path: string): Promise<void> {
  mkdirSync(path);
  const words = [...candidates, ...references].flatMap((text) => text.toLowerCase().match(/[a-z]+|[^a-z\s]/g) ?? []);
  const letters = Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => [letter, `##${letter}`]).flat();
  const known = [...new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...letters, ...words])];
  const tokens = Array.from({ length: 30_522 }, (_, i) => known[i] ?? `[unused${i}]`);
  const config = { model_type: "bert", architectures: ["BertModel"], vocab_size: tokens.length, hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072, max_position_embeddings: 512, type_vocab_size: 2, hidden_act: "gelu", layer_norm_eps: 1e-12, pad_token_id: 0 }; // biome-ignore format: one line
  writeFileSync(join(path, "config.json"), JSON.stringify(config));
  writeFileSync(join(path, "vocab.txt"), `${tokens.join("\n")}\n`);
  writeFileSync(join(path, "tokenizer_config.json"), JSON.stringify({ tokenizer_class: "BertTokenizer", do_lower_case: true, model_max_length: 512 })); // biome-ignore format: one line
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
  readonly f1: number[];
}

/** scripts/bench-bertscore.py with its encoder loaded; it scores when asked. */
async function startPython(executable: string, encoder: string) {
  const script = fileURLToPath(new URL("../scripts/bench-bertscore.py", import.meta.url));
  const child: ChildProcess = spawn(executable, [script, encoder, join(folder, "texts.json"), String(layer), String(threads)], { stdio: ["pipe", "pipe", "inherit"] }); // biome-ignore format: one line
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const line = await lines.next();
    if (line.done) throw new Error(`${executable} ended before it answered`);
    return JSON.parse(line.value) as T; // written by the script
  };
  const { loadSeconds } = await next<{ loadSeconds: number }>();
  return {
    loadSeconds,
    run(count: number): Promise<PythonRun> {
      child.stdin!.write(`${count}\n`);
      return next<PythonRun>();
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
