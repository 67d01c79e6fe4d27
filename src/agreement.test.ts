/**
 * Our forward pass and llama.cpp on our exported GGUF must say the same: the trained stories260K word for word, and a random Llama with
 * grouped heads and llama3 rope logit by logit.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  convertStories260K,
  decodeStories,
  readStories260KVocabulary,
  STORIES_BOS_ID,
  STORIES_EOS_ID,
} from "../scripts/fixtures/stories260k.ts";
import { exportModel } from "./export/index.ts";
import {
  type AdapterShape,
  adapterTensors,
  baseTensors,
  buildLlamaGraph,
  readBaseWeights,
  readLlamaConfig,
  type Weights,
  writeGgufBase,
} from "./model/index.ts";
import { readReferences } from "./reply/index.ts";
import { openProbe } from "./reply/probe.ts";
import { type HostTensor, type Session, withSession } from "./runtime/index.ts";
import { encodeExample, loadTokenizer, writeGgufTokenizer } from "./tokens/index.ts";

const stories = fileURLToPath(new URL("../golden/stories260K", import.meta.url));
const randomBase = fileURLToPath(new URL("../golden/train/base", import.meta.url));
const pocketBase = fileURLToPath(new URL("../models/pocket-base", import.meta.url));
const metadata = { name: "test", systemPrompt: "Reply to this email.", dateString: "26 Jul 2024" };
/** A vocabulary for the random Llama, which has no tokenizer: three control tokens, the bytes (llama.cpp looks for the line feed), and names. */
const namelessVocabulary = {
  bosId: 1,
  eosId: 2,
  tokens: Array.from(
    { length: 272 },
    (_, i) =>
      ["<unk>", "<s>", "</s>"][i] ?? (i < 259 ? `<0x${(i - 3).toString(16).toUpperCase().padStart(2, "0")}>` : `t${i}`),
  ),
  scores: new Array<number>(272).fill(0),
  types: Array.from({ length: 272 }, (_, i) => (i < 3 ? 3 : i < 259 ? 6 : 1)),
};

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "pocketreply-agreement-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** A whole forward pass: the logits after each position of `ids`. */
interface Forward {
  logits(ids: readonly number[]): Promise<Float32Array[]>;
}

async function withForward<T>(
  options: { folder: string; rowTokens: number; adapter?: { shape: AdapterShape; weights: Weights } },
  use: (forward: Forward) => Promise<T>,
): Promise<T> {
  const { folder, rowTokens, adapter } = options;
  const config = await readLlamaConfig(folder);
  const base = await readBaseWeights(folder, config);
  const graph = buildLlamaGraph({
    config,
    longest: rowTokens,
    trainable: "none",
    frozen: base,
    withLogits: true,
    adapter: adapter?.shape,
  });
  const specs = adapter ? adapterTensors(config, adapter.shape.targets, adapter.shape.rank) : [];
  const weights = Object.fromEntries(
    specs.map(({ name, shape }) => [name, { data: adapter!.weights.get(name)!, shape }]),
  );
  return withSession(graph.onnx, {}, (session) =>
    use({ logits: (ids) => runLogits(session, ids, rowTokens, weights) }),
  );
}

async function runLogits(
  session: Session,
  ids: readonly number[],
  rowTokens: number,
  weights: Record<string, HostTensor>,
): Promise<Float32Array[]> {
  const int = (data: number[], shape: number[]): HostTensor => ({ data: BigInt64Array.from(data, BigInt), shape });
  const row = (of: (i: number) => number) => Array.from({ length: rowTokens }, (_, i) => of(i));
  const n = ids.length;
  const result = await session.run({
    ...weights,
    tokens: int(
      row((i) => ids[i] ?? 0),
      [rowTokens],
    ),
    positions: int(
      row((i) => i),
      [1, rowTokens],
    ),
    segments: int(
      row((i) => (i < n ? 1 : 0)),
      [1, rowTokens],
    ),
    lossPositions: int(Array.from(ids.keys()), [n]),
    targets: int(new Array<number>(n).fill(0), [n]),
    weights: { data: new Float32Array(n).fill(1), shape: [n] },
  });
  const all = result.logits.data as Float32Array;
  const size = all.length / n;
  return Array.from({ length: n }, (_, i) => all.subarray(i * size, (i + 1) * size));
}

function logSoftmax(logits: Float32Array): Float32Array {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const logSum = max + Math.log(logits.reduce((total, logit) => total + Math.exp(logit - max), 0));
  return logits.map((logit) => logit - logSum);
}

const indexOfLargest = (values: Float32Array) =>
  values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

