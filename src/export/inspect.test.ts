/** What `inspect` says of GGUF, safetensors and ONNX files that are sound, and of such that are not. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GgufValue, openGguf, writeGguf, writeSafetensors } from "../formats/index.ts";
import { buildLlamaGraph, readLlamaConfig } from "../model/index.ts";
import { exportModel } from "./export.ts";
import { inspectGguf } from "./gguf-inspect.ts";
import { inspectOnnx } from "./onnx-inspect.ts";
import { inspectSafetensors } from "./safetensors-inspect.ts";

const golden = fileURLToPath(new URL("../../golden/export", import.meta.url));
const [base, checkpoint] = [join(golden, "base"), join(golden, "checkpoint")];
const out = mkdtempSync(join(tmpdir(), "inspect-"));
afterAll(() => rmSync(out, { recursive: true }));
beforeAll(async () => {
  const metadata = { name: "tiny", systemPrompt: "Reply.", dateString: "26 Jul 2024", license: "apache-2.0" };
  await exportModel({ base, checkpoint, out, formats: ["gguf-q8_0", "adapter-gguf", "adapter"], metadata });
});

describe("a GGUF", () => {
  const model = join(out, "model-q8_0.gguf");
  const changed = async (values: Record<string, GgufValue | null>) => {
    const reader = await openGguf(model);
    const tensors = [];
    for (const { name, shape, type } of reader.entries.values())
      tensors.push({ name, shape, type: type!, data: await reader.readFloat32(name) });
    await reader.close();
    const metadata = new Map(reader.metadata);
    for (const [key, value] of Object.entries(values)) {
      if (value === null) metadata.delete(key);
      else metadata.set(key, value);
    }
    const path = join(out, "changed.gguf");
    rmSync(path, { force: true });
    await writeGguf(path, { metadata, tensors });
    return inspectGguf(path);
  };

  it("is told by its tensors, tokenizer, ends and prompt", async () => {
    const report = await inspectGguf(model);
    expect(report).toMatchObject({
      ...{ kind: "gguf", architecture: "llama", name: "tiny", license: "apache-2.0", isAdapter: false },
      ...{ vocabularySize: 308, preTokenizer: "llama-bpe", ends: ["<|eot_id|>", "<|eom_id|>"], hasTemplate: true },
      ...{ systemPrompt: "Reply.", problems: [] },
    });
    expect(report.tensors.map(({ type, tensors }) => [type, tensors])).toEqual([
      ["Q8_0", 15], // 7 matrices in each of 2 layers, and the embedding
      ["F32", 6], //   2 norms in each layer, the last one, and the rope factors
    ]);
    expect(report.tensors[0].bytes / report.tensors[0].values).toBe(34 / 32);
  });

  it("that would run on, open turns to a mail, or be asked in another frame has problems by name", async () => {
    const eot: GgufValue = { type: "u32", value: 299 };
    const runsOn = await changed({ "tokenizer.ggml.eos_token_id": eot, "tokenizer.ggml.eot_token_id": eot });
    expect(runsOn.problems).toEqual([
      "the template ends a turn with <|eot_id|>, which neither eos, eot nor eom names: programs that know no better run on",
    ]);
    const reader = await openGguf(model);
    await reader.close();
    const types = [...(reader.metadata.get("tokenizer.ggml.token_type")!.value as number[])];
    types[300] = 4; // <|start_header_id|> as a word of any text
    const open = await changed({ "tokenizer.ggml.token_type": { type: "array", of: "i32", value: types } });
    expect(open.problems.join()).toContain("<|start_header_id|> is written by the template but found in any text");
    expect((await changed({ "tokenizer.chat_template": null })).problems.join()).toContain("it has no chat template");
  });

  it("that is an adapter is told by its strength", async () => {
    expect(await inspectGguf(join(out, "adapter.gguf"))).toMatchObject({
      ...{ isAdapter: true, architecture: "llama", adapterAlpha: 12, problems: [] }, // 6·√4: alpha / rank is all that llama.cpp knows
      systemPrompt: "Reply.",
    });
  });
});

describe("safetensors", () => {
  it("are told by their types, an adapter by its rank, and every value that is no number by its place", async () => {
    const adapter = await inspectSafetensors(join(out, "adapter", "adapter_model.safetensors"));
    expect(adapter).toMatchObject({ kind: "safetensors", loraRanks: [4], problems: [] });
    const path = join(out, "bad.safetensors");
    const data = Float32Array.of(1, 2, Number.NaN, 4);
    await writeSafetensors(path, [{ name: "x", shape: [2, 2], dtype: "F32", data }]);
    const report = await inspectSafetensors(path);
    expect(report.problems).toEqual(["x holds NaN at element 2"]);
    expect(report.tensors).toEqual([{ type: "F32", tensors: 1, values: 4, bytes: 16 }]);
  });
});

describe("an ONNX model", () => {
  it("is told by its operators, inputs and weights", async () => {
    const config = await readLlamaConfig(base);
    const { onnx } = buildLlamaGraph({ config, longest: 8, trainable: "none" });
    const path = join(out, "graph.onnx");
    writeFileSync(path, onnx);
    const report = await inspectOnnx(path);
    expect(report).toMatchObject({ kind: "onnx", producer: "pocketreply", irVersion: 11, problems: [] });
    expect(report.outputs).toEqual(["nll", "loss"]);
    expect(report.inputs).toContain("model.embed_tokens.weight");
    expect(report.operators["com.microsoft.RotaryEmbedding"]).toBe(4); // q and k of 2 layers
    expect(report.fileBytes).toBe(onnx.length);
  });

  it("whose weights do not lie beside it has a problem; other bytes are refused", async () => {
    const place = join(out, "external");
    mkdirSync(place);
    // ModelProto{1: 11, 7: GraphProto{5: TensorProto{13: {1: "location", 2: "w.bin"}}, 12: ValueInfoProto{1: "y"}}}
    const text = (field: number, value: string) => [field * 8 + 2, value.length, ...Buffer.from(value)];
    const nest = (field: number, bytes: number[]) => [field * 8 + 2, bytes.length, ...bytes];
    const pair = [...text(1, "location"), ...text(2, "w.bin")];
    const graph = [...nest(5, nest(13, pair)), ...nest(12, text(1, "y"))];
    const path = join(place, "model.onnx");
    writeFileSync(path, Uint8Array.from([8, 11, ...nest(7, graph)]));
    expect((await inspectOnnx(path)).problems).toEqual(["its weights lie in w.bin, which is not beside it"]);
    cpSync(path, join(place, "w.bin"));
    expect((await inspectOnnx(path)).problems).toEqual([]);
    writeFileSync(path, readFileSync(join(base, "config.json")));
    await expect(inspectOnnx(path)).rejects.toThrow("expected a");
  });
});
