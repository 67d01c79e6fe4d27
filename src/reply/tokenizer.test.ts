import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportModel } from "../export/index.ts";
import { LLAMA3_SPLIT, loadTokenizer, QWEN2_SPLIT, writeGgufTokenizer } from "../tokens/index.ts";
import { type OpenModel, openModel } from "./llama.ts";

const base = fileURLToPath(new URL("../../golden/export/base", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "reply-tokens-"));
const metadata = { name: "tiny", systemPrompt: "Reply.", dateString: "26 Jul 2024" };
let model: OpenModel;
beforeAll(async () => {
  await exportModel({ base, checkpoint: null, out, formats: ["gguf-f32"], metadata });
  model = await openModel(join(out, "model-f32.gguf"), {});
});
afterAll(async () => {
  await model.close();
  rmSync(out, { recursive: true });
});

describe("the tokenizer of a GGUF", () => {
  it("has no text for rows of the weights that no token has", () => {
    expect(model.tokenizer.vocabularySize).toBe(308);
    const unused = [305, 306, 307];
    for (const id of unused) expect(model.tokenizer.tokenBytes(id)).toEqual(new Uint8Array());
    const hello = model.tokenizer.encode("hello");
    expect(model.tokenizer.decode([...hello, ...unused, ...hello])).toBe("hellohello");
  });

  it("shows an ordinary added token and hides a control token", () => {
    expect(model.tokenizer.decode([303, 304], { skipSpecial: true })).toBe("<mail>");
    expect(model.tokenizer.decode([303, 304])).toBe("<|eot_id|><mail>");
  });
});

describe("every pre-tokenizer that is exported", () => {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
  const gpt2 = { ...byteLevel, use_regex: true };
  const sequence = (...pretokenizers: object[]) => ({ type: "Sequence", pretokenizers });
  const texts = readFileSync(new URL("../../golden/text/encodings.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { text: string }).text);

  it.each([
    ["llama-bpe", sequence(LLAMA3_SPLIT, byteLevel), true, null],
    ["dbrx", sequence(LLAMA3_SPLIT, byteLevel), false, null],
    ["qwen2", sequence(QWEN2_SPLIT, byteLevel), false, { type: "NFC" }],
    ["smollm", sequence({ type: "Digits", individual_digits: true }, gpt2), false, null],
    ["gpt-2", gpt2, false, null],
  ] as const)(
    "%s gives in llama.cpp the ids of training, and of a base made of the GGUF",
    async (name, pre_tokenizer, ignore_merges, normalizer) => {
      const folder = join(out, name);
      cpSync(base, folder, { recursive: true });
      const path = join(folder, "tokenizer.json");
      const json = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(
        path,
        JSON.stringify({ ...json, pre_tokenizer, normalizer, model: { ...json.model, ignore_merges } }),
      );
      await exportModel({ base: folder, checkpoint: null, out: folder, formats: ["gguf-f32"], metadata });
      const file = join(folder, "model-f32.gguf");
      const again = join(folder, "again");
      await writeGgufTokenizer(again, file);
      const [trained, remade] = [await loadTokenizer(folder), await loadTokenizer(again)];
      const opened = await openModel(file, {});
      try {
        expect(texts.length).toBeGreaterThan(600);
        const differing = texts.filter((text) => opened.tokenizer.encode(text).join() !== trained.encode(text).join());
        expect(differing).toEqual([]);
        for (const text of texts) expect(remade.encode(text)).toEqual(trained.encode(text));
      } finally {
        await opened.close();
      }
    },
  );
});
