/** Encoders against transformers, layer by layer: golden/bertscore/README.md. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSafetensors, type TensorSource, writeSafetensors } from "../../../formats/index.ts";
import { type HostTensor, withSession } from "../../../runtime/index.ts";
import { type EncoderConfig, parseEncoderConfig, readEncoderConfig } from "./config.ts";
import { buildEncoderStage } from "./graph.ts";
import { bucketOf } from "./positions.ts";
import { encoderFeeds, planEncoderStages, stageTensors } from "./run.ts";
import { openEncoderWeights } from "./weights.ts";

const golden =
  process.env.POCKETREPLY_BERTSCORE_GOLDEN ?? fileURLToPath(new URL("../../../../golden/bertscore", import.meta.url));
const families = ["bert", "bert-cased-lm", "roberta", "distilbert", "deberta", "deberta-v2", "deberta-v3"];
let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "encoder-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** The hidden states of equally long texts after `layers` layers, stage by stage. */
async function encode(
  folder: string,
  texts: readonly (readonly number[])[],
  layers: number,
  limitBytes: number,
): Promise<Float32Array> {
  const config = await readEncoderConfig(folder);
  const weights = await openEncoderWeights(folder, config, layers);
  const feeds: Record<string, HostTensor> = { ...encoderFeeds(config, texts) };
  try {
    for (const stage of planEncoderStages(config, layers, limitBytes)) {
      const onnx = buildEncoderStage({
        config,
        weights: await weights.read(stageTensors(config, stage)),
        stage,
        raw: true,
      });
      feeds.hidden = (await withSession(onnx, { threads: 1 }, (session) => session.run(feeds))).states;
    }
  } finally {
    await weights.close();
  }
  return feeds.hidden.data as Float32Array;
}

async function sampleOf(family: string, index: number) {
  const reader = await openSafetensors(join(golden, family, "hidden.safetensors"));
  const ids = Array.from(await reader.readFloat32(`${index}.ids`));
  const states = new Map<number, Float32Array>();
  for (const layer of [0, 1, 3]) states.set(layer, await reader.readFloat32(`${index}.${layer}`));
  await reader.close();
  return { ids, states };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
}

describe.each(families)("%s", (family) => {
  it("gives the hidden states of transformers after no, one and three layers, in one stage or many", async () => {
    for (const index of [0, 1, 2]) {
      const { ids, states } = await sampleOf(family, index);
      for (const [layers, expected] of states) {
        for (const limitBytes of [1e9, 1]) {
          const ours = await encode(join(golden, family), [ids], layers, limitBytes);
          // Values are up to about 4; float32 sums in another order differ by 1e-6.
          expect(largestDifference(ours, expected), `text ${index}, ${layers} layers`).toBeLessThan(2e-5);
        }
      }
    }
  });

  it("gives a text the same whatever stands beside it", async () => {
    const { ids, states } = await sampleOf(family, 0);
    const other = ids.map((id, i) => (i === 0 || i === ids.length - 1 ? id : (id % 100) + 50));
    const both = await encode(join(golden, family), [other, ids, other], 3, 1e9);
    const size = both.length / 3;
    expect(largestDifference(both.slice(size, 2 * size), states.get(3)!)).toBeLessThan(2e-5);
    expect(largestDifference(both.slice(0, size), both.slice(2 * size))).toBeLessThan(1e-6);
  });
});

it("needs no weights beyond the layer asked for, and takes the old names of layer norms", async () => {
  const folder = join(work, "cut");
  await cp(join(golden, "bert"), folder, { recursive: true });
  await rewrite(folder, (name) =>
    name.includes("layer.2.")
      ? null
      : name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma").replace(/LayerNorm\.bias$/, "LayerNorm.beta"),
  );
  const { ids } = await sampleOf("bert", 0);
  const [cut, whole] = [await encode(folder, [ids], 2, 1e9), await encode(join(golden, "bert"), [ids], 2, 1e9)];
  expect(cut).toEqual(whole);
  await expect(encode(folder, [ids], 3, 1e9)).rejects.toThrow(
    /model\.safetensors, its tensors: expected every tensor that config\.json calls for, got encoder\.layer\.2\.attention\.self\.query\.weight is missing \(expected \[32, 32\]\)/,
  );
});

