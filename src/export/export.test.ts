import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getLlama, type Token } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertStories260K, decodeStories, readStories260KVocabulary } from "../../scripts/fixtures/stories260k.ts";
import { openGguf, openModelWeights, type TensorSource, writeSafetensors } from "../formats/index.ts";
import { baseTensors, interleaveRotaryRows, loraScale, readLlamaConfig } from "../model/index.ts";
import { createRandom } from "../random.ts";
import { loadTokenizer } from "../tokens/index.ts";
import { openAdapter } from "./adapter.ts";
import { exportModel } from "./export.ts";
import type { ExportFormat, ExportOptions } from "./exported-file.ts";

const golden = fileURLToPath(new URL("../../golden/export", import.meta.url));
const [base, checkpoint] = [join(golden, "base"), join(golden, "checkpoint")];
const expected = JSON.parse(readFileSync(join(golden, "export.json"), "utf8"));
const options: Pick<ExportOptions, "formats" | "metadata"> = JSON.parse(
  readFileSync(join(golden, "options.json"), "utf8"),
);
const folder = mkdtempSync(join(tmpdir(), "export-"));
const out = join(folder, "out");
beforeAll(async () => void (await exportModel({ base, checkpoint, out, ...options })));
afterAll(() => rmSync(folder, { recursive: true }));

const readAll = async (path: string) => {
  const reader = await openGguf(path);
  const tensors = new Map<string, Float32Array>();
  for (const name of reader.entries.keys()) tensors.set(name, await reader.readFloat32(name));
  await reader.close();
  return { ...reader, tensors };
};

/** The log-probability of every token after each token of `ids`, by llama.cpp on one thread. */
async function logProbabilities(path: string, ids: readonly number[]): Promise<Map<Token, number>[]> {
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({
    contextSize: 64,
    threads: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: "F32", // F16 by default: 6e-3 of difference
    experimentalKvCacheValueType: "F32",
  });
  const results = await context
    .getSequence()
    .controlledEvaluate(
      ids.map((id) => [
        id as Token,
        { generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } } },
      ]),
    );
  await model.dispose();
  return results.map((result) => new Map([...result!.next.probabilities!].map(([token, p]) => [token, Math.log(p)])));
}

function logSoftmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)) + largest;
  return logits.map((logit) => logit - total);
}

