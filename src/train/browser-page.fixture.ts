/** The page of browser.test.ts: trains with onnxruntime-web and shows the losses. Bundled by Vite; serves as proof of what the bundle may import. */
import * as ort from "onnxruntime-web/wasm";
import type { Recipe } from "../recipe.ts";
import { type OpenSession, sessionOver } from "../runtime/portable.ts";
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

/** Called by the test in the page. */
export async function train(settings: Recipe["train"]): Promise<number[]> {
  const config = JSON.parse(new TextDecoder().decode(await read("config.json"))) as unknown;
  return trainThreeSteps({ config, weights: new Uint8Array(await read("model.safetensors")), settings, openSession });
}

Object.assign(globalThis, { train });