/** The largest difference of ln p over tokens with p > 1e-6 (rarer ones are noise that no sampler sees). */
function worstDifference(ours: Float32Array, theirs: Float32Array): number {
  return ours.reduce(
    (worst, value, i) => (value > Math.log(1e-6) ? Math.max(worst, Math.abs(value - theirs[i])) : worst),
    0,
  );
}

describe("stories260K", () => {
  let folder: string;
  beforeAll(async () => {
    folder = join(work, "stories");
    await convertStories260K(stories, folder);
    await exportModel({
      base: folder,
      checkpoint: null,
      out: folder,
      formats: ["gguf-f32", "gguf-f16", "gguf-q8_0"],
      metadata,
      vocabulary: { ...(await readStories260KVocabulary(stories)), bosId: STORIES_BOS_ID, eosId: STORIES_EOS_ID },
    });
  });

  test("llama.cpp's key-value cache and our forward pass tell the same story for 200 tokens", async () => {
    for (const [file, cache] of [
      ["model-f32.gguf", "F32"],
      ["model-f16.gguf", "F16"],
    ] as const) {
      const probe = await openProbe(join(folder, file), { contextTokens: 256, cache });
      const story = await probe.greedyTokens([STORIES_BOS_ID], 200);
      await probe.close();
      const text = decodeStories(await readStories260KVocabulary(stories), story);
      expect(text).toMatch(
        /^Once upon a time, there was a little girl named Lily\. She loved to play outside in the park\./,
      );
      // Every token is our own likeliest one after the tokens before it, so our greedy text is the same, by induction.
      const logits = await withForward({ folder, rowTokens: 208 }, (forward) =>
        forward.logits([STORIES_BOS_ID, ...story]),
      );
      expect(logits.slice(0, 200).map(indexOfLargest), file).toEqual(story);
    }
  });

  test("a Q8_0 file still begins the known story", async () => {
    const probe = await openProbe(join(folder, "model-q8_0.gguf"), { contextTokens: 64 });
    const ids = await probe.greedyTokens([STORIES_BOS_ID], 16);
    await probe.close();
    expect(decodeStories(await readStories260KVocabulary(stories), ids)).toMatch(/^Once upon a time, there was/);
  });

  test("an adapter with B = 0 changes no logit", async () => {
    const config = await readLlamaConfig(folder);
    const shape: AdapterShape = {
      rank: 16,
      scale: 4,
      targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    };
    const weights: Weights = new Map(
      adapterTensors(config, shape.targets, 16).map(({ name, shape: [rows, columns] }) => [
        name,
        new Float32Array(rows * columns).fill(name.endsWith("lora_A.weight") ? 0.1 : 0),
      ]),
    );
    const ids = [STORIES_BOS_ID, 403, 407, 261];
    const plain = await withForward({ folder, rowTokens: 16 }, (forward) => forward.logits(ids));
    const adapted = await withForward({ folder, rowTokens: 16, adapter: { shape, weights } }, (forward) =>
      forward.logits(ids),
    );
    expect(adapted).toEqual(plain);
  });
});

describe.each(["llama", "qwen2", "qwen3", "granite", "smollm3"])("a random %s", (name) => {
  const place = name === "llama" ? "train" : `architectures/${name}`;
  const folder = fileURLToPath(new URL(`../golden/${place}/base`, import.meta.url));
  const checkpoint = fileURLToPath(new URL(`../golden/${place}/adapter`, import.meta.url));

  test("answers in llama.cpp as in our forward pass, as it is and with an adapter merged, and comes back out of its GGUF", async () => {
    const out = join(work, name);
    const ids = Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 96);
    for (const adapter of [null, checkpoint]) {
      const formats = ["gguf-f32", "merged"] as const;
      await exportModel({ base: folder, checkpoint: adapter, out, formats, metadata, vocabulary: namelessVocabulary });
      await withForward({ folder: join(out, "merged"), rowTokens: 48 }, async (forward) => {
        const probe = await openProbe(join(out, "model-f32.gguf"), { contextTokens: 64, cache: "F32" });
        for (const length of [1, 2, 17, 40]) {
          const ours = logSoftmax((await forward.logits(ids.slice(0, length))).at(-1)!);
          const worst = worstDifference(ours, await probe.nextTokenLogProbs(ids.slice(0, length)));
          expect(worst, `after ${length} tokens`).toBeLessThan(2e-4); // only the order of sums differs
        }
        await probe.close();
      });
    }
    await exportModel({
      base: folder,
      checkpoint,
      out: join(work, `${name}-pair`),
      formats: ["adapter-gguf"],
      metadata,
    });
    await exportModel({
      ...{ base: folder, checkpoint: null, out: join(work, `${name}-pair`), formats: ["gguf-f32"] },
      ...{ metadata, vocabulary: namelessVocabulary },
    });
    const laid = await openProbe(join(work, `${name}-pair`, "model-f32.gguf"), {
      ...{ contextTokens: 64, cache: "F32", adapter: join(work, `${name}-pair`, "adapter.gguf") },
    });
    const mergedProbe = await openProbe(join(out, "model-f32.gguf"), { contextTokens: 64, cache: "F32" });
    const plain = await openProbe(join(work, `${name}-pair`, "model-f32.gguf"), { contextTokens: 64, cache: "F32" });
    const [overBase, inWeights, without] = [
      await laid.nextTokenLogProbs(ids),
      await mergedProbe.nextTokenLogProbs(ids),
      await plain.nextTokenLogProbs(ids),
    ];
    for (const probe of [laid, mergedProbe, plain]) await probe.close();
    expect(worstDifference(inWeights, overBase)).toBeLessThan(2e-4);
    expect(worstDifference(inWeights, without)).toBeGreaterThan(0.01); // the adapter is not nothing
    const again = join(work, `${name}-again`);
    await writeGgufBase(again, join(out, "model-f32.gguf"));
    const merged = join(out, "merged");
    const config = await readLlamaConfig(again);
    expect(config).toEqual(await readLlamaConfig(merged));
    const weights = await readBaseWeights(merged, config);
    for (const [tensor, values] of await readBaseWeights(again, config))
      expect(values, tensor).toEqual(weights.get(tensor));
  });
});

