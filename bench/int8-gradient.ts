/**
 * How near the gradient of an int8 base comes to that of float32, whole and by projection, and the time of each, on one packed row of
 * real sequences: a JSON list of { ids, completionStart } made with the base's own tokenizer.
 *
 *   npx tsx bench/int8-gradient.ts BASE_FOLDER sequences.json
 */
import { readFile } from "node:fs/promises";
import { projections, readBaseWeights, readLlamaConfig } from "../src/model/index.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { type OpenSession, withSession } from "../src/runtime/index.ts";
import { type Engine, type Example, startTrained, withEngine } from "../src/train/portable.ts";

const [folder, path] = process.argv.slice(2);
const config = await readLlamaConfig(folder);
const base = await readBaseWeights(folder, config);
const rows = JSON.parse(await readFile(path, "utf8")) as { ids: number[]; completionStart: number }[];
const all = rows.map(
  ({ ids, completionStart }, i): Example => ({ id: `${i}`, ids: Int32Array.from(ids), completionStart }),
);
const examples = all.slice(0, 3);
const calibration = all.slice(-12);
const settings = { ...defaultRecipe().train, rowTokens: 512 };
const trained = startTrained({ config, base, baseName: "bench", settings, seed: 1 });
// B is zero at the start, and then A has no gradient: a little of both shows all paths.
let turn = 1;
for (const [name, data] of trained.weights)
  if (name.includes("lora_B"))
    data.forEach((_, i) => {
      turn = (turn * 16807) % 2147483647;
      data[i] = 0.002 * (turn / 2147483647 - 0.5);
    });
const openSession: OpenSession = (model, use) => withSession(model, {}, use);

async function measure(baseDtype: "float32" | "int8") {
  const options = { config, base, trained, settings: { ...settings, baseDtype }, openSession, calibration };
  return withEngine(options, async (engine: Engine) => {
    const { loss, gradients } = await engine.lossAndGradients(examples);
    const copy = new Map([...gradients].map(([name, data]) => [name, data.slice()]));
    const seconds: number[] = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await engine.lossAndGradients(examples);
      seconds.push((performance.now() - start) / 1000);
    }
    return { loss, gradients: copy, seconds: seconds.sort((a, b) => a - b)[1] };
  });
}

const exact = await measure("float32");
const int8 = await measure("int8");
const cosine = (pick: (name: string) => boolean) => {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [name, a] of exact.gradients) {
    if (!pick(name)) continue;
    const b = int8.gradients.get(name)!;
    for (let i = 0; i < a.length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
  }
  return ab / Math.sqrt(aa * bb);
};
const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0);
console.log(`loss ${exact.loss.toFixed(4)} in float32, ${int8.loss.toFixed(4)} in int8`);
console.log(`cosine of the whole gradient ${cosine(() => true).toFixed(4)}`);
for (const projection of projections)
  console.log(`  ${projection} ${cosine((name) => name.includes(`.${projection}.`)).toFixed(4)}`);
console.log(
  `${tokens} tokens: float32 ${exact.seconds.toFixed(2)} s, int8 ${int8.seconds.toFixed(2)} s, ratio ${(exact.seconds / int8.seconds).toFixed(2)}`,
);
