/**
 * What writing a run's best checkpoint in every format takes: seconds and processor seconds of each, bytes, and the peak of the process. Nothing
 * in the run is changed; the files go to a temporary folder.
 *
 *   npx tsx bench/export.ts --run runs/mine [--base FOLDER] [--formats gguf-q8_0,onnx-int8]     # --base: of a run on a GGUF, its base/
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ExportFormat, exportModel } from "../src/export/index.ts";
import { recipeSchema } from "../src/recipe.ts";
import { runPaths } from "../src/run.ts";

const everyFormat = recipeSchema.shape.export.unwrap().shape.formats.unwrap().element.options;
const { values } = parseArgs({
  options: { run: { type: "string" }, formats: { type: "string" }, base: { type: "string" } },
});
if (values.run === undefined) throw new Error("name a run folder with --run");
const paths = runPaths(values.run);
const recipe = recipeSchema.parse(JSON.parse(readFileSync(paths.recipe, "utf8")));
const { checkpoint } = JSON.parse(readFileSync(paths.best, "utf8"));
const formats = (values.formats?.split(",") ?? everyFormat.filter((format) => format !== "pte")) as ExportFormat[];
const out = mkdtempSync(join(tmpdir(), "bench-export-"));
const merged = new Map<string, Float32Array>();
const started = performance.now();
const rows: Record<string, string | number>[] = [];
try {
  for (const format of formats) {
    const [at, cpu] = [performance.now(), process.cpuUsage()];
    const [file] = await exportModel({
      ...{
        base: values.base ?? recipe.base,
        checkpoint: join(paths.folder, checkpoint),
        out,
        formats: [format],
        merged,
      },
      metadata: { name: recipe.name, ...recipe.student },
    });
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - at) / 1000;
    rows.push({ format, MB: file.sizeBytes / 1e6, seconds, processorSeconds: (user + system) / 1e6 });
    console.error(`${format}: ${seconds.toFixed(1)} s`);
  }
} finally {
  rmSync(out, { recursive: true });
}
console.table(rows);
console.log(
  JSON.stringify({
    ...{ seconds: (performance.now() - started) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024 },
    processorSeconds: rows.reduce((sum, row) => sum + Number(row.processorSeconds), 0),
  }),
);