describe("a random Llama with grouped heads and llama3 rope", () => {
  // F32: only the order of sums differs. F16: weights and cached keys and values keep 11 bits, activations in llama.cpp's matmul too.
  test.each([
    ["gguf-f32", "model-f32.gguf", "F32", 2e-4],
    ["gguf-f16", "model-f16.gguf", "F16", 4e-2],
  ] as const)(
    "%s: llama.cpp's log-probabilities equal ours within the tolerance",
    async (format, file, cache, tolerance) => {
      await exportModel({
        base: randomBase,
        checkpoint: null,
        out: work,
        formats: [format],
        metadata,
        vocabulary: namelessVocabulary,
      });
      const ids = Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 96);
      await withForward({ folder: randomBase, rowTokens: 48 }, async (forward) => {
        const probe = await openProbe(join(work, file), { contextTokens: 64, cache });
        try {
          for (const length of [1, 2, 17, 40]) {
            const ours = logSoftmax((await forward.logits(ids.slice(0, length))).at(-1)!);
            const worst = worstDifference(ours, await probe.nextTokenLogProbs(ids.slice(0, length)));
            expect(worst, `after ${length} tokens`).toBeLessThan(tolerance);
          }
        } finally {
          await probe.close();
        }
      });
    },
  );

  test("a merged adapter says what the adapter beside the base says", async () => {
    const adapterFolder = fileURLToPath(new URL("../golden/train/adapter", import.meta.url));
    const out = join(work, "merged-adapter");
    await exportModel({
      base: randomBase,
      checkpoint: adapterFolder,
      out,
      formats: ["gguf-f32"],
      metadata,
      vocabulary: namelessVocabulary,
    });
    const config = await readLlamaConfig(randomBase);
    const { openSafetensors } = await import("./formats/index.ts");
    const reader = await openSafetensors(join(adapterFolder, "adapter_model.safetensors"));
    const shape: AdapterShape = {
      rank: 4,
      scale: 2,
      targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    };
    const weights: Weights = new Map();
    for (const { name } of adapterTensors(config, shape.targets, 4))
      weights.set(name, await reader.readFloat32(`base_model.model.${name}`));
    await reader.close();
    const ids = Array.from({ length: 20 }, (_, i) => (i * 29 + 5) % 96);
    const unmerged = await withForward({ folder: randomBase, rowTokens: 24, adapter: { shape, weights } }, (forward) =>
      forward.logits(ids),
    );
    const plain = await withForward({ folder: randomBase, rowTokens: 24 }, (forward) => forward.logits(ids));
    const probe = await openProbe(join(out, "model-f32.gguf"), { contextTokens: 64, cache: "F32" });
    const merged = await probe.nextTokenLogProbs(ids);
    await probe.close();
    expect(worstDifference(logSoftmax(unmerged.at(-1)!), merged)).toBeLessThan(2e-4);
    expect(worstDifference(logSoftmax(plain.at(-1)!), merged)).toBeGreaterThan(0.1); // the adapter is not nothing
  });
});