describe("an export of the golden adapter", () => {
  it("is byte for byte what PEFT, transformers and the gguf package have loaded and run (scripts/goldens/export.py)", () => {
    const files = Object.entries<string>(expected.accepted);
    expect(files.length).toBeGreaterThan(8);
    for (const [file, sha256] of files) {
      expect([
        file,
        createHash("sha256")
          .update(readFileSync(join(out, file)))
          .digest("hex"),
      ]).toEqual([file, sha256]);
    }
    for (const name of ["base/tokenizer.json", "base/tokenizer_config.json", "base/generation_config.json"]) {
      expect(readFileSync(join(golden, name)).equals(readFileSync(join(out, name.replace("base", "merged"))))).toBe(
        true,
      );
    }
  });

  it("gives in llama.cpp the probabilities of PEFT's model", async () => {
    // Measured: 1.3e-5 at F32 (another order of float32 sums, logits given to 5 decimals), 1.3e-2 at F16 (11 bits a weight); logits reach 10.7.
    for (const [file, limit] of [
      ["model-f32.gguf", 1e-4],
      ["model-f16.gguf", 4e-2],
    ] as const) {
      const results = await logProbabilities(join(out, file), expected.prompt);
      let largest = 0;
      for (const [position, result] of results.entries()) {
        const reference = logSoftmax(expected.logits[position]);
        expect(result.size).toBeGreaterThan(100);
        for (const [token, value] of result)
          if (value > -8) largest = Math.max(largest, Math.abs(value - reference[token]));
      }
      process.stdout.write(`llama.cpp against PEFT, ${file}: log-probabilities within ${largest.toExponential(1)}\n`);
      expect(largest).toBeLessThan(limit);
    }
  });

  it("carries the keys of the tokenizer, the template and the prompt", async () => {
    const { metadata, entries } = await readAll(join(out, "model-q8_0.gguf"));
    const value = (key: string) => metadata.get(key)?.value;
    expect(value("tokenizer.ggml.model")).toBe("gpt2");
    expect(value("tokenizer.ggml.pre")).toBe("llama-bpe");
    const [tokens, types, merges] = ["tokens", "token_type", "merges"].map(
      (key) => value(`tokenizer.ggml.${key}`) as unknown[],
    );
    expect([tokens.length, types.length, value("llama.vocab_size")]).toEqual([308, 308, 308]);
    expect(tokens.slice(297)).toEqual([
      expect.any(String),
      "<|begin_of_text|>",
      "<|end_of_text|>",
      "<|start_header_id|>",
      "<|end_header_id|>",
      "<|eom_id|>",
      "<|eot_id|>",
      "<mail>",
      "[PAD305]",
      "[PAD306]",
      "[PAD307]",
    ]);
    expect(types.slice(297)).toEqual([1, 3, 3, 3, 3, 3, 3, 4, 5, 5, 5]);
    expect(merges.length).toBe(298 - 256);
    expect(["bos", "eos", "eot", "eom"].map((name) => value(`tokenizer.ggml.${name}_token_id`))).toEqual([
      298, 303, 303, 302,
    ]);
    expect(value("tokenizer.ggml.add_bos_token")).toBe(true);
    expect(value("tokenizer.chat_template")).toContain("<|start_header_id|>{{ m.role }}");
    expect([value("pocketreply.system_prompt"), value("pocketreply.date_string")]).toEqual([
      "Reply to this email.",
      "26 Jul 2024",
    ]);
    expect(value("general.file_type")).toBe(7);
    expect(entries.has("output.weight")).toBe(false);
    expect([entries.get("blk.1.ffn_norm.weight")?.type, entries.get("token_embd.weight")?.type]).toEqual([
      "F32",
      "Q8_0",
    ]);
  });

  it("says the strength of the adapter so that alpha / rank is right: the exported pair gives the merged weights", async () => {
    const config = JSON.parse(readFileSync(join(out, "adapter", "adapter_config.json"), "utf8"));
    expect([config.lora_alpha, config.r, config.use_rslora]).toEqual([12, 4, false]); // 6·√4, and 12 / 4 = 6 / √4
    const trained = await openAdapter(checkpoint);
    const adapter = await openAdapter(join(out, "adapter"));
    expect(config.lora_alpha / config.r).toBe(loraScale(trained));
    const plain = await openModelWeights(base);
    const merged = await openModelWeights(join(out, "merged"));
    const module = "model.layers.1.mlp.down_proj";
    const [weight, result] = [
      await plain.readFloat32(`${module}.weight`),
      await merged.readFloat32(`${module}.weight`),
    ];
    const { a, b } = await adapter.readPair(module);
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 64; column++) {
        let sum = 0;
        for (let r = 0; r < config.r; r++) sum += b[row * config.r + r] * a[r * 64 + column];
        expect(result[row * 64 + column]).toBe(
          Math.fround(weight[row * 64 + column] + (config.lora_alpha / config.r) * sum),
        );
      }
    }
    for (const reader of [trained, adapter, plain, merged]) await reader.close();
  });

  it("is the same a second time, over the first", async () => {
    await exportModel({ base, checkpoint, out, ...options });
    const files = Object.entries<string>(expected.accepted);
    for (const [file, sha256] of files)
      expect(
        createHash("sha256")
          .update(readFileSync(join(out, file)))
          .digest("hex"),
      ).toBe(sha256);
    expect(readdirSync(out).sort()).toEqual([
      "adapter",
      "merged",
      "model-f16.gguf",
      "model-f32.gguf",
      "model-q8_0.gguf",
    ]);
  });
});

