/**
 * How near the gradient of an int8 base comes to that of float32, whole, by projection and by layer, on a run's own replies, and the
 * losses of both over a few steps.
 *
 *   npx tsx bench/int8-gradient.ts BASE replies.jsonl [steps]      # BASE: a folder or a GGUF file
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJsonl } from "../src/formats/index.ts";
import { type Email, renderAsked } from "../src/mail/index.ts";
import { projections, readBaseWeights, readLlamaConfig } from "../src/model/index.ts";
import { defaultRecipe } from "../src/recipe.ts";
import { runPaths } from "../src/run.ts";
import { type OpenSession, withSession } from "../src/runtime/index.ts";
import { findBase } from "../src/stages/base.ts";
import { loadTokenizer } from "../src/tokens/index.ts";
import { encodeReplies } from "../src/train/examples.ts";
import { quantizeBase } from "../src/train/int8.ts";
import { type Engine, type Example, startTrained, takeStep, withEngine } from "../src/train/portable.ts";

const [named, path, stepCount = "0"] = process.argv.slice(2);
const steps = Number(stepCount);
/** Sequences of the gradient, of a step, and of the calibration: no sequence is in two. */
const [measured, batch, seen] = [3, 2, 6];

const recipe = defaultRecipe();
const scratch = await mkdtemp(join(tmpdir(), "pocketreply-bench-"));
const { base, config, examples } = await load().finally(() => rm(scratch, { recursive: true, force: true }));
const settings = { ...recipe.train, warmupSteps: 0, learningRate: 5e-4 };
const openSession: OpenSession = (model, use) => withSession(model, {}, use);
const quantized = await quantizeBase({
  ...{ config, openSession, examples: examples.slice(-seen), rowTokens: settings.rowTokens },
  readWeight: (name) => base.get(name)!,
});

/** The base as a run would have it, and its replies as sequences. */
async function load() {
  const folder = await findBase(named, runPaths(scratch));
  const config = await readLlamaConfig(folder);
  const rows: { id: string; email: Email; reply: string }[] = [];
  for await (const { value } of readJsonl(path)) rows.push(value as (typeof rows)[number]); // a run's own file
  const replies = rows
    .slice(0, measured + steps * batch + seen)
    .map((row) => ({ id: row.id, mail: renderAsked(row), reply: row.reply }));
  const encoded = encodeReplies(replies, await loadTokenizer(folder), recipe);
  return { base: await readBaseWeights(folder, config), config, examples: [...encoded.examples.values()] };
}

async function withBase<T>(baseDtype: "float32" | "int8", use: (engine: Engine, trained: Trained) => Promise<T>) {
  const trained = startTrained({ config, base, baseName: "bench", settings, seed: 1 });
  const int8 = baseDtype === "int8" ? quantized.projections : undefined;
  const options = { config, base, int8, trained, settings: { ...settings, baseDtype }, openSession };
  return withEngine(options, (engine) => use(engine, trained));
}
type Trained = ReturnType<typeof startTrained>;

/** B is zero at the start, and then A has no gradient: a little of both shows all paths. */
function stir({ weights }: Trained): void {
  let turn = 1;
  for (const [name, data] of weights)
    if (name.includes("lora_B"))
      data.forEach((_, i) => {
        turn = (turn * 16807) % 2147483647;
        data[i] = 0.002 * (turn / 2147483647 - 0.5);
      });
}

const gradientOf = (baseDtype: "float32" | "int8", of: readonly Example[]) =>
  withBase(baseDtype, async (engine, trained) => {
    stir(trained);
    const { loss, gradients } = await engine.lossAndGradients(of);
    const copy = new Map([...gradients].map(([name, data]) => [name, data.slice()]));
    return { loss, gradients: copy };
  });

const of = examples.slice(0, measured);
const exact = await gradientOf("float32", of);
const int8 = await gradientOf("int8", of);

function cosine(pick: (name: string) => boolean): number {
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
}

const tokens = of.reduce((sum, { ids }) => sum + ids.length, 0);
console.log(`${tokens} tokens: loss ${exact.loss.toFixed(4)} in float32, ${int8.loss.toFixed(4)} in int8`);
console.log(`cosine of the whole gradient ${cosine(() => true).toFixed(4)}`);
console.log(`layer ${projections.map((name) => name.padStart(9)).join(" ")}`);
for (let layer = 0; layer < config.layers; layer++) {
  const row = projections.map((name) =>
    cosine((tensor) => tensor.startsWith(`model.layers.${layer}.`) && tensor.includes(`.${name}.`)),
  );
  console.log(`${String(layer).padStart(5)} ${row.map((value) => value.toFixed(4).padStart(9)).join(" ")}`);
}

const losses = async (baseDtype: "float32" | "int8") =>
  withBase(baseDtype, async (engine, trained) => {
    const list: number[] = [];
    for (let done = 0; done < steps; done++) {
      const from = measured + done * batch;
      const row = await takeStep({
        engine,
        trained,
        settings,
        examples: examples.slice(from, from + batch),
        done,
        steps,
      });
      list.push(row.loss ?? Number.NaN);
    }
    return list;
  });
if (steps > 0) {
  const [a, b] = [await losses("float32"), await losses("int8")];
  const gaps = a.map((loss, i) => Math.abs(b[i] - loss));
  console.log(`losses over ${steps} steps of ${batch} replies, float32 and int8:`);
  for (let i = 0; i < steps; i += 5) console.log(`  ${i + 1}: ${a[i].toFixed(4)} ${b[i].toFixed(4)}`);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / steps;
  console.log(`  they differ by ${mean.toFixed(4)} on average and ${Math.max(...gaps).toFixed(4)} at most`);
}
