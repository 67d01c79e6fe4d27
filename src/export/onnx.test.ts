/** ONNX decoders against our own forward pass: each architecture, with and without a cache, and what the formats refuse. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { quantizeOnnx4, quantizeOnnx8, shapeSize, writeFileAtomic, writeSafetensors } from "../formats/index.ts";
import { baseTensors, readBaseWeights, readLlamaConfig } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { openDecoder } from "../runtime/index.ts";
import { withForward } from "../train/index.ts";
import { exportModel } from "./export.ts";
import { openExportWeights } from "./merge.ts";
import { writeOnnxData } from "./onnx.ts";
import { buildOnnxDecoder } from "./onnx-decoder.ts";
import { onnxGraphPath } from "./onnx-export.ts";
import { inspectOnnx } from "./onnx-inspect.ts";
import type { OnnxKind } from "./onnx-matrices.ts";

const pocketBase = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));
const golden = (path: string) => fileURLToPath(new URL(`../../golden/${path}`, import.meta.url));
const out = mkdtempSync(join(tmpdir(), "onnx-"));
afterAll(() => rmSync(out, { recursive: true }));
const metadata = { name: "tiny", systemPrompt: "Reply.", dateString: "26 Jul 2024" };

/** A small random model of the architecture in golden/`at`, with heads that ONNX Runtime takes. */
async function randomBase(at: string): Promise<string> {
  const folder = mkdtempSync(join(out, "base-"));
  const json = JSON.parse(readFileSync(golden(`${at}/base/config.json`), "utf8"));
  const sizes = { hidden_size: 64, intermediate_size: 96, head_dim: 16 };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...json, ...sizes }));
  const random = createRandom(7);
  const tensors = baseTensors(await readLlamaConfig(folder)).map(({ name, shape }) => {
    const centre = shape.length === 1 ? 1 : 0;
    const data = Float32Array.from({ length: shapeSize(shape) }, () => 0.4 * (random.next() - 0.5) + centre);
    return { name, shape, dtype: "F32" as const, data };
  });
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  return folder;
}

/** A graph over the weights of `base`, at a path of its own. */
async function writeDecoder(base: string, kind: OnnxKind): Promise<string> {
  const config = await readLlamaConfig(base);
  const decoder = buildOnnxDecoder({ config, kind, dataFile: "weights", contextLength: 64 });
  const folder = mkdtempSync(join(out, "decoder-"));
  const weights = await openExportWeights({ base, checkpoint: null, config });
  await writeOnnxData({ path: join(folder, "weights"), decoder, config, weights });
  await weights.close();
  await writeFileAtomic(join(folder, "model.onnx"), decoder.onnx);
  return join(folder, "model.onnx");
}

const worst = (a: readonly Float32Array[], b: readonly Float32Array[]) =>
  Math.max(...a.map((row, i) => row.reduce((most, value, j) => Math.max(most, Math.abs(value - b[i][j])), 0)));

const architectures = ["qwen2", "qwen3", "granite", "smollm3"].map((name) => `architectures/${name}`);
describe.each(["train", ...architectures])("a decoder of the architecture of golden/%s in float16", (at) => {
  it("says what our forward pass says, at once and token by token", async () => {
    const base = await randomBase(at);
    const config = await readLlamaConfig(base);
    const ids = Array.from({ length: 24 }, (_, i) => (i * 37 + 11) % 96);
    const forwarded = { config, base: await readBaseWeights(base, config), longest: 24 };
    const ours = await withForward(forwarded, async (forward) =>
      (await forward({ ids, completionStart: 1 })).map((row) => row.slice()),
    );
    const decoder = await openDecoder(await writeDecoder(base, "fp16"));
    const whole = (await decoder.read(ids)).slice(0, -1);
    decoder.restart();
    const stepwise = await decoder.read(ids.slice(0, 10));
    for (const id of ids.slice(10, -1)) stepwise.push(...(await decoder.read([id])));
    await decoder.close();
    const largest = Math.max(...ours.map((row) => Math.max(...row.map(Math.abs))));
    expect(largest).toBeGreaterThan(0.1);
    expect(worst(whole, ours)).toBeLessThan(0.01 * largest); // activations keep 11 bits
    expect(worst(stepwise, ours)).toBeLessThan(0.01 * largest);
  });
});