describe("added tokens that their file calls ordinary", () => {
  const marked = join(folder, "marked");
  const target = join(folder, "marked-out");
  const markers = ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"];
  let files: ReturnType<typeof Object.fromEntries>;
  beforeAll(async () => {
    cpSync(base, marked, { recursive: true });
    const change = (name: string, to: (json: Record<string, never>) => object) =>
      writeFileSync(join(marked, name), JSON.stringify(to(JSON.parse(readFileSync(join(marked, name), "utf8")))));
    change("tokenizer.json", (json) => ({
      ...json,
      added_tokens: (json.added_tokens as { content: string }[]).map((token) =>
        markers.includes(token.content) ? { ...token, special: false } : token,
      ),
    }));
    change("tokenizer_config.json", (json) => ({
      ...json,
      eos_token: "<|end_of_text|>", // the end of a document, where the template ends a turn with <|eot_id|>
      added_tokens_decoder: {
        303: { content: "<|eot_id|>", special: false },
        304: { content: "<mail>", special: false },
      },
    }));
    writeFileSync(join(marked, "generation_config.json"), JSON.stringify({ eos_token_id: 299, top_p: 0.9 }));
    await exportModel({ ...options, base: marked, checkpoint: null, out: target, formats: ["merged", "gguf-f32"] });
    files = Object.fromEntries(
      ["tokenizer.json", "tokenizer_config.json", "generation_config.json"].map((name) => [
        name,
        JSON.parse(readFileSync(join(target, "merged", name), "utf8")),
      ]),
    );
  });

  it("are control tokens where the template writes them, and the end of a turn is in every list of ends", async () => {
    const { metadata } = await readAll(join(target, "model-f32.gguf"));
    expect((metadata.get("tokenizer.ggml.token_type")!.value as number[]).slice(298, 306)).toEqual([
      3, 3, 3, 3, 3, 3, 4, 5,
    ]);
    expect(["eos", "eot"].map((name) => metadata.get(`tokenizer.ggml.${name}_token_id`)?.value)).toEqual([303, 303]);
    const special = files["tokenizer.json"].added_tokens.filter((token: { special: boolean }) => !token.special);
    expect(special.map(({ content }: { content: string }) => content)).toEqual(["<mail>"]);
    expect(files["tokenizer_config.json"].added_tokens_decoder).toEqual({
      303: { content: "<|eot_id|>", special: true },
      304: { content: "<mail>", special: false },
    });
    expect(files["generation_config.json"]).toEqual({ eos_token_id: [303, 299, 302], top_p: 0.9 });
  });

  it("give a mail the same ids in training and in llama.cpp, and none opens a turn", async () => {
    const trained = await loadTokenizer(marked);
    expect(trained.endIds[0]).toBe(303);
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
    const model = await llama.loadModel({ modelPath: join(target, "model-f32.gguf") });
    for (const text of [
      "a <mail> b",
      "<mail><mail>x",
      " <mail>\n",
      "<|eot_id|><|start_header_id|>system<|end_header_id|>",
      "<mail",
    ]) {
      const ids = trained.encode(text);
      expect([text, [...model.tokenize(text, false)]]).toEqual([text, ids]);
      expect(ids.filter((id) => id >= 298 && id < 304)).toEqual([]);
    }
    expect(trained.encode("a <mail> b")).toContain(304);
    expect(model.isEogToken(303 as Token)).toBe(true);
    expect(model.isEogToken(299 as Token)).toBe(true);
    await model.dispose();
  });

  it("that take in spaces are refused: llama.cpp has no such tokens", async () => {
    const path = join(marked, "tokenizer.json");
    const json = JSON.parse(readFileSync(path, "utf8"));
    for (const token of json.added_tokens) if (token.content === "<mail>") token.rstrip = true;
    writeFileSync(path, JSON.stringify(json));
    await expect(
      exportModel({ ...options, base: marked, checkpoint: null, out: target, formats: ["gguf-f32"] }),
    ).rejects.toThrow('the added token "<mail>" takes in the spaces beside it');
  });
});

describe("a base as it is", () => {
  it("keeps its bits in its own type; GGUF F32 holds the same values, q and k in llama.cpp's order", async () => {
    const bf16 = join(folder, "bf16");
    cpSync(base, bf16, { recursive: true });
    const json = JSON.parse(readFileSync(join(bf16, "config.json"), "utf8"));
    const { rope_parameters: _, dtype: __, ...config } = { ...json, tie_word_embeddings: false, rope_theta: 1000 };
    writeFileSync(join(bf16, "config.json"), JSON.stringify(config));
    const random = createRandom(5);
    const llama = await readLlamaConfig(bf16);
    const sources = baseTensors(llama).map(({ name, shape }): TensorSource => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
      return { name, shape, dtype: "BF16", data };
    });
    await writeSafetensors(join(bf16, "model.safetensors"), sources, { format: "pt" });
    writeFileSync(join(bf16, "LICENSE.txt"), "the licence");
    const files = await exportModel({
      ...options,
      base: bf16,
      checkpoint: null,
      out: join(folder, "asis"),
      formats: ["merged", "gguf-f32"],
    });
    expect(files.map(({ format, tensors, notes }) => ({ format, tensors, notes }))).toEqual([
      { format: "merged", tensors: 21, notes: ["weights in BF16, as in the base"] },
      { format: "gguf-f32", tensors: 21, notes: [] },
    ]);
    const merged = join(folder, "asis", "merged");
    expect(readFileSync(join(merged, "model.safetensors")).equals(readFileSync(join(bf16, "model.safetensors")))).toBe(
      true,
    );
    expect(JSON.parse(readFileSync(join(merged, "config.json"), "utf8"))).toEqual({
      ...config,
      torch_dtype: "bfloat16",
    });
    expect(readFileSync(join(merged, "LICENSE.txt"), "utf8")).toBe("the licence");

    const gguf = await readAll(files[1].path);
    const original = await openModelWeights(bf16);
    expect(gguf.tensors.has("rope_freqs.weight")).toBe(false);
    expect(gguf.tensors.get("output.weight")).toEqual(await original.readFloat32("lm_head.weight"));
    const k = await original.readFloat32("model.layers.1.self_attn.k_proj.weight"); // 2 heads of 8 rows of 32
    const order = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15];
    expect(gguf.tensors.get("blk.1.attn_k.weight")).toEqual(
      Float32Array.from(order.flatMap((row) => [...k.slice(row * 32, row * 32 + 32)])),
    );
    await original.close();
  });

  it("has no adapter to export", async () => {
    await expect(exportModel({ ...options, base, checkpoint: null, out })).rejects.toThrow(
      "There is no adapter to export: the base",
    );
  });
});

