/** The page of browser.test.ts: trains with onnxruntime-web and tokenizes, and gives losses and ids. Bundled by Vite; serves as proof of what the bundle may import. */
import * as ort from "onnxruntime-web/wasm";
import type { Recipe } from "../recipe.ts";
import { type OpenSession, sessionOver } from "../runtime/portable.ts";
import { createTokenizer, encodeExample, type TokenizerConfig, type TokenizerJson } from "../tokens/portable.ts";
import { trainThreeSteps } from "./three-steps.fixture.ts";

ort.env.wasm.numThreads = 1; // threads need a page that is isolated from other origins

const openSession: OpenSession = async (model, use) => {
  const native = await ort.InferenceSession.create(model, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  try {
    return await use(sessionOver(native as never, { Tensor: ort.Tensor as never, fillsOutputs: false }));
  } finally {
    await native.release();
  }
};

const read = async (name: string) => (await fetch(`base/${name}`)).arrayBuffer();
const readJson = async (name: string): Promise<unknown> => (await fetch(`tokenizer/${name}`)).json();

/** Called by the test in the page. */
export async function train(settings: Recipe["train"]): Promise<number[]> {
  const config = JSON.parse(new TextDecoder().decode(await read("config.json"))) as unknown;
  return trainThreeSteps({ config, weights: new Uint8Array(await read("model.safetensors")), settings, openSession });
}

/** Called by the test in the page: the ids of a training example, from the files of a model folder. */
export async function tokenize(example: { email: string; reply: string }): Promise<number[]> {
  const generation = (await readJson("generation_config.json")) as { eos_token_id: number | number[] };
  const tokenizer = createTokenizer({
    json: (await readJson("tokenizer.json")) as TokenizerJson,
    config: (await readJson("tokenizer_config.json")) as TokenizerConfig,
    endIds: [generation.eos_token_id].flat(),
  });
  return encodeExample({ tokenizer, systemPrompt: "Answer.", dateString: "26 Jul 2024", maxTokens: 512, ...example })
    .ids;
}

Object.assign(globalThis, { train, tokenize });
