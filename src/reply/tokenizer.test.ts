import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportModel } from "../export/index.ts";
import { type OpenModel, openModel } from "./llama.ts";

const base = fileURLToPath(new URL("../../golden/export/base", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "reply-tokens-"));
let model: OpenModel;
beforeAll(async () => {
  const metadata = { name: "tiny", systemPrompt: "Reply.", dateString: "26 Jul 2024" };
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
