import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { openPte } from "../formats/index.ts";
import { baseTensors, type LlamaConfig, parseLlamaConfig, readLlamaConfig, type Weights } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { openDecoder } from "../runtime/index.ts";
import { withForward } from "../train/index.ts";
import { exportModel } from "./export.ts";
import { openExportWeights } from "./merge.ts";
import { writePte } from "./pte.ts";
import { writeDecoder } from "./pte-decoder.ts";
import { lintPte } from "./pte-lint.ts";
import { findTemplate, type PteKind } from "./pte-template.ts";
import { rotateModel } from "./rotate.ts";

const golden = fileURLToPath(new URL("../../golden/pte", import.meta.url));
const templates = join(golden, "templates");
const work = mkdtempSync(join(tmpdir(), "pte-"));
afterAll(() => rmSync(work, { recursive: true }));

/** A golden model written by us. */
async function write(
  model: "a" | "b" | "c" | "d",
  kind: PteKind,
  eosIds: readonly number[],
  path = join(work, "out.pte"),
) {
  const base = join(golden, model);
  const config = await readLlamaConfig(base);
  const weights = await openExportWeights({ base, checkpoint: null, config });
  try {
    const template = await findTemplate(config, { kind, base, folders: [templates] });
    await writePte({ path, template, config, weights, bounds: { bosId: 150, eosIds } });
    return { bytes: readFileSync(path), template };
  } finally {
    await weights.close();
  }
}

const exported = (model: string, kind: PteKind) => gunzipSync(readFileSync(join(golden, `${model}-${kind}.pte.gz`)));

describe("a .pte written from a template", () => {
  for (const kind of ["8da8w", "8da4w"] as const) {
    for (const [model, eosIds] of [
      ["a", [151, 152]],
      ["b", [153, 154, 155]],
      ["c", [151, 152]],
      ["d", [153, 154, 155]],
    ] as const) {
      it(`is ExecuTorch's own export of model ${model} in ${kind}, byte for byte, but for last bits of RoPE`, async () => {
        const { bytes, template } = await write(model, kind, eosIds);
        const truth = Buffer.from(exported(model, kind));
        expect(bytes.length).toBe(truth.length);
        const tables = template.parts.filter(({ tensor }) => tensor.startsWith("rope."));
        expect(tables.length).toBe(2);
        for (const { data } of tables) {
          const [ours, theirs] = [bytes, truth].map((file) => floats(file.subarray(data[0], data[0] + data[1])));
          const apart = ours.map((value, i) => Math.abs(value - theirs[i]));
          expect(Math.max(...apart)).toBeLessThanOrEqual(2 ** -24); // one unit of the last place below 1; SLEEF promises no more
          expect(apart.filter((distance) => distance > 0).length / apart.length).toBeLessThan(0.1);
          bytes.copy(truth, data[0], data[0], data[0] + data[1]);
        }
        expect(bytes.equals(truth)).toBe(true);
      });
    }
  }

  it("is the same file twice", async () => {
    const { bytes } = await write("b", "8da4w", [153]);
    const again = await write("b", "8da4w", [153]);
    expect(again.bytes.equals(bytes)).toBe(true);
  });

  it("leaves the old file, and no half one, where the weights turn out to be no numbers", async () => {
    const base = join(work, "broken");
    cpSync(join(golden, "b"), base, { recursive: true });
    const weights = readFileSync(join(base, "model.safetensors"));
    weights.fill(0xff, weights.length - 64);
    writeFileSync(join(base, "model.safetensors"), weights);
    const folder = join(work, "kept");
    const { bytes } = await write("b", "8da8w", [153], join(folder, "model.pte"));
    const config = await readLlamaConfig(base);
    const opened = await openExportWeights({ base, checkpoint: null, config });
    const template = await findTemplate(config, { kind: "8da8w", base, folders: [templates] });
    const bounds = { bosId: 150, eosIds: [153] };
    const written = writePte({ path: join(folder, "model.pte"), template, config, weights: opened, bounds });
    await expect(written).rejects.toThrow("expected a finite number, got NaN");
    await opened.close();
    expect(readdirSync(folder)).toEqual(["model.pte"]);
    expect(readFileSync(join(folder, "model.pte")).equals(bytes)).toBe(true);
  });
});

describe("a .pte in ONNX Runtime", () => {
  const { ids, logits } = JSON.parse(readFileSync(join(golden, "logits.json"), "utf8")); // of ExecuTorch's own runtime

  it.each(Object.keys(logits))("says what ExecuTorch says of %s", async (name) => {
    const [model, kind] = [name[0], name.slice(2) as PteKind];
    const path = join(work, `${name}.pte`);
    writeFileSync(path, exported(model, kind));
    const config = await readLlamaConfig(join(golden, model));
    const template = await findTemplate(config, { kind, base: model, folders: [templates] });
    const graph = await writeDecoder({ path, template, config, folder: join(work, name) });
    const decoder = await openDecoder(graph);
    const ours = (await decoder.read(ids)).slice(-logits[name].length);
    await decoder.close();
    let [apart, size] = [0, 0];
    ours.forEach((row, i) => {
      for (const [j, value] of row.entries()) {
        apart += (value - logits[name][i][j]) ** 2;
        size += logits[name][i][j] ** 2;
      }
    });
    expect(Math.sqrt(apart / size)).toBeLessThan(1e-5); // float32
  });
});

