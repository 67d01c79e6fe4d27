import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openModelWeights, openSafetensors, type TensorSource, writeSafetensors } from "../formats/index.ts";
import { type LlamaConfig, loraScale, plainAlpha, readLlamaConfig } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { openAdapter } from "./adapter.ts";
import { mergeAdapter, openExportWeights } from "./merge.ts";

const golden = fileURLToPath(new URL("../../golden/export", import.meta.url));
const base = join(golden, "base");
const checkpoint = join(golden, "checkpoint");
const folder = mkdtempSync(join(tmpdir(), "merge-"));
afterAll(() => rmSync(folder, { recursive: true }));

const random = createRandom("merge");
const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
const bits = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");

describe("the scale of an adapter", () => {
  it("is the paper's 4 with rsLoRA and 1 without", () => {
    expect(loraScale({ rank: 16, alpha: 16, rsLora: true })).toBe(4);
    expect(loraScale({ rank: 16, alpha: 16, rsLora: false })).toBe(1);
  });

  it("survives a reader that knows only alpha / rank", () => {
    const paper = { rank: 16, alpha: 16, rsLora: true };
    expect(plainAlpha(paper)).toBe(64);
    expect(plainAlpha(paper) / paper.rank).toBe(loraScale(paper));
    expect(plainAlpha({ ...paper, rsLora: false })).toBe(16);
  });
});

describe("merging", () => {
  it("follows the product worked by hand", () => {
    // B·A = [1 2]ᵀ·[3 4] = [[3 4] [6 8]], times 0.5.
    const weight = new Float32Array([1, 1, 1, 1]);
    mergeAdapter(weight, { a: new Float32Array([3, 4]), b: new Float32Array([1, 2]) }, { rank: 1, scale: 0.5 });
    expect([...weight]).toEqual([2.5, 3, 4, 5]);
  });

  it("gives W x + scale·B(A x) for ranks around the four that are summed at once", () => {
    for (const rank of [1, 3, 4, 5, 16]) {
      const [outSize, inSize, scale] = [24, 40, 4];
      const [weight, a, b, x] = [
        normals(outSize * inSize),
        normals(rank * inSize),
        normals(outSize * rank),
        normals(inSize),
      ];
      const dot = (rows: Float32Array, row: number, size: number, by: ArrayLike<number>) => {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += rows[row * size + i] * by[i];
        return sum;
      };
      const low = Array.from({ length: rank }, (_, r) => dot(a, r, inSize, x));
      const unmerged = Array.from(
        { length: outSize },
        (_, o) => dot(weight, o, inSize, x) + scale * dot(b, o, rank, low),
      );
      mergeAdapter(weight, { a, b }, { rank, scale });
      for (let o = 0; o < outSize; o++) {
        // Each merged weight (below 64 in magnitude) is rounded to 24 bits once: at most 2^-19 each, over 40 terms with |x| < 5.
        expect(Math.abs(dot(weight, o, inSize, x) - unmerged[o])).toBeLessThan(40 * 5 * 2 ** -19);
      }
    }
  });

  it("leaves every bit where B is 0, also that of -0", () => {
    const weight = normals(64);
    weight[3] = -0;
    const before = bits(weight);
    mergeAdapter(weight, { a: normals(16), b: new Float32Array(16) }, { rank: 2, scale: 4 });
    expect(bits(weight)).toBe(before);
  });

  it("gives the weights that PEFT merges", async () => {
    const weights = await openExportWeights({ base, checkpoint, config: await readLlamaConfig(base) });
    const peft = await openModelWeights(join(golden, "merged-by-peft"));
    expect(weights.adapter).toMatchObject({ rank: 4, alpha: 6, rsLora: true, scale: 3 });
    let moved = 0;
    for (const { name, shape } of weights.tensors) {
      const [ours, theirs] = [await weights.read(name), await peft.readFloat32(name, shape)];
      const adapted = name.includes("_proj");
      // PEFT sums four products in float32, scales and adds: four roundings of values below 4.
      for (let i = 0; i < ours.length; i++)
        expect(Math.abs(ours[i] - theirs[i])).toBeLessThanOrEqual(adapted ? 4 * 2 ** -23 : 0);
      if (adapted) moved++;
    }
    expect(moved).toBe(14);
    await weights.close();
    await peft.close();
  });
});

