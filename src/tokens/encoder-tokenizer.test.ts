/** Encoder tokenizers against transformers + tokenizers: golden/bertscore/README.md. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createCharsMap } from "./charsmap.ts";
import { loadEncoderTokenizer } from "./encoder-tokenizer.ts";

const golden =
  process.env.POCKETREPLY_BERTSCORE_GOLDEN ?? fileURLToPath(new URL("../../golden/bertscore", import.meta.url));
const families = ["bert", "bert-cased-lm", "roberta", "distilbert", "deberta", "deberta-v2", "deberta-v3"];

function readGolden(family: string): { tokens: [string, number[]][] } {
  return JSON.parse(readFileSync(join(golden, family, "golden.json"), "utf8")) as { tokens: [string, number[]][] };
}

describe("ids equal those of transformers", () => {
  it.each(families)("%s", async (family) => {
    const tokenizer = await loadEncoderTokenizer(join(golden, family), { prefixSpace: family === "roberta" });
    expect(tokenizer.maxTokens).toBe(64);
    const { tokens } = readGolden(family);
    const wrong = tokens.filter(([text, ids]) => tokenizer.encode(text, 64).ids.join() !== ids.join());
    expect(wrong.map(([text, ids]) => ({ text, ids, ours: tokenizer.encode(text, 64).ids }))).toEqual([]);
    expect(tokens.length).toBeGreaterThan(100);
  });
});

describe("an encoder tokenizer", () => {
  const bert = join(golden, "bert");
  const work = mkdtempSync(join(tmpdir(), "encoder-tokenizer-"));

  it("frames a text, cuts it at the limit and says so", async () => {
    const { encode, startId, endId } = await loadEncoderTokenizer(bert);
    expect(encode("", 64)).toEqual({ ids: [startId, endId], isCut: false });
    const whole = encode("thank you for your email", 64).ids;
    expect(encode(" \u00a0thank you for your email\n", 64)).toEqual({ ids: whole, isCut: false });
    expect(encode("thank you for your email", whole.length).isCut).toBe(false);
    expect(encode("thank you for your email", whole.length - 1)).toEqual({
      ids: [...whole.slice(0, whole.length - 2), endId],
      isCut: true,
    });
  });

  it("takes a text of a megabyte, of one word and of many", async () => {
    for (const family of ["bert", "roberta", "deberta-v3"]) {
      const { encode } = await loadEncoderTokenizer(join(golden, family));
      for (const text of ["x".repeat(1 << 20), "the invoice ".repeat(87_382)])
        expect(encode(text, 64).ids.length).toBeLessThanOrEqual(64);
    }
  });

  it("reads vocab.txt as tokenizer.json, and vocab.json with merges.txt too", async () => {
    const { model } = JSON.parse(readFileSync(join(bert, "tokenizer.json"), "utf8")) as {
      model: { vocab: Record<string, number> };
    };
    const old = join(work, "vocab-txt");
    cpSync(bert, old, { recursive: true });
    rmSync(join(old, "tokenizer.json"));
    writeFileSync(
      join(old, "vocab.txt"),
      Object.entries(model.vocab)
        .sort((a, b) => a[1] - b[1])
        .map(([token]) => `${token}\n`)
        .join(""),
    );
    const [before, after] = [await loadEncoderTokenizer(old), await loadEncoderTokenizer(bert)];
    for (const [text] of readGolden("bert").tokens) expect(before.encode(text, 64)).toEqual(after.encode(text, 64));

    for (const family of ["roberta", "deberta"]) {
      const json = JSON.parse(readFileSync(join(golden, family, "tokenizer.json"), "utf8")) as {
        model: { vocab: Record<string, number>; merges: [string, string][] };
      };
      const folder = join(work, family);
      cpSync(join(golden, family), folder, { recursive: true });
      rmSync(join(folder, "tokenizer.json"));
      writeFileSync(join(folder, "vocab.json"), JSON.stringify(json.model.vocab));
      writeFileSync(
        join(folder, "merges.txt"),
        `#version: 0.2\n${json.model.merges.map((pair) => pair.join(" ")).join("\n")}\n`,
      );
      const [before, after] = [await loadEncoderTokenizer(folder), await loadEncoderTokenizer(join(golden, family))];
      const plain = readGolden(family).tokens.filter(([text]) => !/mask/i.test(text)); // the old form eats the space before a mask
      for (const [text] of plain) expect(before.encode(text, 64), text).toEqual(after.encode(text, 64));
    }
  });

  it("finds no word between two special tokens", async () => {
    for (const family of ["bert", "deberta-v2"]) {
      const { encode, startId, endId } = await loadEncoderTokenizer(join(golden, family));
      expect(encode("[SEP] [SEP]", 64).ids).toEqual([startId, endId, endId, endId]);
    }
  });

  it("reads spm.model as tokenizer.json", async () => {
    const { model } = JSON.parse(readFileSync(join(golden, "deberta-v3", "tokenizer.json"), "utf8")) as {
      model: { vocab: [string, number][] };
    };
    const folder = mkdtempSync(join(work, "spm-"));
    const head = (number: number, size: number) => Buffer.from([8 * number + 2, size]); // a field of bytes below 128
    const pieces = model.vocab.map(([piece, score]) => {
      const text = Buffer.from(piece);
      const number = Buffer.alloc(5, 8 * 2 + 5);
      number.writeFloatLE(score, 1);
      const content = Buffer.concat([
        head(1, text.length),
        text,
        number,
        Buffer.from([8 * 3, piece === "[UNK]" ? 2 : 1]),
      ]);
      return Buffer.concat([head(1, content.length), content]);
    });
    writeFileSync(join(folder, "spm.model"), Buffer.concat(pieces));
    const [before, after] = [
      await loadEncoderTokenizer(folder),
      await loadEncoderTokenizer(join(golden, "deberta-v3")),
    ];
    const plain = readGolden("deberta-v3").tokens.filter(
      ([text]) => /^[\x20-\x7e]*$/.test(text) && !text.includes("[MASK]"),
    );
    expect(plain.length).toBeGreaterThan(10);
    for (const [text] of plain) expect(before.encode(text, 64), text).toEqual(after.encode(text, 64));
    writeFileSync(join(folder, "spm.model"), Buffer.concat(pieces).subarray(0, 100));
    await expect(loadEncoderTokenizer(folder)).rejects.toThrow(
      /spm\.model, byte \d+ of a message: expected a protobuf field/,
    );
  });

  it("applies a compiled character map as the tokenizers library does", () => {
    const { map, cases } = JSON.parse(readFileSync(join(golden, "charsmap.json"), "utf8")) as {
      map: string;
      cases: [string, string][];
    };
    const apply = createCharsMap(map, "tokenizer.json");
    for (const [text, expected] of cases) expect(apply(text), JSON.stringify(text)).toBe(expected);
    expect(cases.filter(([text, expected]) => text !== expected).length).toBeGreaterThan(8);
    expect(() => createCharsMap("AAAA", "tokenizer.json")).toThrow("tokenizer.json: precompiled_charsmap is cut short");
  });

  it("says what is missing or not supported", async () => {
    const folder = mkdtempSync(join(work, "none-"));
    await expect(loadEncoderTokenizer(folder)).rejects.toThrow(
      "holds no tokenizer: neither tokenizer.json nor vocab.txt, vocab.json with merges.txt, or spm.model",
    );
    const write = (json: unknown) => writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(json));
    write({ model: { type: "WordLevel", vocab: {} } });
    await expect(loadEncoderTokenizer(folder)).rejects.toThrow('tokenizer.json: the tokenizer model is "WordLevel"');
    write({ model: { type: "WordPiece", vocab: { a: 0 } } });
    await expect(loadEncoderTokenizer(folder)).rejects.toThrow('lacks the unknown token "[UNK]"');
    write({ model: { type: "WordPiece", vocab: { "[UNK]": 0 } }, normalizer: { type: "Nmt" } });
    await expect(loadEncoderTokenizer(folder)).rejects.toThrow('the normalizer "Nmt" is not supported');
    write({ model: { type: "WordPiece", vocab: { "[UNK]": 0 } }, pre_tokenizer: { type: "BertPreTokenizer" } });
    await expect(loadEncoderTokenizer(folder)).rejects.toThrow('lacks the special token "[CLS]"');
    writeFileSync(join(folder, "tokenizer.json"), "{");
    await expect(loadEncoderTokenizer(folder)).rejects.toThrow("tokenizer.json, the whole file: expected JSON");
  });
});