describe("the base that ships", () => {
  // F32: keys and values have 11 bits in llama.cpp (4e-3 was seen at one token, 3e-4 in the mean). Q8_0: weights and activations have 8
  // (0.29 at one token, 2.4e-2 in the mean).
  test.each([
    ["gguf-f32", 1e-2, 2e-3],
    ["gguf-q8_0", 0.6, 6e-2],
  ] as const)("%s: a reference has the tokens of training and its loss, token by token", async (format, each, mean) => {
    const out = join(work, "pocket");
    await exportModel({ base: pocketBase, checkpoint: null, out, formats: [format], metadata });
    const email =
      "From: Ann Smith\nSubject: Figures\n\nDear Mei,\n\nCould you send me the report by Friday at noon?\n\nAnn";
    const reply = "Dear Ann,\n\nthe report will be with you by Friday, naïve or not.\n\nMei";
    const tokenizer = await loadTokenizer(pocketBase);
    const { ids, completionStart } = encodeExample({ tokenizer, ...metadata, email, reply, maxTokens: 1024 });
    const rowTokens = Math.ceil(ids.length / 16) * 16;
    const logits = await withForward({ folder: pocketBase, rowTokens }, (forward) => forward.logits(ids));
    const gguf = join(out, `model-${format.slice("gguf-".length)}.gguf`);
    for await (const { tokens } of readReferences({
      mostContextTokens: 1024,
      gguf,
      references: [{ id: "mail", email, reference: reply }],
    })) {
      const differences = ids.slice(completionStart).map((id, i) => {
        const ours = logSoftmax(logits[completionStart + i - 1]);
        if (format === "gguf-f32") expect(tokens[i].isTop1, `token ${i}`).toBe(indexOfLargest(ours) === id);
        return tokens[i].logProb - ours[id];
      });
      expect(tokens).toHaveLength(differences.length);
      expect(Math.max(...differences.map(Math.abs))).toBeLessThan(each);
      expect(Math.abs(differences.reduce((sum, value) => sum + value, 0) / differences.length)).toBeLessThan(mean);
    }
  });
});

/** A real pretrained model as people have it; models/README says where it comes from. */
const smolLm2 = process.env.POCKETREPLY_SMOLLM2;

describe.skipIf(smolLm2 === undefined)("SmolLM2 as a Q4_1 file (skipped where POCKETREPLY_SMOLLM2 is not set)", () => {
  test("has llama.cpp's token ids and, on its dequantised weights, llama.cpp's probabilities of the same file", async () => {
    const folder = join(work, "smollm2");
    await writeGgufTokenizer(folder, smolLm2!);
    await writeGgufBase(folder, smolLm2!);
    const tokenizer = await loadTokenizer(folder);
    const text = "Dear Ann,\n\ncan we move the 3,141 figures to Thursday at 15:30? It's naïve, I know…\n\nMei";
    const ids = tokenizer.encode(text);
    const logits = await withForward({ folder, rowTokens: 64 }, (forward) => forward.logits(ids));
    const out = join(work, "smollm2-f32");
    await exportModel({ base: folder, checkpoint: null, out, formats: ["gguf-f32"], metadata });
    // The file itself: llama.cpp rounds activations to 8 bits before they meet Q4_1 weights (9e-3 nats were seen). The same
    // weights in F32: only keys and values and the order of sums differ.
    for (const [file, maxKl] of [
      [smolLm2!, 2e-2],
      [join(out, "model-f32.gguf"), 1e-4],
    ] as const) {
      const probe = await openProbe(file, { contextTokens: 128, cache: "F32" });
      try {
        expect(probe.encode(text)).toEqual(ids);
        for (const length of [4, 12, ids.length]) {
          const ours = logSoftmax(logits[length - 1]);
          const theirs = await probe.nextTokenLogProbs(ids.slice(0, length));
          expect(indexOfLargest(theirs), `after ${length} tokens`).toBe(indexOfLargest(ours));
          const kl = ours.reduce((sum, value, i) => sum + Math.exp(value) * (value - theirs[i]), 0); // nats
          expect(kl, `after ${length} tokens`).toBeLessThan(maxKl);
        }
      } finally {
        await probe.close();
      }
    }
  }, 120_000);
});

test("Llama-3.2-1B with rank 16 on the seven projections has 11,272,192 trainable of 1,235,814,400 parameters", async () => {
  const { parameterCount, parseLlamaConfig } = await import("./model/index.ts");
  const { projections } = await import("./model/names.ts");
  const config = parseLlamaConfig(
    {
      model_type: "llama",
      hidden_size: 2048,
      intermediate_size: 8192,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      head_dim: 64,
      vocab_size: 128256,
      rms_norm_eps: 1e-5,
      rope_theta: 500000,
      max_position_embeddings: 131072,
      tie_word_embeddings: true,
    },
    "test",
  );
  // 16 · 16 · ((D + D)·2 + (D + 512)·2 + (D + F)·3), D 2048, F 8192
  expect(parameterCount(adapterTensors(config, projections, 16))).toBe(11_272_192);
  expect(parameterCount(baseTensors(config))).toBe(1_235_814_400);
});