it("lists wrong shapes, and says what to do with a folder without safetensors", async () => {
  const folder = join(work, "bad");
  await cp(join(golden, "bert"), folder, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, intermediate_size: 64 }));
  await expect(encode(folder, [[2, 3]], 1, 1e9)).rejects.toThrow(
    "encoder.layer.0.intermediate.dense.weight is [48, 32] (expected [64, 32])",
  );
  await rm(join(folder, "model.safetensors"));
  await expect(encode(folder, [[2, 3]], 1, 1e9)).rejects.toThrow(/holds neither .* pytorch_model\.bin/s);
});

it("names an architecture, or a part of one, that is not supported", () => {
  const parse = (json: Record<string, unknown>) => () => parseEncoderConfig(json, "config.json");
  expect(parse({ model_type: "t5" })).toThrow(
    'config.json is of the architecture "t5". Encoders that are supported: bert,',
  );
  expect(parse({})).toThrow("config.json has no model_type");
  const bert = {
    model_type: "bert",
    vocab_size: 9,
    max_position_embeddings: 8,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  };
  expect(parse({ ...bert, hidden_size: "wide" })).toThrow("hidden_size");
  expect(parse({ ...bert, num_attention_heads: 3 })).toThrow(
    "hidden size 8 is not a multiple of the number of heads 3",
  );
  expect(parse({ ...bert, hidden_act: "swish" })).toThrow('hidden_act "swish" (known: gelu');
  expect(parse({ ...bert, position_embedding_type: "relative_key" })).toThrow(
    'position_embedding_type "relative_key" is not supported',
  );
  expect(parse({ ...bert, model_type: "deberta", talking_head: true })).toThrow("talking_head is not supported");
  expect(parse({ ...bert, model_type: "deberta", pos_att_type: "p2p" })).toThrow('pos_att_type "p2p" is not supported');
  expect(parse(bert)()).toMatchObject({ headSize: 4, maxTokens: 8, activation: "gelu", relative: null });
});

it("plans stages by size", () => {
  const config: EncoderConfig = parseEncoderConfig(
    {
      model_type: "distilbert",
      vocab_size: 100,
      max_position_embeddings: 10,
      dim: 8,
      hidden_dim: 16,
      n_layers: 5,
      n_heads: 2,
    },
    "",
  );
  // Embeddings: (100 + 10 + 2) · 8 · 4 = 3,584 bytes. A layer: 4 (64 + 8) + 2·128 + 16 + 8 + 4·8 = 600 floats = 2,400 bytes.
  const plan = (layers: number, limit: number) =>
    planEncoderStages(config, layers, limit).map(({ from, to }) => [from, to]);
  expect(plan(5, 1e9)).toEqual([[0, 5]]);
  expect(plan(5, 3584 + 2 * 2400)).toEqual([
    [0, 2],
    [2, 5],
  ]);
  expect(plan(5, 3584 + 2 * 2400 - 1)).toEqual([
    [0, 1],
    [1, 4],
    [4, 5],
  ]);
  expect(plan(0, 1)).toEqual([[0, 0]]);
});

it("puts far distances into buckets as DeBERTa 2 does", () => {
  // make_log_bucket_position of transformers, 256 buckets to distance 512: 128 keep their own, then ceil(ln(d/128)/ln(511/128)·127) + 128.
  expect([1, 128, 129, 200, 511, -511].map((d) => bucketOf(d, 256, 512))).toEqual([1, 128, 129, 169, 255, -255]);
});

async function rewrite(folder: string, rename: (name: string) => string | null): Promise<void> {
  const path = join(folder, "model.safetensors");
  const reader = await openSafetensors(path);
  const tensors: TensorSource[] = [];
  for (const { name, shape } of reader.entries.values()) {
    const renamed = rename(name);
    if (renamed !== null) tensors.push({ name: renamed, shape, dtype: "F32", data: await reader.readFloat32(name) });
  }
  await reader.close();
  await writeSafetensors(path, tensors);
}
