/**
 * What writing a run's best checkpoint in every format takes: seconds and processor seconds of each and of measuring how much each column matters, bytes,
 * and the peak of the process. Nothing in the run is changed; the files go to a temporary folder.
 *
 *   npx tsx bench/export.ts --run runs/mine [--base FOLDER] [--formats gguf-q8_0,onnx-int8]     # --base: of a run on a GGUF, its base/
 *   npx tsx bench/export.ts --shape llama-3.2-1b [--formats gguf-q4_0,gguf-q4_k_m]              # random weights in bfloat16; GGUF alone
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ExportFormat, exportModel, type Importance, isWeighed } from "../src/export/index.ts";
import { recipeSchema } from "../src/recipe.ts";
import { runPaths } from "../src/run.ts";
import { findImportance } from "../src/stages/importance.ts";
import { shapes, writeRandomBase } from "./train/shapes.ts";

const everyFormat = recipeSchema.shape.export.unwrap().shape.formats.unwrap().element.options;
const { values } = parseArgs({
  options: {
    ...{ run: { type: "string" }, shape: { type: "string" } },
    ...{ formats: { type: "string" }, base: { type: "string" } },
  },
});
if ((values.run === undefined) === (values.shape === undefined))
  throw new Error("name a run folder with --run, or a shape with --shape");
const scratch = mkdtempSync(join(tmpdir(), "bench-export-base-"));
const subject = values.run === undefined ? await randomSubject(values.shape!) : runSubject(values.run);
const { vocabulary, measure } = subject;
const possible = everyFormat.filter((format) => (vocabulary ? format.startsWith("gguf") : format !== "pte"));
const formats = (values.formats?.split(",") ?? possible) as ExportFormat[];
const out = mkdtempSync(join(tmpdir(), "bench-export-"));
const merged = new Map<string, Float32Array>();
const started = performance.now();
const rows: Record<string, string | number>[] = [];
try {
  let importance: Importance | null = null;
  if (measure && formats.some(isWeighed))
    await timed("importance of columns", async () => {
      importance = await measure(out);
      return 0;
    });
  for (const format of formats)
    await timed(format, async () => {
      const [file] = await exportModel({ ...subject, out, formats: [format], importance, merged });
      return file.sizeBytes;
    });
} finally {
  rmSync(out, { recursive: true });
  rmSync(scratch, { recursive: true });
}
console.table(rows);
console.log(
  JSON.stringify({
    ...{ seconds: (performance.now() - started) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024 },
    processorSeconds: rows.reduce((sum, row) => sum + Number(row.processorSeconds), 0),
  }),
);

/** Adds a row of what `work` takes; it gives the bytes that it wrote. */
async function timed(what: string, work: () => Promise<number>): Promise<void> {
  const [at, cpu] = [performance.now(), process.cpuUsage()];
  const bytes = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - at) / 1000;
  rows.push({ format: what, MB: bytes / 1e6, seconds, processorSeconds: (user + system) / 1e6 });
  console.error(`${what}: ${seconds.toFixed(1)} s`);
}

/** The best checkpoint of a run. */
function runSubject(run: string) {
  const paths = runPaths(run);
  const recipe = recipeSchema.parse(JSON.parse(readFileSync(paths.recipe, "utf8")));
  const { checkpoint } = JSON.parse(readFileSync(paths.best, "utf8"));
  const metadata = { name: recipe.name, ...recipe.student };
  const base = values.base ?? recipe.base;
  const best = join(paths.folder, checkpoint);
  const measure = (out: string) =>
    findImportance({ paths: { ...paths, exportFolder: out }, recipe, base, checkpoint: best, merged });
  return { base, checkpoint: best, metadata, vocabulary: undefined, measure };
}

/** A base of random weights, with a vocabulary of numbers. */
async function randomSubject(shape: string) {
  const config = shapes[shape];
  if (config === undefined) throw new Error(`--shape is one of ${Object.keys(shapes).join(", ")}`);
  await writeRandomBase(scratch, config);
  const tokens = Array.from({ length: config.vocabularySize }, (_, i) => `${i}`);
  const same = (number: number) => tokens.map(() => number);
  const vocabulary = { tokens, scores: same(0), types: same(1), bosId: 0, eosId: 1 };
  const metadata = { name: shape, systemPrompt: "", dateString: "" };
  return { base: scratch, checkpoint: null, metadata, vocabulary, measure: null };
}
