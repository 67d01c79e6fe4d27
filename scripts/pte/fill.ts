/**
 * Fills the template of a geometry with random weights, as `export` fills it, and lints what comes out:
 *
 *   npx tsx scripts/pte/fill.ts qwen3-0.6b 8da8w OUT [--logits none|float32|both]
 *   python scripts/pte/run.py OUT                             # the same file in ExecuTorch's own runtime
 *
 * Writes OUT/model-KIND.pte, where it is not there yet, and OUT/logits.json: ids, and the logits behind the last of them by the trainer's forward pass of
 * the same weights in float32 and by our decoder of the file. Prints problems of the linter and how far the two are apart; exits 1 where there are problems.
 * Disk and memory: three bytes a weight for the file, six in memory for float32, for the decoder ten and, for a while, five more on disk.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inspectPte } from "../../src/export/index.ts";
import { openExportWeights } from "../../src/export/merge.ts";
import { writePte } from "../../src/export/pte.ts";
import { writeDecoder } from "../../src/export/pte-decoder.ts";
import { findTemplate, type PteKind } from "../../src/export/pte-template.ts";
import { rotateModel } from "../../src/export/rotate.ts";
import { shapeSize, writeSafetensors } from "../../src/formats/index.ts";
import { baseTensors, parseLlamaConfig, readBaseWeights } from "../../src/model/index.ts";
import { createRandom } from "../../src/random.ts";
import { openDecoder } from "../../src/runtime/index.ts";
import { withForward } from "../../src/train/index.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { logits: { type: "string", default: "both" } },
});
const [geometry, kind, out] = positionals;
const root = join(import.meta.dirname, "geometries", geometry);
const config = parseLlamaConfig(JSON.parse(readFileSync(join(root, "config.json"), "utf8")), geometry);
const ends: number[] = JSON.parse(readFileSync(join(root, "generation_config.json"), "utf8")).eos_token_id;
const base = join(out, "base");
mkdirSync(base, { recursive: true });
writeFileSync(join(base, "config.json"), readFileSync(join(root, "config.json")));
if (!existsSync(join(base, "model.safetensors"))) await writeRandom(join(base, "model.safetensors"));

const path = join(out, `model-${kind}.pte`);
const template = await findTemplate(config, { kind: kind as PteKind, base, folders: [] });
const bounds = { bosId: ends[0], eosIds: ends.slice(0, template.ids.get_eos_ids.length) };
if (!existsSync(path)) {
  const weights = await openExportWeights({ base, checkpoint: null, config });
  await writePte({ path, template, ...rotateModel(config, weights), bounds });
  await weights.close();
}
const { problems, fileBytes } = await inspectPte(path, bounds.eosIds);
const kept = 6;
console.log(`${path}: ${fileBytes} bytes, ${problems.length === 0 ? "no problem found" : problems.join("; ")}`);
process.exitCode = problems.length === 0 ? 0 : 1;
if (flags.logits !== "none") await writeLogits();

async function writeLogits(): Promise<void> {
  const ids = Array.from({ length: 24 }, (_, i) => (7919 * i + 11) % 100_000);
  const options = { config, base: await readBaseWeights(base, config), longest: ids.length + 1 };
  const exact = await withForward(options, async (forward) =>
    (await forward({ ids: [...ids, 0], completionStart: ids.length + 1 - kept })).map((row) => row.slice()),
  );
  options.base.clear();
  const rounded = flags.logits === "both" ? await readDecoder(ids) : null;
  const list = (rows: readonly Float32Array[] | null) => rows?.map((row) => [...row]);
  writeFileSync(join(out, "logits.json"), JSON.stringify({ ids, kind, exact: list(exact), rounded: list(rounded) }));
  if (rounded) console.log(`its decoder lies ${apart(rounded, exact).toFixed(5)} of their size from float32`);
}

async function readDecoder(ids: readonly number[]): Promise<Float32Array[]> {
  const decoder = await openDecoder(await writeDecoder({ path, template, config, folder: join(out, "decoder") }));
  const rows = (await decoder.read(ids)).slice(-kept).map((row) => row.slice());
  await decoder.close();
  rmSync(join(out, "decoder"), { recursive: true });
  return rows;
}

/** Norms around 1, everything else of a size that leaves the stream's as it is: a repeated block of normal draws. */
async function writeRandom(file: string): Promise<void> {
  const random = createRandom(geometry);
  const draws = Float32Array.from({ length: (1 << 18) + 1 }, () => random.normal());
  const tensors = baseTensors(config).map(({ name, shape }) => ({
    ...{ name, shape, dtype: "BF16" as const },
    data: () => {
      const scale = shape.length === 1 ? 0.1 : 0.5 / Math.sqrt(shape[1]);
      const values = new Float32Array(shapeSize(shape));
      const from = random.integer(draws.length);
      for (let i = 0; i < values.length; i++) values[i] = scale * draws[(from + i) % draws.length];
      return shape.length === 1 ? values.map((value) => 1 + value) : values;
    },
  }));
  await writeSafetensors(file, tensors);
}

/** √(Σ (a − b)² / Σ b²) */
function apart(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let [difference, size] = [0, 0];
  a.forEach((row, i) => {
    for (const [j, value] of row.entries()) {
      difference += (value - b[i][j]) ** 2;
      size += b[i][j] ** 2;
    }
  });
  return Math.sqrt(difference / size);
}