describe("what does not fit is named before anything is read", () => {
  const broken = join(folder, "checkpoint");
  const config: Promise<LlamaConfig> = readLlamaConfig(base);
  const open = async () => openExportWeights({ base, checkpoint: broken, config: await config });

  /** The checkpoint with its tensors changed. */
  async function rewrite(change: (tensors: TensorSource[]) => TensorSource[]): Promise<void> {
    cpSync(checkpoint, broken, { recursive: true });
    const reader = await openSafetensors(join(checkpoint, "adapter_model.safetensors"));
    const tensors: TensorSource[] = [];
    for (const { name, shape } of reader.entries.values()) {
      tensors.push({ name, shape, dtype: "F32", data: await reader.readFloat32(name) });
    }
    await reader.close();
    await writeSafetensors(join(broken, "adapter_model.safetensors"), change(tensors));
  }

  it("a tensor whose partner is missing, another rank, another name", async () => {
    await rewrite((tensors) => tensors.slice(1));
    await expect(open()).rejects.toThrow("expected both lora_A and lora_B, got one of them");
    const wider: TensorSource = { name: "", shape: [8, 32], dtype: "F32", data: new Float32Array(256) };
    await rewrite((tensors) =>
      tensors.map((t) => (t.name.includes("0.self_attn.q_proj.lora_A") ? { ...wider, name: t.name } : t)),
    );
    await expect(open()).rejects.toThrow(
      "module model.layers.0.self_attn.q_proj: expected A [4, in] and B [out, 4], got [8, 32] and [32, 4].",
    );
    await rewrite((tensors) => [...tensors, { ...wider, name: "lm_head.weight" }]);
    await expect(open()).rejects.toThrow(
      "tensor lm_head.weight: expected base_model.model.….lora_A.weight or .lora_B.weight",
    );
    await rewrite(() => []);
    await expect(open()).rejects.toThrow("expected LoRA pairs, got none");
  });

  it("an adapter of another base", async () => {
    await rewrite((tensors) => tensors.map((t) => ({ ...t, name: t.name.replace("layers.1.", "layers.7.") })));
    await expect(open()).rejects.toThrow("model.layers.7.self_attn.q_proj is not in the base");
  });

  it("an adapter of a kind that is not merged here", async () => {
    await rewrite((tensors) => tensors);
    const path = join(broken, "adapter_config.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"use_dora": false', '"use_dora": true'));
    await expect(open()).rejects.toThrow(`${path} does not describe a plain LoRA adapter of one rank: use_dora`);
    writeFileSync(path, text.replace('"rank_pattern": {}', '"rank_pattern": {"q_proj": 8}'));
    await expect(open()).rejects.toThrow("rank_pattern");
    rmSync(broken, { recursive: true });
    await expect(open()).rejects.toThrow("holds neither adapter_model.safetensors nor model.safetensors");
  });

  it("a value that is not finite", async () => {
    await rewrite((tensors) => tensors.map((t) => ({ ...t, data: (t.data as Float32Array).map(() => Number.NaN) })));
    const weights = await open();
    await expect(weights.read("model.layers.0.mlp.up_proj.weight")).rejects.toThrow(
      "tensor model.layers.0.mlp.up_proj.weight, value 0: expected a finite number, got NaN.",
    );
    await weights.close();
  });

  it("an adapter without its configuration", async () => {
    await expect(openAdapter(base)).rejects.toThrow("adapter_config.json does not exist");
  });
});
