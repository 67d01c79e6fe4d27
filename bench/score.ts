/**
 * Speed of the metrics on 5,000 pairs of replies, and of resampling them; with --python, of sacreBLEU and rouge_score on the same pairs in
 * the same run. Medians, one line of JSON.
 *
 *   npx tsx bench/score.ts
 *   npx tsx bench/score.ts --python python3 --runs 5     # a Python with sacrebleu and rouge_score
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  bleu,
  chrf,
  confidenceInterval,
  measureBleu,
  measureChrf,
  measureTer,
  pairedBootstrap,
  pairedRandomization,
  rouge,
} from "../src/metrics/index.ts";
import { replyPairs } from "./reply-pairs.ts";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "5000" },
    runs: { type: "string", default: "5" },
    ter: { type: "boolean", default: false },
    python: { type: "string" },
  },
});
const [pairs, runs] = [Number(values.pairs), Number(values.runs)];

const { candidates, references } = replyPairs(pairs);
const baseline = candidates.map((candidate, i) => (i % 3 === 0 ? candidates[(i + 1) % pairs] : candidate));

/** Median seconds of `runs` runs, and what the last one gave; the first run, which compiles, is not counted. */
function time<T>(work: () => T): { seconds: number; result: T } {
  let result = work();
  const seconds = Array.from({ length: runs }, () => {
    const startMs = performance.now();
    result = work();
    return (performance.now() - startMs) / 1000;
  });
  return { seconds: median(seconds), result };
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
}

const streams = [references];
const system = measureBleu(candidates, streams);
const known = measureBleu(baseline, streams);
const pair = { system: [system], baseline: [known] };
const plusPlus = measureChrf(candidates, streams, { wordOrder: 2 });
const tasks = {
  bleu: () => bleu(candidates, streams).score,
  chrf: () => chrf(candidates, streams).score,
  "chrf++": () => chrf(candidates, streams, { wordOrder: 2 }).score,
  rouge: () => rouge(candidates, streams).rougeL.fMeasure,
  "bleu + chrf + rouge": () => {
    bleu(candidates, streams);
    chrf(candidates, streams);
    return rouge(candidates, streams).rougeL.fMeasure;
  },
  "bootstrap bleu, 1000": () => confidenceInterval(system).mean,
  "bootstrap chrf++, 1000": () => confidenceInterval(plusPlus).mean,
  "paired bootstrap bleu, 1000": () => pairedBootstrap(pair)[0].pValue,
  "paired randomization bleu, 10000": () => pairedRandomization(pair)[0].pValue,
  ...(values.ter ? { ter: () => measureTer(candidates, streams).score } : {}),
};
const ours = Object.fromEntries(Object.entries(tasks).map(([name, work]) => [name, time(work)]));

const python = values.python === undefined ? undefined : measurePython(values.python);
const round = (value: number) => Number(value.toFixed(3));
const rows = Object.entries(ours).map(([name, { seconds, result }]) => {
  const theirs = python?.[name];
  const against = theirs && { pythonSeconds: round(theirs.seconds), difference: Math.abs(theirs.result - result) };
  return [name, { seconds: round(seconds), ...against }];
});
console.log(
  JSON.stringify({
    pairs,
    runs,
    characters: Math.round(references.join("").length / pairs),
    tasks: Object.fromEntries(rows),
    node: process.version,
    cpu: cpus()[0].model,
    cores: cpus().length,
  }),
);

/** The same tasks by sacreBLEU and rouge_score; what resampling needs is counted outside the clock, as above. */
function measurePython(executable: string): Record<string, { seconds: number; result: number }> {
  const folder = mkdtempSync(join(tmpdir(), "bench-score-"));
  try {
    writeFileSync(join(folder, "texts.json"), JSON.stringify({ candidates, baseline, references }));
    const script = fileURLToPath(new URL("../scripts/bench-score.py", import.meta.url));
    const args = [script, join(folder, "texts.json"), String(runs), ...(values.ter ? ["ter"] : [])];
    const { status, stdout, stderr } = spawnSync(executable, args, { encoding: "utf8", maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`${executable} failed: ${stderr}`);
    return JSON.parse(stdout) as Record<string, { seconds: number; result: number }>; // written by the script below
  } finally {
    rmSync(folder, { recursive: true });
  }
}
