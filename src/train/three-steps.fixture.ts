/** Three training steps of the tiny base of golden/train, from its bytes: runs alike in Node and in a browser. */
import { decodeSafetensors } from "../formats/codecs.ts";
import { parseLlamaConfig } from "../model/portable.ts";
import { createRandom } from "../random.ts";
import type { Recipe } from "../recipe.ts";
import type { OpenSession } from "../runtime/portable.ts";
import { createOrder, type Example, startTrained, takeStep, withEngine } from "./portable.ts";

/** The losses of three steps, and the mean loss after them. */
export async function trainThreeSteps(options: {
  config: unknown;
  weights: Uint8Array;
  settings: Recipe["train"];
  openSession: OpenSession;
}): Promise<number[]> {
  const { settings, openSession } = options;
  const config = parseLlamaConfig(options.config, "config.json");
  const base = decodeSafetensors("model.safetensors", options.weights);
  const trained = startTrained({ config, base, baseName: "tiny", settings, seed: 3 });
  const random = createRandom("three steps");
  const examples = Array.from({ length: 12 }, (_, i): Example => {
    const ids = Int32Array.from({ length: 8 + random.integer(12) }, () => random.integer(config.vocabularySize));
    return { id: `${i}`, ids, completionStart: 4 };
  });
  const order = createOrder(examples.length, 3);
  return withEngine({ config, base, trained, settings, openSession }, async (engine) => {
    const losses: number[] = [];
    for (let done = 0; done < 3; done++) {
      const batch = order.next(4).map((index) => examples[index]);
      losses.push((await takeStep({ engine, trained, settings, examples: batch, done, steps: 3 })).loss ?? Number.NaN);
    }
    return [...losses, await engine.meanLoss(examples)];
  });
}