describe("a fully trained model", () => {
  const trained = join(golden, "merged-by-peft");

  it("takes the place of the base's weights", async () => {
    const target = join(folder, "full");
    await exportModel({ ...options, base, checkpoint: trained, out: target, formats: ["merged"] });
    const [ours, theirs] = [await openModelWeights(join(target, "merged")), await openModelWeights(trained)];
    expect(ours.entries.size).toBe(20);
    for (const name of ours.entries.keys())
      expect(await ours.readFloat32(name)).toEqual(await theirs.readFloat32(name));
    await ours.close();
    await theirs.close();
  });

  it("has no adapter to export", async () => {
    const exporting = exportModel({ ...options, base, checkpoint: trained, out });
    await expect(exporting).rejects.toThrow(
      'merged-by-peft is a fully trained model. Leave "adapter" out of export.formats.',
    );
  });
});

it("merges once for several exports, each the same as by itself", async () => {
  const merged = new Map<string, Float32Array>();
  const target = join(folder, "remembered");
  for (const format of ["gguf-q8_0", "merged"] as const)
    await exportModel({ ...options, base, checkpoint, out: target, formats: [format], merged });
  expect(merged.size).toBeGreaterThan(10);
  for (const file of ["model-q8_0.gguf", "merged/model.safetensors"])
    expect(readFileSync(join(target, file)).equals(readFileSync(join(out, file))), file).toBe(true);
});

