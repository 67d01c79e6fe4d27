/** A GGUF file as a base: what we wrote into one comes out of it again, and llama.cpp's own files are read as llama.cpp reads them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GgufTensorSource } from "../formats/gguf-write.ts";
import { type GgufValue, openGguf, writeGguf } from "../formats/index.ts";
import { baseTensors, isGgufBase, readBaseWeights, readLlamaConfig, writeGgufBase } from "../model/index.ts";
import { loadTokenizer, writeGgufTokenizer } from "../tokens/index.ts";
import { exportModel } from "./export.ts";

const source = fileURLToPath(new URL("../../golden/export/base", import.meta.url));
const metadata = { name: "tiny", systemPrompt: "Reply.", dateString: "26 Jul 2024" };
const work = mkdtempSync(join(tmpdir(), "gguf-base-"));
afterAll(() => rmSync(work, { recursive: true }));

/** A base folder over the GGUF at `path`. */
async function unpack(path: string, name: string): Promise<string> {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  await writeGgufTokenizer(folder, path);
  await writeGgufBase(folder, path);
  return folder;
}

/** A copy of the GGUF with some metadata changed and one more tensor where it is given. */
async function change(path: string, values: Record<string, GgufValue>, more: GgufTensorSource[] = []): Promise<string> {
  const reader = await openGguf(path);
  const tensors: GgufTensorSource[] = [];
  for (const { name, shape, type } of reader.entries.values())
    tensors.push({ name, shape, type: type!, data: await reader.readFloat32(name) });
  await reader.close();
  const target = join(work, "changed.gguf");
  rmSync(target, { force: true });
  await writeGguf(target, {
    metadata: new Map([...reader.metadata, ...Object.entries(values)]),
    tensors: [...tensors, ...more],
  });
  return target;
}

describe("a GGUF as base", () => {
  const file = join(work, "model-f32.gguf");
  let folder: string;
  beforeAll(async () => {
    await exportModel({ base: source, checkpoint: null, out: work, formats: ["gguf-f32", "gguf-q8_0"], metadata });
    folder = await unpack(file, "f32");
  });

  it("has the configuration and every weight, bit by bit, of the folder it was written from", async () => {
    const config = await readLlamaConfig(source);
    expect(await readLlamaConfig(folder)).toEqual(config);
    const weights = await readBaseWeights(source, config);
    for (const [name, values] of await readBaseWeights(folder, config))
      expect(Buffer.compare(Buffer.from(values.buffer), Buffer.from(weights.get(name)!.buffer)), name).toBe(0);
  });

  it("has the tokenizer and the chat template of that folder", async () => {
    const [ours, theirs] = [await loadTokenizer(folder), await loadTokenizer(source)];
    for (const text of ["Dear Ann,\n\nthe 3,141 figures: naïve   or not?\t", "<|eot_id|>", "\u{1F600} it's"])
      expect(ours.encode(text)).toEqual(theirs.encode(text));
    expect(ours.chatTemplate).toBe(theirs.chatTemplate);
    expect(ours.specialTokens).toEqual(theirs.specialTokens);
    expect(ours.bosId).toBe(theirs.bosId);
    expect(ours.endIds).toEqual(expect.arrayContaining([...theirs.endIds]));
  });

  it("gives the same GGUF when it is exported again", async () => {
    const out = join(work, "again");
    await exportModel({ base: folder, checkpoint: null, out, formats: ["gguf-f32"], metadata });
    expect(readFileSync(join(out, "model-f32.gguf")).equals(readFileSync(file))).toBe(true);
  });

  it("of quantised weights is the values that these stand for, and its merged model keeps them in F16", async () => {
    const quantised = await unpack(join(work, "model-q8_0.gguf"), "q8_0");
    const config = await readLlamaConfig(quantised);
    const weights = await readBaseWeights(quantised, config);
    const reader = await openGguf(join(work, "model-q8_0.gguf"));
    const down = await reader.readFloat32("blk.0.ffn_down.weight");
    await reader.close();
    expect(weights.get("model.layers.0.mlp.down_proj.weight")).toEqual(down);
    expect([...weights.keys()]).toEqual(baseTensors(config).map(({ name }) => name));
    const out = join(work, "merged-of-q8_0");
    await exportModel({ base: quantised, checkpoint: null, out, formats: ["merged"], metadata });
    const merged = await readBaseWeights(join(out, "merged"), config);
    const largest = down.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    merged.get("model.layers.0.mlp.down_proj.weight")!.forEach((value, i) => {
      expect(Math.abs(value - down[i])).toBeLessThanOrEqual(largest * 2 ** -11);
    });
  });

  it("is known again, wherever it lies, and another file is refused", async () => {
    expect(await isGgufBase(folder, file)).toBe(true);
    expect(await isGgufBase(join(work, "nothing"), file)).toBe(false);
    const copy = join(work, "copy.gguf");
    writeFileSync(copy, readFileSync(file));
    expect(await isGgufBase(folder, copy)).toBe(false);
    await expect(isGgufBase(folder, join(work, "model-q8_0.gguf"))).rejects.toThrow(
      /is another file than the base that .* was made of/,
    );
  });

  it.each([
    [{ "general.architecture": { type: "string", value: "gemma3" } }, 'the architecture "gemma3"'],
    [{ "llama.expert_count": { type: "u32", value: 8 } }, "mixture of experts"],
    [{ "llama.rope.scaling.type": { type: "string", value: "yarn" } }, 'rope scaling "yarn"'],
    [{ "llama.attention.head_count": { type: "string", value: "4" } }, "llama.attention.head_count"],
    [{ "tokenizer.ggml.pre": { type: "string", value: "tekken" } }, 'the pre-tokenizer "tekken" is not known'],
    [{ "tokenizer.ggml.model": { type: "string", value: "llama" } }, 'the tokenizer is "llama"'],
  ] as [Record<string, GgufValue>, string][])("that cannot be trained is refused by name: %o", async (values, what) => {
    await expect(unpack(await change(file, values), "refused")).rejects.toThrow(what);
    expect(existsSync(join(work, "refused", "gguf.json"))).toBe(false);
  });

  it("with tensors that no Llama has, or with other rope factors than Llama 3's, is refused", async () => {
    const bias = {
      name: "blk.0.attn_q.bias",
      shape: [32],
      type: "F32",
      data: new Float32Array(32),
    } satisfies GgufTensorSource;
    await expect(unpack(await change(file, {}, [bias]), "refused")).rejects.toThrow("blk.0.attn_q.bias");
    const slower = await change(file, { "llama.rope.freq_base": { type: "f32", value: 10 } });
    await expect(unpack(slower, "refused")).rejects.toThrow("factors of Llama 3's formula");
  });
});