describe("weights in blocks", () => {
  it("of 4 bits stay within a step, and blocks of one value and of zeros keep it", () => {
    const values = Float32Array.from({ length: 128 }, (_, i) => (i < 64 ? Math.sin(i * i) : i < 96 ? 0 : 0.25));
    const { data, scales, zeros } = quantizeOnnx4(values, 64);
    expect([data.length, scales.length, zeros!.length]).toEqual([64, 4, 2]);
    const read = (i: number) => {
      const block = i >> 5;
      const zero = (zeros![block >> 1] >> (4 * (block & 1))) & 15;
      return scales[block] * (((data[i >> 1] >> (4 * (i & 1))) & 15) - zero);
    };
    for (let i = 0; i < 64; i++) expect(Math.abs(read(i) - values[i]), `value ${i}`).toBeLessThan(0.25); // 2 / 15, and an end cut off
    for (let i = 64; i < 128; i++) expect(read(i)).toBeCloseTo(values[i], 6);
  });

  it("of 8 bits round halves away from zero and reach 127 both ways", () => {
    const values = Float32Array.from({ length: 32 }, (_, i) => [127, -127, 0.5, -0.5, 0, 1.4][i] ?? 0);
    const { data, scales, zeros } = quantizeOnnx8(values);
    expect([...data.slice(0, 6)]).toEqual([255, 1, 129, 127, 128, 129]);
    expect([scales[0], zeros]).toEqual([1, null]);
    expect(quantizeOnnx8(new Float32Array(32)).data).toEqual(new Uint8Array(32).fill(128));
  });
});

describe("a folder onnx-KIND", () => {
  it("is whole: graph, weights to their end, what other programs read", async () => {
    const [file] = await exportModel({ base: pocketBase, checkpoint: null, out, formats: ["onnx-int4"], metadata });
    const graph = onnxGraphPath(file.path, "onnx-int4");
    const { problems, operators } = await inspectOnnx(graph);
    expect(problems).toEqual([]);
    expect(operators).toMatchObject({ "com.microsoft.GroupQueryAttention": 5, "com.microsoft.MatMulNBits": 36 });
    const read = (name: string) => JSON.parse(readFileSync(join(file.path, name), "utf8"));
    expect(read("config.json")["transformers.js_config"]).toEqual({
      ...{ dtype: "q4", kv_cache_dtype: { fp16: "float16" }, use_external_data_format: { "model_q4.onnx": 1 } },
    });
    expect(read("genai_config.json").model).toMatchObject({
      ...{ type: "llama", vocab_size: 3072, eos_token_id: expect.arrayContaining([3070]) },
    });
    truncateSync(`${graph}_data`, 100);
    expect((await inspectOnnx(graph)).problems).toEqual([
      expect.stringMatching(/model_q4.onnx_data ends before .* 100 bytes of/),
    ]);
  });

  it("is refused before work where rows are no whole blocks, or heads are of a size that the runtime does not take", async () => {
    const refused = (base: string, format: "onnx-int8" | "onnx-fp16") =>
      exportModel({ base: golden(base), checkpoint: null, out: join(out, "refused"), formats: [format], metadata });
    await expect(refused("architectures/qwen2/base", "onnx-int8")).rejects.toThrow(
      /blocks of 32, and the rows of .*down_proj.weight have 48 values. Take onnx-fp16/,
    );
    await expect(refused("export/base", "onnx-fp16")).rejects.toThrow(
      /heads of a multiple of 16 values, and those .* have 8 /,
    );
  });
});