describe("what cannot be exported truly is refused", () => {
  const changed = join(folder, "changed");
  const target = join(folder, "refused");
  const refuse = async (change: (folder: string) => void, message: string, format: ExportFormat = "gguf-f16") => {
    rmSync(changed, { recursive: true, force: true });
    cpSync(base, changed, { recursive: true });
    change(changed);
    await expect(
      exportModel({ ...options, base: changed, checkpoint: null, out: target, formats: [format] }),
    ).rejects.toThrow(message);
    expect(existsSync(target) ? readdirSync(target) : []).toEqual([]);
  };
  const replace = (name: string, from: string, to: string) => (at: string) => {
    const text = readFileSync(join(at, name), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(at, name), text.replace(from, to));
  };

  it("a tokenizer that llama.cpp would read otherwise", async () => {
    const tokenizer = (from: string, to: string) => replace("tokenizer.json", from, to);
    const qwen = tokenizer("p{N}{1,3}", "p{N}");
    await refuse(qwen, 'the normalizer null has no counterpart in GGUF; "qwen2" is for a tokenizer with "NFC"');
    const wholeWordsFirst = (at: string) => {
      qwen(at);
      tokenizer('"normalizer": null', '"normalizer": { "type": "NFC" }')(at);
    };
    await refuse(wholeWordsFirst, 'model.ignore_merges is true, but llama.cpp\'s "qwen2" works as if it were false');
    const nfc = tokenizer('"normalizer": null', '"normalizer": { "type": "NFC" }');
    await refuse(nfc, 'the normalizer "NFC" has no counterpart in GGUF');
    await refuse(tokenizer("(?i:'s|", "(?i:'z|"), "is none that is exported to GGUF");
    await refuse(tokenizer('"id": 298', '"id": 900'), "the weights have rows for 308 only");
  });

  it("weights and configuration that do not belong together", async () => {
    const config = (from: string, to: string) => replace("config.json", from, to);
    const deeper = config('"num_hidden_layers": 2', '"num_hidden_layers": 3');
    await refuse(deeper, "model.layers.2.input_layernorm.weight is missing (expected [32])");
    const narrower = config('"intermediate_size": 64', '"intermediate_size": 48');
    await refuse(narrower, "gate_proj.weight is [64, 32] (expected [48, 32])", "merged");
  });

  it("an architecture that a format cannot hold", async () => {
    const config = (from: string, to: string) => replace("config.json", from, to);
    const granite = config('"model_type": "llama"', '"model_type": "granite"');
    await refuse(
      granite,
      'A .pte is made of a plain Llama or a Qwen3, and the base is of the type "granite"',
      "pte-8da8w",
    );
    const often = config('"model_type": "llama"', '"model_type": "smollm3", "no_rope_layer_interval": 2');
    await refuse(often, "unrotated layers 1: llama.cpp leaves out every fourth");
  });

  it("biases where a program has none, before anything is written", async () => {
    const qwen = fileURLToPath(new URL("../../golden/architectures/qwen2/base", import.meta.url));
    const exporting = exportModel({ ...options, base: qwen, checkpoint: null, out: target, formats: ["pte-8da8w"] });
    await expect(exporting).rejects.toThrow("the base has a bias in q_proj, k_proj, v_proj. Export it as GGUF");
    expect(existsSync(target) ? readdirSync(target) : []).toEqual([]);
  });

  it("a value that F16 cannot hold", async () => {
    const reader = await openModelWeights(base);
    const sources: TensorSource[] = [];
    for (const { name, shape } of reader.entries.values())
      sources.push({ name, shape, dtype: "F32", data: await reader.readFloat32(name) });
    await reader.close();
    const embedding = sources.find(({ name }) => name === "model.embed_tokens.weight")!;
    (embedding.data as Float32Array)[77] = 70000;
    const path = join(folder, "large.safetensors");
    await writeSafetensors(path, sources);
    await refuse(
      (at) => cpSync(path, join(at, "model.safetensors")),
      "tensor token_embd.weight, value 77: expected a number that F16 can hold, got Infinity.",
    );
  });
});

describe("rotary rows", () => {
  it("of two heads of four rows", () => {
    expect([
      ...interleaveRotaryRows(new Float32Array([0, 1, 2, 3, 4, 5, 6, 7]), { headSize: 4, rowLength: 1 }),
    ]).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
    expect(() => interleaveRotaryRows(new Float32Array(6), { headSize: 4, rowLength: 1 })).toThrow(
      "6 rows are not whole heads of 4",
    );
  });
});

describe("stories260K", () => {
  const source = fileURLToPath(new URL("../../golden/stories260K", import.meta.url));

  it("keeps its rows, and tells its story in llama.cpp", async () => {
    const [model, exported] = [join(folder, "stories"), join(folder, "stories-out")];
    await convertStories260K(source, model);
    const vocabulary = { ...(await readStories260KVocabulary(source)), bosId: 1, eosId: 2 };
    const metadata = { name: "stories260K", systemPrompt: "", dateString: "" };
    const formats = ["gguf-f32", "gguf-q8_0"] as const;
    const files = await exportModel({ base: model, checkpoint: null, out: exported, formats, metadata, vocabulary });
    expect(files[1].notes[0]).toMatch(
      /^5 matrices have rows that are no multiple of 32 and stay F16: blk.0.ffn_down.weight/,
    );

    const { tensors } = await readAll(files[0].path);
    const bin = readFileSync(join(source, "stories260K.bin"));
    const wq = 28 + 4 * (512 * 64 + 5 * 64); // llama2.c's own order is llama.cpp's
    const q = tensors.get("blk.0.attn_q.weight")!;
    expect(Buffer.from(q.buffer, q.byteOffset, q.byteLength).equals(bin.subarray(wq, wq + 4 * 64 * 64))).toBe(true);

    const ids = [1];
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
    const loaded = await llama.loadModel({ modelPath: files[0].path });
    const context = await loaded.createContext({ contextSize: 64, threads: 1, flashAttention: false });
    for await (const token of context.getSequence().evaluate([1 as Token], { temperature: 0 }))
      if (ids.push(token) > 40) break;
    await loaded.dispose();
    expect(decodeStories(vocabulary, ids)).toMatch(
      /^Once upon a time, there was a little girl named Lily\. She loved to play outside in the park\./,
    );
  });
});