function floats(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

describe("a turned model", () => {
  // 96 = 32 · 3: a Hadamard matrix and a rest; heads of 16, two of them to a key; one channel a hundred times as large as the others.
  const json = JSON.parse(readFileSync(join(golden, "a", "config.json"), "utf8"));

  for (const [isTied, type] of [
    [true, "llama"],
    [false, "llama"],
    [true, "qwen3"],
  ] as const) {
    it(`has the logits of its ${isTied ? "tied" : "untied"} original, a ${type}, and no channel that stands out`, async () => {
      const shape = { model_type: type, hidden_size: 96, tie_word_embeddings: isTied };
      const config = parseLlamaConfig({ ...json, ...shape }, "config.json");
      const random = createRandom("turned");
      const tensors = baseTensors(config);
      const plain: Weights = new Map(
        tensors.map(({ name, shape }) => {
          const draw = (_: unknown, i: number) =>
            shape.length === 1
              ? 0.5 + random.next()
              : 0.2 * random.normal() * (name.includes("embed") && i % 96 === 7 ? 100 : 1);
          return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b) }, draw)];
        }),
      );
      const read = async (name: string) => plain.get(name)!.slice();
      const close = async () => {};
      const turned = rotateModel(config, { tensors, adapter: null, baseDtype: () => "F32", read, close });
      expect(turned.weights.tensors).toEqual(baseTensors(turned.config));
      const weights: Weights = new Map();
      for (const { name } of turned.weights.tensors) weights.set(name, await turned.weights.read(name));
      const [before, after] = [await logits(config, plain), await logits(turned.config, weights)];
      const largest = Math.max(...before.map((row) => Math.max(...row.map(Math.abs))));
      expect(largest).toBeGreaterThan(1);
      before.forEach((row, i) => {
        for (const [j, value] of row.entries()) expect(Math.abs(value - after[i][j])).toBeLessThan(1e-4 * largest); // float32
      });
      const peak = (of: Weights) => {
        const values = of.get("model.embed_tokens.weight")!;
        return (
          values.reduce((most, value) => Math.max(most, Math.abs(value))) /
          Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
        );
      };
      expect(peak(weights)).toBeLessThan(peak(plain) / 4);
    });
  }

  async function logits(config: LlamaConfig, base: Weights): Promise<Float32Array[]> {
    const ids = Array.from({ length: 12 }, (_, i) => (37 * i + 11) % 150);
    return withForward({ config, base, longest: 12 }, async (forward) =>
      (await forward({ ids, completionStart: 1 })).map((row) => row.slice()),
    );
  }
});

describe("export.formats=pte", () => {
  const base = fileURLToPath(new URL("../../models/pocket-base", import.meta.url));
  const metadata = { name: "test", systemPrompt: "", dateString: "" };

  it("gives a small model 8 bits, its tokenizer and its three end tokens", async () => {
    const out = join(work, "pocket");
    const [file] = await exportModel({ base, checkpoint: null, out, formats: ["pte"], metadata });
    expect(file.path).toBe(join(out, "model-8da8w.pte"));
    expect(file.notes).toEqual(["needs ExecuTorch 1.5.1 in the app, context 1024 tokens"]);
    expect(readFileSync(join(out, "tokenizer.json")).equals(readFileSync(join(base, "tokenizer.json")))).toBe(true);
    const { program, fileBytes, close } = await openPte(file.path);
    await close();
    expect(lintPte(program, fileBytes, [3070, 3069, 3066])).toEqual([]);
    expect(program.methods.get("get_eos_ids")!.returns.map(({ value }) => value)).toEqual([3070, 3069, 3066]);
    expect(program.methods.get("get_bos_id")!.returns.map(({ value }) => value)).toEqual([3065]);
  });

  it("says that 4 bits are few for it", async () => {
    const [file] = await exportModel({ base, checkpoint: null, out: work, formats: ["pte-8da4w"], metadata });
    expect(file.notes[1]).toBe(
      "4 bits lose much in a model this small (docs/log/onnx.md): see the table below, or take pte-8da8w",
    );
  });

  it("refuses a geometry that no template has before anything is written, and says how to make one", async () => {
    const other = fileURLToPath(new URL("../../golden/export/base", import.meta.url));
    const out = join(work, "none");
    const writing = exportModel({ base: other, checkpoint: null, out, formats: ["merged", "pte"], metadata });
    await expect(writing).rejects.toThrow(
      /There is no template to make a pte-8da8w of .*base\. The nearest is \S+ \(.*\)\. Make one, once for all models of this geometry, with Python: python scripts\/pte\/make\.py .*base 8da8w TEMPLATES/,
    );
    expect(existsSync(out)).toBe(false);
  });
});
