/** An int8 base against the same base in float32, on the tiny Llama of golden/train. */
import { cp, link, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type OpenSession, withSession } from "../runtime/index.ts";
import { readTrainingBase, type TrainingBase } from "./base.ts";
import { type Engine, withEngine } from "./engine.ts";
import { tinyFit } from "./fit.fixture.ts";
import { sessionsFor } from "./fit.ts";
import { isInt8Exact, quantizeBase, takesInt8 } from "./int8.ts";
import { startTrained } from "./trained.ts";

const openSession: OpenSession = (model, use) => withSession(model, { threads: 1 }, use);

async function gradientsOf(
  baseDtype: "float32" | "int8",
  spoil: (name: string, data: Float32Array) => void = () => {},
) {
  const { config, base, settings, train } = await tinyFit("unused");
  const changed = new Map([...base].map(([name, data]) => [name, data.slice()]));
  for (const [name, data] of changed) spoil(name, data);
  const trained = startTrained({ config, base: changed, baseName: "tiny", settings, seed: 1 });
  for (const [name, data] of trained.weights) // B is zero at the start, and then A has no gradient
    if (name.includes("lora_B")) data.set(data.map((_, at) => 0.01 * Math.sin(at)));
  const options = { config, base: changed, trained, settings: { ...settings, baseDtype }, openSession };
  const quantized =
    baseDtype === "int8" &&
    (await quantizeBase({
      ...{ config, openSession, examples: train.slice(20), rowTokens: settings.rowTokens },
      readWeight: (name) => changed.get(name)!,
    }));
  const int8 = quantized ? quantized.projections : undefined;
  return withEngine({ ...options, int8 }, async (engine: Engine) => {
    const { loss, gradients } = await engine.lossAndGradients(train.slice(0, 8));
    return { loss, gradient: Float64Array.from([...gradients.values()].flatMap((data) => [...data])) };
  });
}

function cosine(a: Float64Array, b: Float64Array): number {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const exact = await isInt8Exact(openSession);

describe.skipIf(!exact)("an int8 base (skipped on a CPU whose int8 products saturate)", () => {
  test("gives the loss within 0.5 % and the gradient within a cosine of 0.995: 32 channels average little", async () => {
    const [truth, int8] = [await gradientsOf("float32"), await gradientsOf("int8")];
    expect(Math.abs(int8.loss / truth.loss - 1)).toBeLessThan(0.005);
    expect(cosine(truth.gradient, int8.gradient)).toBeGreaterThan(0.995);
    expect(int8.gradient).not.toEqual(truth.gradient);
  });

  test("keeps it where one input channel is thirty times the others", async () => {
    const outlier = (name: string, data: Float32Array) => {
      if (name.endsWith("layernorm.weight")) data[5] *= 30;
      if (/(q|k|v|gate|up)_proj/.test(name)) for (let i = 5; i < data.length; i += 32) data[i] /= 30; // the same function
    };
    const [truth, int8] = [await gradientsOf("float32", outlier), await gradientsOf("int8", outlier)];
    expect(cosine(truth.gradient, int8.gradient)).toBeGreaterThan(0.98);
  });

  test("is refused where every weight is trained", async () => {
    const { config, settings } = await tinyFit("unused");
    const full = { ...settings, method: "full" as const, baseDtype: "int8" as const };
    await expect(takesInt8(config, full, { openSession })).rejects.toThrow("train.baseDtype=int8 needs a frozen base");
  });

  test("is kept in files that train to the same bits, and made anew only where base, data or files changed", async () => {
    const work = await mkdtemp(join(tmpdir(), "kept-int8-"));
    try {
      const [baseFolder, folder] = [join(work, "base"), join(work, "int8")];
      await cp(fileURLToPath(new URL("../../golden/train/base/", import.meta.url)), baseFolder, { recursive: true });
      const { config, settings, train } = await tinyFit("unused");
      const int8 = { ...settings, baseDtype: "int8" as const };
      let layers = 0;
      const read = (examples = train, more: { baseFolder?: string; goesOn?: boolean } = {}) =>
        readTrainingBase({
          ...{ config, baseFolder, settings: int8, examples, folder, threads: 1, ...more },
          onLayer: () => void layers++,
        });
      const gradientOf = async (kept: TrainingBase) => {
        const trained = startTrained({ config, base: kept.base, baseName: "tiny", settings: int8, seed: 1 });
        const options = { config, base: kept.base, int8: kept.int8?.projections, trained, settings: int8 };
        return withEngine({ ...options, openSession: sessionsFor({ ...kept, threads: 1 }) }, async (engine) => {
          const { gradients } = await engine.lossAndGradients(train.slice(0, 4));
          return [...gradients.values()].flatMap((data) => [...data]);
        });
      };
      const made = await read();
      expect(made.base.has("model.layers.0.mlp.up_proj.weight")).toBe(false);
      const [first, madeOnce] = [await gradientOf(made), layers];
      expect(madeOnce).toBe(config.layers);
      expect(await gradientOf(await read())).toEqual(first);
      expect(layers).toBe(madeOnce);

      await truncate(join(folder, "values.bin"), 1000); // as a full disk would leave it
      expect(await gradientOf(await read())).toEqual(first);
      expect(layers).toBe(2 * madeOnce);

      // A training that goes on, in a folder that has the same files.
      const other = join(work, "other");
      await mkdir(other);
      for (const name of await readdir(baseFolder)) await link(join(baseFolder, name), join(other, name));
      expect(await gradientOf(await read(train.slice(5), { baseFolder: other, goesOn: true }))).toEqual(first);
      expect(layers).toBe(2 * madeOnce);

      await read(train.slice(5));
      expect(layers).toBe(3 * madeOnce);

      const path = join(baseFolder, "model.safetensors");
      const bytes = await readFile(path);
      bytes[bytes.length - 5] ^= 1;
      await writeFile(path, bytes);
      const changed = await read(train.slice(5));
      expect(layers).toBe(4 * madeOnce);
      expect(changed.baseDigest).not.toBe(made.baseDigest);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
});
